import type { Window } from "../spec/spec";
import { formatTime, windowInUtc, windowMinutes } from "../spec/windows";

const HOUR = 60;
const DAY = 24 * HOUR;

/**
 * The hour in which the service takes the daily backup: it knows the 24 full hours of UTC and no other window.
 * @param at whose offset from UTC counts
 * @returns "17:00Z-18:00Z", the first full hour of the window; undefined: it has none
 */
export function backupHour(window: Window, at: Date): string | undefined {
  const { start } = windowInUtc(window, at);
  const full = Math.ceil(start / HOUR) * HOUR;
  if (full + HOUR > start + windowMinutes(window)) return undefined;
  const hour = (full % DAY) / HOUR;
  // the day's last hour ends at 24:00
  return `${twoDigits(hour)}:00Z-${twoDigits(hour + 1)}:00Z`;
}

/**
 * The service's maintenance window. It is daily: a weekday is lost (`alicloudCapabilities` says so).
 * @param at whose offset from UTC counts
 * @returns "18:00Z-20:00Z"
 */
export function windowInServiceTime(window: Window, at: Date): string {
  const { start, end } = windowInUtc(window, at);
  return `${formatTime(start)}Z-${formatTime(end)}Z`;
}

const twoDigits = (number: number): string => String(number).padStart(2, "0");
