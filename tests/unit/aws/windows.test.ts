import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { archiveStart, dailyWindow, weeklyWindow } from "../../../components/aws/windows";
import { parseWindow } from "../../../components/spec/windows";

const winter = new Date("2026-01-15T00:00:00Z");
const summer = new Date("2026-07-15T00:00:00Z");
function window(text: string, zone = "UTC") {
  const parsed = parseWindow(text, zone);
  if (!parsed.ok) throw new Error(parsed.mend);
  return parsed.value;
}

describe("windows as RDS takes them", () => {
  it.each([
    ["Sun 02:00-04:00 Asia/Shanghai", winter, "sat:18:00-sat:20:00"],
    ["Sun 02:00-04:00 UTC", winter, "sun:02:00-sun:04:00"],
    ["Sun 02:00-04:00 Europe/Berlin", winter, "sun:01:00-sun:03:00"],
    ["Sun 02:00-04:00 Europe/Berlin", summer, "sun:00:00-sun:02:00"],
    ["Sun 23:00-01:00 UTC", winter, "sun:23:00-mon:01:00"],
    ["Sat 22:00-00:00 UTC", winter, "sat:22:00-sun:00:00"],
    ["02:00-04:00 UTC", winter, "sun:02:00-sun:04:00"],
  ])("%s", (text, now, expected) => {
    expect(weeklyWindow(window(text), now)).toBe(expected);
  });

  it.each([
    ["01:00-02:00 UTC", "01:00-02:00"],
    ["22:30-23:30 Asia/Shanghai", "14:30-15:30"],
    ["23:30-00:30 UTC", "23:30-00:30"],
  ])("%s", (text, expected) => {
    expect(dailyWindow(window(text), winter)).toBe(expected);
  });

  it("they last as long in UTC", () => {
    const zones = fc.constantFrom("UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Kiritimati", "Europe/Berlin");
    const minutes = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(minutes, fc.integer({ min: 30, max: 1409 }), zones, (start, length, timeZone) => {
        const week = weeklyWindow({ day: "Wed", start, end: (start + length) % 1440, timeZone }, summer);
        const [, from, fromTime, to, toTime] = /^(\w+):([\d:]+)-(\w+):([\d:]+)$/.exec(week) ?? [];
        const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        const at = (day = "", time = ""): number =>
          days.indexOf(day) * 1440 + Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
        expect((at(to, toTime) - at(from, fromTime) + 7 * 1440) % (7 * 1440)).toBe(length);
      }),
    );
  });
});

describe("the hour of the monthly archive", () => {
  it("is six in the morning where nothing stands in the way", () => {
    expect(archiveStart([window("01:00-02:00"), window("Sun 02:00-04:00")], winter)).toBe(360);
  });

  it.each([
    [["05:00-06:00"], 420],
    [["06:30-07:30"], 540],
    [["08:00-09:00"], 600],
    [["01:00-02:00", "Sun 06:00-14:00"], 900],
    [["23:00-12:00"], 780],
  ])("keeps clear of %j", (texts, expected) => {
    expect(
      archiveStart(
        texts.map((text) => window(text)),
        winter,
      ),
    ).toBe(expected);
  });

  it("never starts in a window, nor in the two hours before one, where there is such an hour", () => {
    const some = fc.record({ start: fc.integer({ min: 0, max: 1439 }), length: fc.integer({ min: 30, max: 360 }) });
    fc.assert(
      fc.property(some, some, (one, other) => {
        const windows = [one, other].map(({ start, length }) => ({
          ...{ start, end: (start + length) % 1440, timeZone: "UTC" },
        }));
        const at = archiveStart(windows, winter);
        expect(at % 60).toBe(0);
        for (const { start, length } of [one, other]) {
          const since = (at - start + 1440) % 1440;
          expect(since >= length && since <= 1440 - 120).toBe(true);
        }
      }),
    );
  });
});
