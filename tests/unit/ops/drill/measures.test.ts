import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longestGap, rates, tally, type Write, workLost } from "../../../../ops/drill/measures";

const times = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 80 }).map((all) => all.sort((a, b) => a - b));
const moments = fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 100_000 }));

describe("the longest gap", () => {
  it("has no answer within, and no other that touches the time is longer", () =>
    fc.assert(
      fc.property(times, moments, (all, [a, b]) => {
        const [since, until] = [Math.min(a, b), Math.max(a, b)];
        const { from, to } = longestGap(all, since, until);
        expect(all.filter((time) => time > from && time < to)).toEqual([]);
        expect(to).toBeGreaterThanOrEqual(from);
        expect(from).toBeLessThanOrEqual(until);
        // Told in another way: of every moment, how long it was since the last answer before, at the next one.
        const ends = [...all.filter((time) => time > since && time < until), until];
        const waits = ends.map(
          (end) =>
            end -
            Math.max(
              ...all.filter((time) => time < end || (time === end && time <= since)),
              all.some((time) => time <= since) ? Number.NEGATIVE_INFINITY : since,
            ),
        );
        expect(to - from).toBe(Math.max(0, ...waits.filter((wait) => Number.isFinite(wait))));
      }),
    ));

  it.each([
    { all: [1, 2, 3, 50, 51], since: 3, until: 51, gap: { from: 3, to: 50 } },
    // What came last before the fault begins it.
    { all: [10, 40], since: 20, until: 40, gap: { from: 10, to: 40 } },
    // Nothing came any more.
    { all: [10, 20], since: 20, until: 500, gap: { from: 20, to: 500 } },
    { all: [], since: 20, until: 500, gap: { from: 20, to: 500 } },
    // One before the fault, long as it may have been, is not the fault's.
    { all: [0, 90, 95, 100], since: 92, until: 100, gap: { from: 90, to: 95 } },
  ])("of $all around $since", ({ all, since, until, gap }) => expect(longestGap(all, since, until)).toEqual(gap));
});

describe("rates", () => {
  it("count every answer of a whole stretch once, and leave no stretch out", () =>
    fc.assert(
      fc.property(times, fc.integer({ min: 250, max: 100_000 }), (all, until) => {
        const found = rates(all, until);
        const width =
          found.length > 1 ? ((found[1]?.[0] ?? 0) - (found[0]?.[0] ?? 0)) * 1000 : (found[0]?.[0] ?? 0) * 2000;
        expect(found.length).toBeLessThanOrEqual(240);
        const counted = found.reduce((sum, [, rate]) => sum + (rate * width) / 1000, 0);
        expect(Math.round(counted)).toBe(all.filter((time) => time < Math.round(width) * found.length).length);
      }),
    ));
});

const write = (id: string, ended: number): Write => ({ id, began: ended - 1, ended });

describe("the tally", () => {
  it("tells what is lost, doubled, there by chance, and there by mistake", () => {
    const told = {
      acknowledged: [write("kept", 10), write("lost", 20), write("twice", 30)],
      unknown: ["perhaps", "not"],
      failed: ["ghost", "gone"],
    };
    const kept = new Map([
      ["kept", 1],
      ["twice", 2],
      ["perhaps", 1],
      ["ghost", 1],
    ]);
    expect(tally(told, kept)).toEqual({
      acknowledged: 3,
      lost: [write("lost", 20)],
      doubled: 1,
      unknown: 2,
      unknownDone: 1,
      ghosts: 1,
    });
  });

  it("loses nothing that is kept, whatever is", () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.array(fc.boolean()), (ids, there) => {
        const kept = new Map(ids.filter((_, index) => there[index]).map((id) => [id, 1]));
        const { lost } = tally({ acknowledged: ids.map((id) => write(id, 1)), unknown: [], failed: [] }, kept);
        expect(lost.length + kept.size).toBe(ids.length);
      }),
    ));

  it("counts the work lost from the oldest write on", () => {
    expect(workLost([write("a", 700), write("b", 900)], 1000)).toBe(300);
    expect(workLost([], 1000)).toBe(0);
    expect(workLost([write("after", 1200)], 1000)).toBe(0);
  });
});
