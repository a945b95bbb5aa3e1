import { nearest } from "./nearest";
import { bad, good, type Parsed } from "./parsed";
import { asText } from "./units";

/** The names the runtime lists; it also knows older and newer spellings of some ("Asia/Kolkata"), which it does not list. */
const listed = new Map(["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => [zone.toLowerCase(), zone]));

/** Capital letters where the file names of the time zone database have them, as other programs look zones up by file. */
const ianaShape = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/;

/** An IANA time zone name; the case of a listed one is put right. Bare offsets such as "+08:00" are refused. */
export function parseTimeZone(value: unknown): Parsed<string> {
  const text = asText(value);
  const found = listed.get(text.toLowerCase()) ?? (ianaShape.test(text) && isKnown(text) ? text : undefined);
  if (found) return good(found);
  return bad(
    'the name of a time zone, such as "Asia/Shanghai" or "UTC"',
    "Use a name of the IANA time zone database (area/city).",
    nearest(text, listed.values()) ?? cityMatch(text),
  );
}

/** The time zone of this machine; UTC when the machine does not say. */
export function machineTimeZone(): string {
  const parsed = parseTimeZone(Intl.DateTimeFormat().resolvedOptions().timeZone);
  return parsed.ok ? parsed.value : "UTC";
}

/** Minutes `timeZone` is ahead of UTC at that instant. */
export function offsetMinutes(timeZone: string, at: Date): number {
  const parts = formatter(timeZone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((p) => p.type === type)?.value);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return Math.round((local - at.getTime()) / 60_000);
}

function isKnown(timeZone: string): boolean {
  try {
    formatter(timeZone);
    return true;
  } catch {
    return false;
  }
}

/** Making one is slow, and there are only so many zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const numeric = "numeric" as const;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
  });
  formatters.set(timeZone, made);
  return made;
}

/** "shanghai" -> "Asia/Shanghai". */
function cityMatch(text: string): string | undefined {
  const city = `/${text.toLowerCase().replaceAll(" ", "_")}`;
  return text === "" ? undefined : [...listed.values()].find((zone) => zone.toLowerCase().endsWith(city));
}
