import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backupHour, windowInServiceTime } from "../../../components/alicloud/windows";
import { parseWindow, windowInUtc, windowMinutes } from "../../../components/spec/windows";

const winter = new Date("2026-01-15T00:00:00Z");

const windowOf = (text: string) => {
  const parsed = parseWindow(text, "UTC");
  if (!parsed.ok) throw new Error(parsed.mend);
  return parsed.value;
};

describe("the backup's hour", () => {
  it.each([
    ["01:00-02:00 UTC", "01:00Z-02:00Z"],
    ["01:00-02:00 Asia/Shanghai", "17:00Z-18:00Z"],
    ["07:30-09:30 Asia/Shanghai", "00:00Z-01:00Z"],
    ["23:00-00:00 UTC", "23:00Z-24:00Z"],
    ["01:00-02:00 Asia/Kolkata", undefined],
    ["01:00-02:30 Asia/Kolkata", "20:00Z-21:00Z"],
  ])("of %s is %s", (text, hour) => {
    expect(backupHour(windowOf(text), winter)).toBe(hour);
  });

  it("is a full one, within the window", () => {
    const window = fc.record({
      start: fc.nat(1439),
      minutes: fc.integer({ min: 30, max: 1439 }),
      timeZone: fc.constantFrom("UTC", "Asia/Shanghai", "Asia/Kolkata", "America/St_Johns", "Europe/Berlin"),
    });
    fc.assert(
      fc.property(window, ({ start, minutes, timeZone }) => {
        const whole = { start, end: (start + minutes) % 1440, timeZone };
        const hour = backupHour(whole, winter);
        const utc = windowInUtc(whole, winter);
        if (hour === undefined) {
          expect(minutes).toBeLessThan(119);
          return;
        }
        const [, from = "", to = ""] = /^(\d\d):00Z-(\d\d):00Z$/.exec(hour) ?? [];
        expect(Number(to)).toBe(Number(from) + 1);
        const after = (Number(from) * 60 - utc.start + 1440) % 1440;
        expect(after + 60).toBeLessThanOrEqual(windowMinutes(whole));
      }),
    );
  });
});

it("says the maintenance window in UTC, without its weekday", () => {
  expect(windowInServiceTime(windowOf("Sun 02:00-04:00 Asia/Shanghai"), winter)).toBe("18:00Z-20:00Z");
  expect(windowInServiceTime(windowOf("Sun 22:00-00:00 UTC"), winter)).toBe("22:00Z-00:00Z");
});
