import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Window } from "../../../components/spec/spec";
import { offsetMinutes, parseTimeZone } from "../../../components/spec/timeZones";
import {
  formatWindow,
  parseWindow,
  windowInUtc,
  windowMinutes,
  windowsOverlap,
} from "../../../components/spec/windows";

const winter = new Date("2026-01-15T12:00:00Z");
const summer = new Date("2026-07-15T12:00:00Z");

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const anyZone = fc.constantFrom(
  "UTC",
  "Asia/Shanghai",
  "Asia/Kathmandu",
  "America/New_York",
  "Australia/Lord_Howe",
  "Pacific/Apia",
);
const anyWindow: fc.Arbitrary<Window> = fc
  .record({
    day: fc.option(fc.constantFrom(...weekdays)),
    start: fc.nat(1439),
    length: fc.integer({ min: 1, max: 1439 }),
    timeZone: anyZone,
  })
  .map(({ day, start, length, timeZone }) => ({
    ...(day ? { day } : {}),
    start,
    end: (start + length) % 1440,
    timeZone,
  }));
const anyInstant = fc.date({ min: new Date("2000-01-01"), max: new Date("2037-12-31"), noInvalidDate: true });

function window(text: string, zone = "UTC"): Window {
  const parsed = parseWindow(text, zone);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.mend}`);
  return parsed.value;
}

describe("windows", () => {
  it("are read with a weekday, a zone, both or neither", () => {
    expect(window("Sun 02:00-04:00 Asia/Shanghai")).toEqual({
      day: "Sun",
      start: 120,
      end: 240,
      timeZone: "Asia/Shanghai",
    });
    expect(window("01:00-02:00", "Europe/Paris")).toEqual({ start: 60, end: 120, timeZone: "Europe/Paris" });
    expect(window("friday 23:30 - 1:30")).toEqual({ day: "Fri", start: 1410, end: 90, timeZone: "UTC" });
    expect(window("22:00-24:00 asia/tokyo")).toEqual({ start: 1320, end: 0, timeZone: "Asia/Tokyo" });
  });

  it.each([
    "",
    "Sun",
    "02:00",
    "02:00-02:00",
    "25:00-26:00",
    "02:60-03:00",
    "Xyz 02:00-04:00",
    "02:00-04:00 Mars/Base",
    "02:00-04:00 +08:00",
    "2-4",
    null,
    5,
    [],
    {},
  ])("%j is refused", (value) => expect(parseWindow(value, "UTC").ok).toBe(false));

  it("say the nearest weekday and zone", () => {
    expect(parseWindow("Sumday 02:00-04:00", "UTC")).toMatchObject({ nearest: "Sunday" });
    expect(parseWindow("02:00-04:00 Asia/Shangai", "UTC")).toMatchObject({ nearest: "Asia/Shanghai" });
  });

  it("are written as they are read", () => {
    fc.assert(
      fc.property(anyWindow, (one) => {
        expect(window(formatWindow(one))).toEqual(one);
      }),
    );
  });
});

describe("time zones", () => {
  it.each([["Asia/Shanghai"], ["UTC"], ["Asia/Kolkata"], ["Etc/GMT+8"]])("%s is known", (zone) =>
    expect(parseTimeZone(zone)).toEqual({ ok: true, value: zone }),
  );
  it("puts the case right", () => expect(parseTimeZone("europe/berlin")).toEqual({ ok: true, value: "Europe/Berlin" }));
  it.each(["", "+08:00", "Mars/Base", "../etc/passwd", null, 8, {}])("%j is refused", (zone) =>
    expect(parseTimeZone(zone).ok).toBe(false),
  );
  it("finds a city", () => expect(parseTimeZone("Shanghai")).toMatchObject({ nearest: "Asia/Shanghai" }));
});

describe("windows in UTC", () => {
  it("moves the weekday when midnight is crossed", () => {
    expect(formatWindow(windowInUtc(window("Sun 02:00-04:00 Asia/Shanghai"), winter))).toBe("Sat 18:00-20:00 UTC");
    expect(formatWindow(windowInUtc(window("Sat 22:00-23:00 America/New_York"), winter))).toBe("Sun 03:00-04:00 UTC");
    expect(formatWindow(windowInUtc(window("01:00-02:00 Asia/Kathmandu"), winter))).toBe("19:15-20:15 UTC");
    expect(formatWindow(windowInUtc(window("Wed 12:00-13:00 UTC"), winter))).toBe("Wed 12:00-13:00 UTC");
  });

  it("follows summer time", () => {
    const berlin = window("Sun 01:30-03:00 Europe/Berlin");
    expect(formatWindow(windowInUtc(berlin, winter))).toBe("Sun 00:30-02:00 UTC");
    expect(formatWindow(windowInUtc(berlin, summer))).toBe("Sat 23:30-01:00 UTC");
    const half = window("02:00-03:00 Australia/Lord_Howe"); // half an hour of summer time
    expect(formatWindow(windowInUtc(half, winter))).toBe("15:00-16:00 UTC");
    expect(formatWindow(windowInUtc(half, summer))).toBe("15:30-16:30 UTC");
  });

  it("starts when the clock in the zone shows the start", () => {
    fc.assert(
      fc.property(anyWindow, anyInstant, (one, at) => {
        const utc = windowInUtc(one, at);
        expect(windowMinutes(utc)).toBe(windowMinutes(one));
        // Sunday 2026-01-04 00:00 UTC plus the window's place in the week, seen with the offset of `at`
        const start = Date.UTC(2026, 0, 4) + (weekdays.indexOf(utc.day ?? "Sun") * 1440 + utc.start) * 60_000;
        const local = new Date(start + offsetMinutes(one.timeZone, at) * 60_000);
        expect(local.getUTCHours() * 60 + local.getUTCMinutes()).toBe(one.start);
        if (one.day) expect(weekdays[local.getUTCDay()]).toBe(one.day);
      }),
    );
  });
});

describe("overlap", () => {
  it.each([
    ["01:00-02:00", "Sun 02:00-04:00", false],
    ["01:00-02:01", "Sun 02:00-04:00", true],
    ["23:00-00:30", "Mon 00:00-01:00", true],
    ["Sat 23:00-01:00", "Sun 00:30-02:00", true],
    ["Sat 23:00-01:00", "Mon 00:30-02:00", false],
    ["01:00-02:00 UTC", "Sun 09:30-10:30 Asia/Shanghai", true],
    ["01:00-02:00 UTC", "Sun 10:00-11:00 Asia/Shanghai", false],
    ["01:00-02:00 UTC", "Sun 03:00-04:00 Europe/Berlin", true], // in summer only
  ])("%s and %s: %s", (a, b, meet) => {
    expect(windowsOverlap(window(a), window(b), winter)).toBe(meet);
    expect(windowsOverlap(window(b), window(a), winter)).toBe(meet);
  });

  it("agrees with counting minutes", () => {
    const minutes = ({ day, start, end, timeZone: _ }: Window): Set<number> => {
      const length = windowMinutes({ start, end });
      const days = day === undefined ? [0, 1, 2, 3, 4, 5, 6] : [weekdays.indexOf(day)];
      return new Set(days.flatMap((d) => Array.from({ length }, (_, minute) => (d * 1440 + start + minute) % 10_080)));
    };
    const sameZone = fc.tuple(anyWindow, anyWindow).map(([a, b]) => [a, { ...b, timeZone: a.timeZone }] as const);
    fc.assert(
      fc.property(sameZone, ([a, b]) => {
        const other = minutes(b);
        expect(windowsOverlap(a, b, winter)).toBe([...minutes(a)].some((minute) => other.has(minute)));
      }),
    );
  });
});
