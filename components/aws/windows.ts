import type { Window } from "../spec/spec";
import { formatTime, windowInUtc, windowMinutes } from "../spec/windows";

const HOUR = 60;
const DAY = 24 * HOUR;

/*
 * RDS keeps windows in UTC, with the offset that the zone has now. Where clocks change, the window is an hour off from
 * then until the next `up`, whose change of two windows is meant: it puts them back to the stack's own time.
 */

/** The daily window as RDS takes it: "17:00-18:00". */
export function dailyWindow(window: Window, now: Date): string {
  const { start, end } = windowInUtc(window, now);
  return `${formatTime(start)}-${formatTime(end)}`;
}

/** The weekly window as RDS takes it: "sat:18:00-sat:20:00"; one without a weekday is Sunday's. */
export function weeklyWindow(window: Window, now: Date): string {
  const { day = "Sun", start, end } = windowInUtc({ ...window, day: window.day ?? "Sun" }, now);
  const endsOn = start + windowMinutes(window) >= DAY ? nextDay[day] : day;
  return `${day}:${formatTime(start)}-${endsOn}:${formatTime(end)}`.toLowerCase();
}

const nextDay = { Sun: "Mon", Mon: "Tue", Tue: "Wed", Wed: "Thu", Thu: "Fri", Fri: "Sat", Sat: "Sun" } as const;

/** When archives are taken if nothing stands in the way: 06:00 UTC. */
const ARCHIVE_AT = 6 * HOUR;
/** What AWS Backup may take to start. */
export const ARCHIVE_START_WITHIN = HOUR;
/** RDS refuses snapshots from an hour before its own windows on; one more, as clocks change. */
const CLEAR_BEFORE = 2 * HOUR;
const CLEAR_AFTER = HOUR;

/**
 * When the archive is taken on the first of a month, in minutes since midnight UTC: the first full hour from 06:00 on
 * that is clear of both windows, whichever weekday it is. Where none is, 06:00: AWS Backup tries again for an hour.
 */
export function archiveStart(windows: readonly Window[], now: Date): number {
  const taken = windows.map((window) => ({ start: windowInUtc(window, now).start, length: windowMinutes(window) }));
  const hours = Array.from({ length: 24 }, (_, hour) => (ARCHIVE_AT + hour * HOUR) % DAY);
  const clear = hours.find((at) =>
    taken.every(({ start, length }) => {
      // the archive's time, counted from two hours before the window
      const after = (at - start + CLEAR_BEFORE + ARCHIVE_START_WITHIN + DAY) % DAY;
      return after >= CLEAR_BEFORE + ARCHIVE_START_WITHIN + length + CLEAR_AFTER;
    }),
  );
  return clear ?? ARCHIVE_AT;
}
