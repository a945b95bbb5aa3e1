import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scale, short, ticks } from "../../../../ops/page/scale";

const figure = fc.double({ min: -1e12, max: 1e12, noNaN: true });

describe("ticks", () => {
  it("hold all figures between the first and the last, evenly, and are neither few nor many", () =>
    fc.assert(
      fc.property(
        figure,
        fc.double({ min: 1e-6, max: 1e12, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        (least, span, count) => {
          // Where two figures differ by less than a double can tell, there is nothing to divide.
          fc.pre(span > Math.abs(least) * 1e-9);
          const found = ticks(least, least + span, count);
          const step = (found[1] ?? 0) - (found[0] ?? 0);
          expect(found[0]).toBeLessThanOrEqual(least + step * 1e-6);
          expect(found.at(-1)).toBeGreaterThanOrEqual(least + span - step * 1e-6);
          expect(found.length).toBeGreaterThanOrEqual(2);
          expect(found.length).toBeLessThanOrEqual(count + 3);
          for (const [index, tick] of found.slice(1).entries()) {
            expect(Math.abs(tick - (found[index] ?? 0) - step)).toBeLessThan(step * 1e-3);
          }
        },
      ),
    ));

  it.each([
    [0, 10, [0, 2, 4, 6, 8, 10]],
    [0, 0.3, [0, 0.1, 0.2, 0.3]],
    [0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [17, 123, [0, 50, 100, 150]],
  ])("from %d to %d are round", (least, most, wanted) => expect(ticks(least, most)).toEqual(wanted));
});

describe("a scale", () => {
  it("keeps order, and puts the ends on the ends", () =>
    fc.assert(
      fc.property(
        figure,
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, span, part) => {
          const place = scale([from, from + span], [50, 700]);
          expect(place(from)).toBe(50);
          const found = place(from + span * part);
          expect(found).toBeGreaterThanOrEqual(49.9);
          expect(found).toBeLessThanOrEqual(700.1);
        },
      ),
    ));

  it("of a single figure puts it at the start", () => expect(scale([3, 3], [10, 20])(3)).toBe(10));
});

it.each([
  [0, "0"],
  [999, "999"],
  [1234, "1234"],
  [12_345, "12.3 k"],
  [1_234_567, "1.23 M"],
  [0.000123456, "0.000123"],
  [-2.5e9, "-2.5 G"],
])("%d is written %s", (value, wanted) => expect(short(value)).toBe(wanted));
