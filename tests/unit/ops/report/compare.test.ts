import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lostCounters, monthBefore, periodBetween } from "../../../../ops/report/compare";
import { server, snapshot, statement } from "./support";

const OCTOBER = "2026-10-23T00:00:00.000Z";
const NOVEMBER = "2026-11-22T00:00:00.000Z";
const calls = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.nat(1_000_000));
const statements = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([id, count]) => statement(id, count));

describe("what happened between two looks", () => {
  it("and what was there before are together what there is now, where counters only grew", () =>
    fc.assert(
      fc.property(calls, calls, (was, more) => {
        const ids = [...new Set([...Object.keys(was), ...Object.keys(more)])];
        const is = Object.fromEntries(ids.map((id) => [id, (was[id] ?? 0) + (more[id] ?? 0)]));
        const found = periodBetween(
          snapshot(NOVEMBER, [server(statements(is))]),
          snapshot(OCTOBER, [server(statements(was))]),
        );
        for (const id of ids) expect(found.statements.get(id)?.calls ?? 0).toBe(more[id] ?? 0);
        expect(found.resets).toEqual([]);
        expect(found.days).toBe(30);
      }),
    ));

  it("is never less than nothing, and never more than there is now, whatever the counters did", () =>
    fc.assert(
      fc.property(calls, calls, (was, is) => {
        const found = periodBetween(
          snapshot(NOVEMBER, [server(statements(is))]),
          snapshot(OCTOBER, [server(statements(was))]),
        );
        for (const one of found.statements.values()) {
          expect(one.calls).toBeGreaterThan(0);
          expect(one.calls).toBeLessThanOrEqual(is[one.id] ?? 0);
          expect(one.time).toBeGreaterThanOrEqual(0);
        }
      }),
    ));

  it("adds up all servers, each by its own counters", () => {
    const replica = (count: number) => server([statement("a", count)], { name: "member-2", role: "replica" });
    const found = periodBetween(
      snapshot(NOVEMBER, [server([statement("a", 100)]), replica(30)]),
      snapshot(OCTOBER, [replica(10), server([statement("a", 60)])]),
    );
    expect(found.statements.get("a")).toMatchObject({ calls: 60, time: 120 });
  });

  it("counts a new server from when its counters began, and says from when all are whole", () => {
    const young = server([statement("a", 5)], { name: "member-3", statementsSince: "2026-11-10T00:00:00.000Z" });
    const found = periodBetween(
      snapshot(NOVEMBER, [server([statement("a", 8)]), young]),
      snapshot(OCTOBER, [server([statement("a", 6)])]),
    );
    expect(found.statements.get("a")?.calls).toBe(7);
    expect(found.from).toBe("2026-11-10T00:00:00.000Z");
    expect(found.days).toBe(12);
  });

  it("without an earlier look is all there is since the counters began", () => {
    const found = periodBetween(snapshot(NOVEMBER, [server([statement("a", 5)])]), undefined);
    expect(found.statements.get("a")?.calls).toBe(5);
    expect(found.from).toBe("2026-01-01T00:00:00.000Z");
    expect(found.resets).toEqual([]);
  });

  it("takes a crash, which empties the view, for a beginning, and says so", () => {
    const crashed = server([statement("a", 3), statement("b", 9), statement("c", 100)], {
      startedAt: "2026-11-20T00:00:00.000Z",
    });
    const found = periodBetween(
      snapshot(NOVEMBER, [crashed]),
      snapshot(OCTOBER, [server([statement("a", 50), statement("b", 60), statement("c", 70)])]),
    );
    expect(["a", "b", "c"].map((id) => found.statements.get(id)?.calls)).toEqual([3, 9, 100]);
    expect(found.resets).toEqual([expect.stringContaining("member-1's counters began anew (2026-11-20 00:00 UTC")]);
    expect(found.from).toBe("2026-11-20T00:00:00.000Z");
  });

  it("takes database counters that fell for new ones, and others for grown ones", () => {
    const with_ = (xact_commit: number, deadlocks: number) =>
      server([], { database: { ...server([]).database, xact_commit, deadlocks } });
    const found = periodBetween(snapshot(NOVEMBER, [with_(70, 9)]), snapshot(OCTOBER, [with_(100, 4)]));
    expect(found.database).toMatchObject({ xact_commit: 70, deadlocks: 5 });
  });
});

describe("counters are lost", () => {
  const was = server([statement("a", 50), statement("b", 60), statement("c", 70)]);
  it.each([
    [
      "when the view was emptied by hand",
      server([statement("a", 90)], { statementsSince: "2026-11-01T00:00:00.000Z" }),
      true,
    ],
    ["when most have fallen", server([statement("a", 1), statement("b", 2), statement("c", 80)]), true],
    [
      "when none is known any more, after a start",
      server([statement("z", 1)], { startedAt: "2026-11-01T00:00:00.000Z" }),
      true,
    ],
    [
      "not when one was pushed out and came back",
      server([statement("a", 1), statement("b", 61), statement("c", 70)]),
      false,
    ],
    [
      "not by a restart that kept them",
      server([statement("a", 51), statement("b", 60)], { startedAt: "2026-11-01T00:00:00.000Z" }),
      false,
    ],
  ])("%s", (_, now, lost) => expect(lostCounters(now, was)).toBe(lost));
});

describe("the look to compare with", () => {
  it.each([
    { times: [], wanted: undefined },
    { times: ["2026-11-21T00:00:00.000Z"], wanted: "2026-11-21T00:00:00.000Z" },
    {
      times: ["2026-09-01T00:00:00.000Z", "2026-10-25T00:00:00.000Z", "2026-11-21T00:00:00.000Z"],
      wanted: "2026-10-25T00:00:00.000Z",
    },
    // One from later, as of a clock that was ahead, is none.
    { times: ["2026-12-01T00:00:00.000Z"], wanted: undefined },
  ])("of $times is $wanted", ({ times, wanted }) => expect(monthBefore(times, NOVEMBER)).toBe(wanted));
});
