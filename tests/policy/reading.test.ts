import fc from "fast-check"; // windows and networks nobody thought of
import { describe, expect, it } from "vitest";
import { frequency } from "../../policy/facts/aws/operation";
import { parseDocument } from "../../policy/facts/document";
import { at, plain, type Resource, UNKNOWN } from "../../policy/facts/resource";
import { factsOf } from "../../policy/facts/vendors";
import { isEverywhere, isWithin } from "../../policy/rules/cidrs";
import { opensTo } from "../../policy/rules/documents";
import { isThatWindow, overlap, parseWindow } from "../../policy/rules/windows";
import { UNKNOWN_TEXT } from "./support/engine";

describe("a property", () => {
  it("is known, absent or unknown, each by itself", () => {
    const read = plain({ a: { b: [1, UNKNOWN_TEXT, "x"] }, c: null, d: UNKNOWN_TEXT, e: false });
    expect(at(read, "a.b.0")).toEqual({ state: "known", value: 1 });
    expect(at(read, "a.b.1")).toEqual({ state: "unknown", what: "a.b.1" });
    expect(at(read, "a.b.2")).toEqual({ state: "known", value: "x" });
    expect(at(read, "c")).toEqual({ state: "absent" });
    expect(at(read, "d.whatever")).toMatchObject({ state: "unknown" });
    expect(at(read, "e")).toEqual({ state: "known", value: false });
    expect(at(read, "e.f")).toEqual({ state: "absent" });
  });

  it("is what it was, whatever it was", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(plain({ value })).toEqual({ value });
      }),
    );
  });

  it("that fails to be read for another reason is no unknown one", () => {
    const broken = Object.defineProperty({}, "a", {
      enumerable: true,
      get: () => {
        throw new Error("broken");
      },
    });
    expect(() => plain(broken)).toThrow("broken");
  });
});

describe("a policy document", () => {
  it.each(["", "{", "null", "[]", "{}", "7"])("that is none, %j, opens to everybody", (text) => {
    expect(opensTo(parseDocument(text))).toMatch(/everybody/);
  });
  it("is read as text or as an object, one statement or several", () => {
    const one = { Effect: "Allow", Principal: { Service: "rds.amazonaws.com" }, Action: "a:b", Resource: "*" };
    for (const given of [{ Statement: one }, { Statement: [one] }, JSON.stringify({ Statement: [one] })]) {
      expect(parseDocument(given).statements).toMatchObject([{ principals: ["rds.amazonaws.com"], actions: ["a:b"] }]);
      expect(opensTo(parseDocument(given))).toBeUndefined();
    }
  });
  it("that denies opens nothing", () => {
    expect(opensTo(parseDocument({ Statement: { Effect: "Deny", Principal: "*", Action: "*" } }))).toBeUndefined();
  });
});

it.each([
  ["cron(0 6 1 * ? *)", "month"],
  ["cron(30 18 L * ? *)", "month"],
  ["cron(0 5 ? * SUN *)", "week"],
  ["cron(0 5 * * ? *)", "day"],
  ["cron(0 5 ? * * *)", "day"],
  ["cron(0 6 1 1 ? *)", "other"],
  ["cron(0 6 1 * ? 2026)", "other"],
  ["cron(0 6 1 */2 ? *)", "other"],
  ["rate(30 days)", "other"],
  ["", "other"],
])("%s is every %s", (expression, every) => {
  expect(frequency(expression)).toBe(every);
});

it.each([
  ["db.m6gd.xlarge", 16],
  ["db.r6gd.2xlarge", 64],
  ["db.m6gd.large", 8],
  ["db.t4g.medium", 4],
  ["db.c6gd.medium", undefined],
  ["db.serverless", undefined],
])("%s has %s GiB", (instanceClass, gib) => {
  const resource: Resource = {
    urn: "urn",
    type: "aws:rds/instance:Instance",
    name: "one",
    inputs: { engine: "postgres", instanceClass },
    outputs: {},
    protect: false,
  };
  const [fact] = factsOf(resource);
  expect(fact).toMatchObject({
    memoryBytes: gib === undefined ? { state: "lacking" } : { state: "known", value: gib * 2 ** 30 },
  });
});

it("leaves databases of other engines alone", () => {
  const one = (engine: string | typeof UNKNOWN) =>
    factsOf({
      urn: "urn",
      type: "aws:rds/instance:Instance",
      name: "one",
      inputs: { engine },
      outputs: {},
      protect: false,
    });
  expect(one("mysql")).toEqual([]);
  expect(one(UNKNOWN)).toHaveLength(1);
});

describe("a network", () => {
  it.each([
    ["10.1.0.0/16", true],
    ["10.0.0.0/8", true],
    ["10.0.0.0/7", false],
    ["0.0.0.0/0", false],
    ["::/0", false],
    ["fd00::/8", true],
    ["2001:db8::/32", false],
    ["10.0.0.1", true],
    ["10.0.0.0/", false],
    ["10.0.0/8", false],
    ["", false],
    ["::ffff:8.8.8.8/128", false],
  ])("%s is within ours: %s", (cidr, expected) => {
    expect(isWithin(cidr, ["10.0.0.0/8", "fc00::/7"])).toBe(expected);
  });
  it("is within itself, and not in its half", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 31 }), (address, prefix) => {
        expect(isWithin(`${address}/${prefix}`, [`${address}/${prefix}`])).toBe(true);
        expect(isWithin(`${address}/${prefix}`, [`${address}/${prefix + 1}`])).toBe(false);
        expect(isWithin(`${address}/${prefix + 1}`, [`${address}/${prefix}`])).toBe(true);
      }),
    );
  });
  it.each(["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "nonsense"])("%s is everywhere", (cidr) => {
    expect(isEverywhere(cidr)).toBe(true);
  });
});

describe("a window", () => {
  const now = new Date("2026-03-01T00:00:00Z");
  const asked = "sun:02:00-sun:04:00";
  it.each([
    ["sat:18:00-sat:20:00", "Asia/Shanghai", true],
    ["sat:18:00-sat:20:00", "UTC", false],
    ["sun:02:00-sun:04:00", "UTC", true],
    ["sun:02:30-sun:03:30", "UTC", true],
    ["sun:03:00-sun:05:00", "UTC", false],
    ["sun:00:00-sun:02:00", "Europe/Berlin", true],
    ["sun:01:00-sun:03:00", "Europe/Berlin", true],
    ["sat:20:15-sat:22:15", "Asia/Kathmandu", true],
    ["sat:18:00-sat:20:00", "", true],
    ["mon:18:00-mon:20:00", "", false],
    ["sun:17:00-sun:19:00", "", false],
    ["sat:18:00-sun:20:00", "", false],
    ["18:00Z-20:00Z", "Asia/Shanghai", true],
    ["18:00Z-20:00Z", "UTC", false],
    ["sat:18:00-sat:20:00", "Nowhere/Atall", false],
    ["sat:18:00-sat:18:00", "", false],
    ["whenever", "", false],
  ])("%s UTC is Sunday 02:00 to 04:00 in %j: %s", (utc, zone, expected) => {
    expect(isThatWindow(utc, asked, zone, now)).toBe(expected);
  });
  it("overlaps itself, and none beside it", () => {
    const time = (minutes: number) =>
      `${String(Math.floor((minutes % 1440) / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 1, max: 600 }), (start, length) => {
        const one = `${time(start)}-${time(start + length)}`;
        expect(parseWindow(one)).toEqual({ start, minutes: length, daily: true });
        expect(overlap(one, one)).toBe(true);
        expect(overlap(one, `${time(start + length)}-${time(start + length + 60)}`)).toBe(false);
        expect(overlap(one, `${time(start + length - 1)}-${time(start + length + 60)}`)).toBe(true);
      }),
    );
  });
});
