import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, formatSize, parseDuration, parseSize } from "../../../components/spec/units";

const read = <T>(parsed: { ok: true; value: T } | { ok: false }): T | undefined =>
  parsed.ok ? parsed.value : undefined;

describe("sizes", () => {
  it.each([
    ["16GB", 17_179_869_184],
    ["512 MB", 536_870_912],
    ["1TB", 1_099_511_627_776],
    ["1.5GB", 1_610_612_736],
    ["8kB", 8192],
    ["16GiB", 17_179_869_184],
    [" 16gb ", 17_179_869_184],
    ["0B", 0],
  ])("reads %s", (text, bytes) => expect(read(parseSize(text))).toBe(bytes));

  it.each([
    "",
    "GB",
    "16",
    16,
    "16 XB",
    "-1GB",
    "1e3GB",
    "16GB 1MB",
    "1,5GB",
    "９GB",
    null,
    undefined,
    [],
    {},
    true,
    Number.NaN,
    "99999999999999TB",
    "1".repeat(1000),
  ])("refuses %j", (value) => expect(parseSize(value).ok).toBe(false));

  it("says the nearest unit", () => expect(parseSize("16GG")).toMatchObject({ nearest: "16GB" }));

  it("are written as they are read", () => {
    fc.assert(fc.property(fc.maxSafeNat(), (bytes) => read(parseSize(formatSize(bytes))) === bytes));
    const unit = fc.constantFrom("kB", "MB", "GB", "TB");
    const written = fc.tuple(fc.integer({ min: 1, max: 1023 }), unit).map(([number, name]) => `${number}${name}`);
    fc.assert(fc.property(written, (text) => formatSize(read(parseSize(text)) ?? 0) === text));
  });
});

describe("durations", () => {
  it.each([
    ["15d", 1_296_000],
    ["1h30m", 5400],
    ["90s", 90],
    ["500ms", 0.5],
    ["2 weeks", 1_209_600],
    ["1 year", 31_536_000],
    ["1.5h", 5400],
    ["1 day 2 hours", 93_600],
    ["30000ms", 30],
    ["0", 0],
    [0, 0],
  ])("reads %s", (text, seconds) => expect(read(parseDuration(text))).toBe(seconds));

  it.each([
    "",
    "15",
    15,
    "d",
    "1x",
    "-1d",
    "1m1h",
    "1h1h",
    "P15D",
    "1e3d",
    "9999y",
    null,
    undefined,
    [],
    {},
    Number.POSITIVE_INFINITY,
    "1d ".repeat(99),
  ])("refuses %j", (value) => expect(parseDuration(value).ok).toBe(false));

  it("says the nearest unit", () => expect(parseDuration("2 weaks")).toMatchObject({ nearest: "2weeks" }));

  it("are written as they are read, to the millisecond", () => {
    const milliseconds = fc.integer({ min: 0, max: 100 * 365 * 86_400_000 });
    fc.assert(fc.property(milliseconds, (ms) => read(parseDuration(formatDuration(ms / 1000))) === ms / 1000));
  });
});
