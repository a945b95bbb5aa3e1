const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY = 24 * 60;
const WEEK = 7 * DAY;
/** Offsets of local time there are, in minutes. */
const OFFSETS = { least: -12 * 60, most: 14 * 60 };

/** Minutes since Sunday 00:00, or since midnight where there is no day. */
export interface Window {
  readonly start: number;
  readonly minutes: number;
  readonly daily: boolean;
}

/** "sun:02:00-sun:04:00", "18:00-20:00", "18:00Z-20:00Z"; undefined: none of these. */
export function parseWindow(text: string): Window | undefined {
  const parts = /^(?:([a-z]{3}):)?(\d\d):(\d\d)Z?-(?:([a-z]{3}):)?(\d\d):(\d\d)Z?$/i.exec(text.trim());
  if (!parts) return undefined;
  const [, startDay, startHour, startMinute, endDay, endHour, endMinute] = parts;
  if ((startDay === undefined) !== (endDay === undefined)) return undefined;
  const start = minutes(startDay, startHour, startMinute);
  const end = minutes(endDay, endHour, endMinute);
  if (start === undefined || end === undefined) return undefined;
  const daily = startDay === undefined;
  const whole = daily ? DAY : WEEK;
  return { start, minutes: (end - start + whole) % whole, daily };
}

function minutes(day: string | undefined, hour: string | undefined, minute: string | undefined): number | undefined {
  const index = day === undefined ? 0 : DAYS.indexOf(day.toLowerCase());
  const [hours, rest] = [Number(hour), Number(minute)];
  if (index < 0 || !(hours <= 24) || !(rest < 60)) return undefined;
  return index * DAY + hours * 60 + rest;
}

/**
 * Whether a window in UTC is another in local time, or a part of it.
 *
 * With a time zone it must be so with one of the offsets the zone has in the year of `now`, since services know no summer
 * time; without, with any offset there is. A daily window is no weekday's: only its hour and length count.
 */
export function isThatWindow(utc: string, local: string, timeZone: string, now: Date): boolean {
  const [given, asked] = [parseWindow(utc), parseWindow(local)];
  if (!given || !asked || given.minutes === 0 || given.minutes > asked.minutes) return false;
  const whole = given.daily || asked.daily ? DAY : WEEK;
  const offsets = timeZone === "" ? anyOffset() : offsetsOf(timeZone, now);
  return offsets.some((offset) => {
    const late = (((given.start + offset - asked.start) % whole) + whole) % whole;
    return late + given.minutes <= asked.minutes;
  });
}

/** Every quarter of an hour: Nepal's is 5:45. */
function anyOffset(): number[] {
  return Array.from({ length: (OFFSETS.most - OFFSETS.least) / 15 + 1 }, (_, index) => OFFSETS.least + index * 15);
}

/** Minutes that a zone is ahead of UTC in January and in July; none for a zone there is not. */
function offsetsOf(timeZone: string, now: Date): number[] {
  return [0, 6].flatMap((month) => {
    const at = new Date(Date.UTC(now.getUTCFullYear(), month, 1));
    try {
      const name = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" })
        .formatToParts(at)
        .find(({ type }) => type === "timeZoneName")?.value;
      const [, sign, hours, rest] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name ?? "") ?? [];
      if (name === undefined) return [];
      return [(sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(rest ?? 0))];
    } catch {
      return [];
    }
  });
}

/** Whether two windows share a minute, on any day. */
export function overlap(first: string, second: string): boolean {
  const [one, other] = [parseWindow(first), parseWindow(second)];
  if (!one || !other) return false;
  const whole = one.daily || other.daily ? DAY : WEEK;
  const ahead = (from: Window, to: Window) => (((to.start - from.start) % whole) + whole) % whole;
  return ahead(one, other) < one.minutes || ahead(other, one) < other.minutes;
}
