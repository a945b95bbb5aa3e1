/** Weekly and daily windows: how they are written, and when they are in UTC. */
import { nearest } from "./nearest";
import { bad, good, type Parsed } from "./parsed";
import type { Weekday, Window } from "./spec";
import { offsetMinutes, parseTimeZone } from "./timeZones";
import { asText } from "./units";

const weekdays: readonly Weekday[] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const minutesPerDay = 24 * 60;
const minutesPerWeek = 7 * minutesPerDay;

const timeAllowed = 'a time of day from 00:00 to 23:59, such as "02:00"';

/** "02:00" -> minutes since midnight. "24:00" is midnight. */
export function parseTime(value: unknown): Parsed<number> {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(asText(value)) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  if (!(total <= minutesPerDay) || Number(minutes) > 59) return bad(timeAllowed, 'Write hours and minutes: "02:00".');
  return good(total % minutesPerDay);
}

/** Minutes since midnight -> "02:00". */
export function formatTime(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

const windowAllowed = 'a window such as "Sun 02:00-04:00 Asia/Shanghai"; without a weekday it is daily';

/** "Sun 02:00-04:00 Asia/Shanghai", "01:00-02:00"; the zone defaults to the stack's. */
export function parseWindow(value: unknown, timeZone: string): Parsed<Window> {
  const match = /^(?:([^\d\s]+)\s+)?([\d:]+)\s*[-–]\s*([\d:]+)(?:\s+(\S+))?$/u.exec(asText(value));
  if (!match)
    return bad(windowAllowed, "Write a weekday if it is weekly, start-end, and a time zone if not the stack's.");
  const [, dayName, startText, endText, zoneName] = match;
  const day = dayName === undefined ? undefined : parseWeekday(dayName);
  const [start, end, zone] = [parseTime(startText), parseTime(endText), parseTimeZone(zoneName ?? timeZone)];
  for (const part of [day, start, end, zone]) {
    if (part !== undefined && !part.ok) return { ...part, allowed: `${windowAllowed}; in it ${part.allowed}` };
  }
  if (day?.ok === false || !start.ok || !end.ok || !zone.ok) throw new Error("unreachable: every part was read");
  if (start.value === end.value) return bad(windowAllowed, "Let the window end at another time than it starts.");
  const times = { start: start.value, end: end.value, timeZone: zone.value };
  return good(day === undefined ? times : { day: day.value, ...times });
}

/** The window as `parseWindow` reads it, its zone always named. */
export function formatWindow({ day, start, end, timeZone }: Window): string {
  return `${day === undefined ? "" : `${day} `}${formatTime(start)}-${formatTime(end)} ${timeZone}`;
}

/** How long the window is, in minutes. */
export function windowMinutes({ start, end }: Pick<Window, "start" | "end">): number {
  return (end - start + minutesPerDay) % minutesPerDay;
}

/**
 * The same window in UTC, with the offset its zone has at `at`; the weekday moves along when midnight is crossed.
 *
 * Where a zone has summer time this is right until the next change of the clocks only: a service that keeps its window
 * in UTC runs it an hour off local time until the stack is brought up again.
 */
export function windowInUtc(window: Window, at: Date): Window {
  const minute = window.start - offsetMinutes(window.timeZone, at);
  const start = modulo(minute, minutesPerDay);
  const times = { start, end: (start + windowMinutes(window)) % minutesPerDay, timeZone: "UTC" };
  if (window.day === undefined) return times;
  const day = weekdays[modulo(weekdays.indexOf(window.day) + Math.floor(minute / minutesPerDay), 7)];
  return day === undefined ? times : { day, ...times };
}

/** Whether the two windows ever share a minute in the year that starts at `at` (their zones may change clocks on different days). */
export function windowsOverlap(a: Window, b: Window, at: Date): boolean {
  if (a.timeZone === b.timeZone) return overlapAt(a, b, at);
  const weeks = Array.from({ length: 53 }, (_, week) => new Date(at.getTime() + week * minutesPerWeek * 60_000));
  return weeks.some((week) => overlapAt(a, b, week));
}

function overlapAt(a: Window, b: Window, at: Date): boolean {
  return weekMinutes(a, at).some((one) =>
    weekMinutes(b, at).some(
      (other) =>
        modulo(other - one, minutesPerWeek) < windowMinutes(a) ||
        modulo(one - other, minutesPerWeek) < windowMinutes(b),
    ),
  );
}

/** The minutes of the week, in UTC, at which the window starts. */
function weekMinutes(window: Window, at: Date): number[] {
  const { day, start } = windowInUtc(window, at);
  return (day === undefined ? weekdays : [day]).map((name) => weekdays.indexOf(name) * minutesPerDay + start);
}

function parseWeekday(text: string): Parsed<Weekday> {
  const index = weekdayNames.findIndex((name) =>
    [name, name.slice(0, 3)].some((n) => n.toLowerCase() === text.toLowerCase()),
  );
  const day = weekdays[index];
  if (day !== undefined) return good(day);
  return bad(
    `the weekday is one of ${weekdays.join(", ")}`,
    `There is no weekday "${text}".`,
    nearest(text, [...weekdays, ...weekdayNames]),
  );
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;
