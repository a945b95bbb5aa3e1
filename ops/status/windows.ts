import type { Expectations } from "../../components/spec/expectations";
import type { Window as SpecWindow, Weekday } from "../../components/spec/spec";
import { offsetMinutes } from "../../components/spec/timeZones";
import { parseWindow } from "../../components/spec/windows";
import type { Window } from "./status";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WEEKDAYS: readonly Weekday[] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** When the stack's windows open next. */
export function nextWindows(expected: Expectations | undefined, now: Date): Window[] {
  if (expected === undefined) return [];
  const named = [
    { name: "backup", window: expected.backupWindow },
    { name: "maintenance", window: expected.maintenanceWindow },
  ] as const;
  return named.flatMap(({ name, window }) => {
    const parsed = parseWindow(window, "UTC");
    return parsed.ok ? [{ name, window, next: nextStart(parsed.value, now).toISOString() }] : [];
  });
}

/** The first start of a window that is not before `now`. A start that clocks leap over is where the leap puts it. */
export function nextStart({ day, start, timeZone }: SpecWindow, now: Date): Date {
  const local = new Date(now.getTime() + offsetMinutes(timeZone, now) * MINUTE);
  const midnight = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate());
  // A week and a day, for today's start may be over; a day before, for the zone's clocks may go back tonight.
  const days = Array.from({ length: 9 }, (_, index) => midnight + (index - 1) * DAY);
  const starts = days
    .filter((date) => day === undefined || WEEKDAYS[new Date(date).getUTCDay()] === day)
    .map((date) => instant(date + start * MINUTE, timeZone));
  return starts.find((one) => one >= now) ?? now;
}

/** The moment at which a zone's clocks show this. @param wall what they show, as if they were in UTC. */
function instant(wall: number, timeZone: string): Date {
  const guess = new Date(wall - offsetMinutes(timeZone, new Date(wall)) * MINUTE);
  return new Date(wall - offsetMinutes(timeZone, guess) * MINUTE);
}
