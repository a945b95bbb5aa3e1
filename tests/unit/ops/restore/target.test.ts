import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BadTarget, parseTarget, targetOptions } from "../../../../ops/restore/target";

const two = (value: number): string => String(value).padStart(2, "0");
const zone = fc
  .record({ sign: fc.constantFrom(1, -1), hours: fc.integer({ min: 0, max: 14 }), minutes: fc.constantFrom(0, 30, 45) })
  .map(({ sign, hours, minutes }) => ({
    offset: sign * (hours * 60 + minutes),
    text: fc.sample(
      fc.constantFrom(
        `${sign < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}`,
        `${sign < 0 ? "-" : "+"}${two(hours)}${two(minutes)}`,
      ),
      1,
    )[0] as string,
  }));
const moment = fc.date({
  min: new Date("2001-01-01T00:00:00Z"),
  max: new Date("2099-01-01T00:00:00Z"),
  noInvalidDate: true,
});

describe("the moment of a restore", () => {
  it("is the same instant in whatever zone it is written", () => {
    fc.assert(
      fc.property(moment, zone, fc.integer({ min: 0, max: 999_999 }), (at, { offset, text }, micros) => {
        const whole = Math.floor(at.getTime() / 1000) * 1000;
        const local = new Date(whole + offset * 60_000).toISOString().slice(0, 19);
        const fraction = String(micros).padStart(6, "0");
        const expected = { type: "time", at: `${new Date(whole).toISOString().slice(0, 19)}.${fraction}Z` };
        expect(parseTarget(`${local}.${fraction}${text}`)).toEqual(expected);
        expect(parseTarget(`${local.replace("T", " ")}.${fraction} ${text}`)).toEqual(expected);
      }),
    );
  });

  it("reaches pgBackRest in UTC, to the microsecond", () => {
    expect(targetOptions(parseTarget("2026-11-22 20:15:00.25+01"), true)).toEqual([
      "--type=time",
      "--target=2026-11-22 19:15:00.250000+00",
      "--target-action=promote",
      "--target-exclusive",
    ]);
    expect(targetOptions(parseTarget("latest"), true)).toEqual(["--type=default"]);
    expect(targetOptions(parseTarget("name:before release"), true)).toEqual([
      "--type=name",
      "--target=before release",
      "--target-action=promote",
    ]);
  });

  it("may be any transaction, and any restore point that PostgreSQL can keep", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 3n, max: (1n << 64n) - 1n }), (xid) => {
        expect(parseTarget(`xid:${xid}`)).toEqual({ type: "xid", xid });
        expect(parseTarget(` ${xid} `)).toEqual({ type: "xid", xid });
      }),
    );
    expect(parseTarget("name:x")).toEqual({ type: "name", name: "x" });
  });

  it.each([
    ["2026-11-22 20:15:00", /names no time zone/],
    ["2026-11-22", /none of what it takes/],
    ["2026-02-30 20:15Z", /no such time/],
    ["2026-11-22 25:15Z", /no such time/],
    ["2026-11-22 20:15+99", /no offset/],
    ["yesterday", /none of what it takes/],
    ["xid:2", /numbered from 3/],
    [`${1n << 64n}`, /numbered from 3/],
    ["name:", /1 to 63 bytes/],
    [`name:${"ä".repeat(32)}`, /1 to 63 bytes/],
    ["", /none of what it takes/],
  ])("is not %s, and the error says what it takes", (text, why) => {
    expect(() => parseTarget(text)).toThrow(BadTarget);
    expect(() => parseTarget(text)).toThrow(why);
    expect(() => parseTarget(text)).toThrow(/It takes a time with its zone .*latest/);
  });

  it("never throws anything else, whatever is typed", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseTarget(text);
        } catch (error) {
          expect(error).toBeInstanceOf(BadTarget);
        }
      }),
    );
  });
});
