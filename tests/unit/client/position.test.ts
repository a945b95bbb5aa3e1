import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Freshness } from "../../../ops/client/freshness";
import { asPosition, bytesOf, hasReached, type Position } from "../../../ops/client/position";

const word = fc.nat(0xffff_ffff);
const written = (high: number, low: number): Position =>
  asPosition(`${high.toString(16).toUpperCase()}/${low.toString(16).toUpperCase()}`);
const positions = fc.tuple(word, word).map(([high, low]) => written(high, low));

describe("a position", () => {
  it("is as many bytes as its two halves say", () => {
    fc.assert(
      fc.property(word, word, (high, low) => {
        expect(bytesOf(written(high, low))).toBe(BigInt(high) * 2n ** 32n + BigInt(low));
      }),
    );
  });

  it("is compared as a number, not as text", () => {
    expect(hasReached(asPosition("10/0"), asPosition("9/FFFFFFFF"))).toBe(true);
    expect(hasReached(asPosition("0/9"), asPosition("0/10"))).toBe(false);
    expect(hasReached(asPosition("0/a"), asPosition("0/A"))).toBe(true);
    fc.assert(
      fc.property(positions, positions, (one, other) => {
        expect(hasReached(one, other) || hasReached(other, one)).toBe(true);
        expect(hasReached(one, other) && hasReached(other, one)).toBe(bytesOf(one) === bytesOf(other));
      }),
    );
  });

  it.each(["", "0", "0/", "/0", "0/0; drop table licenses", "g/0", "0/123456789", "0/0\n"])("is not %j", (text) => {
    expect(() => asPosition(text)).toThrow(/db\.position\(\)/);
  });
});

describe("freshness", () => {
  /** The writer's log grows; a reader is asked at the end and has replayed what was written `behind` before that. */
  it("never says that a reader is fresher than it is", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.nat(3)), { minLength: 1, maxLength: 40 }),
        fc.nat(20_000),
        fc.nat(30_000),
        (steps, later, behind) => {
          const freshness = new Freshness(1e9);
          let [time, bytes] = [0, 0];
          const history: [time: number, bytes: number][] = [];
          for (const [pause, growth] of steps) {
            time += pause;
            bytes += growth;
            history.push([time, bytes]);
            freshness.record(time, written(0, bytes));
          }
          const asked = time + later;
          const shows = asked - behind;
          const replayed = history.findLast(([at]) => at <= shows)?.[1];
          if (replayed === undefined) return;
          const lag = freshness.lag(asked, written(0, replayed));
          // Whatever was committed `lag` ago it shows: the truth may only be better.
          const promised = history.findLast(([at]) => at <= asked - lag)?.[1] ?? 0;
          expect(replayed).toBeGreaterThanOrEqual(promised);
        },
      ),
    );
  });

  it("says nothing of what is older than all it knows", () => {
    const freshness = new Freshness(60_000);
    expect(freshness.lag(5, written(0, 1))).toBe(Number.POSITIVE_INFINITY);
    freshness.record(10, written(0, 100));
    expect(freshness.lag(20, written(0, 99))).toBe(Number.POSITIVE_INFINITY);
    expect(freshness.lag(20, written(0, 100))).toBe(10);
  });

  it("forgets what is no more of use, and finds the earliest position that is late enough", () => {
    const freshness = new Freshness(100);
    for (const at of [0, 50, 100, 150]) freshness.record(at, written(0, at));
    expect(freshness.lag(150, written(0, 20))).toBe(Number.POSITIVE_INFINITY);
    expect(freshness.positionAt(60)).toBe(written(0, 100));
    expect(freshness.positionAt(151)).toBeUndefined();
  });
});
