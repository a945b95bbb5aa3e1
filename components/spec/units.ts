/** Sizes and durations as people write them. Each `format` writes what its `parse` reads back to the same number. */
import { nearest } from "./nearest";
import { bad, good, type Parsed } from "./parsed";
import type { Bytes, Seconds } from "./spec";

/** Longer texts are not quantities; the bound keeps absurd input cheap. */
const longestText = 100;

/** Bytes in one of each; 1 GB is 1024 MB, as in PostgreSQL. Largest first. */
const sizeUnits = { TB: 1024 ** 4, GB: 1024 ** 3, MB: 1024 ** 2, kB: 1024, B: 1 } as const;
/** Other spellings people use for the same units. */
const sizeSpellings = new Map<string, number>(
  Object.entries(sizeUnits).flatMap(([unit, bytes]) => [
    [unit.toLowerCase(), bytes],
    [unit.toLowerCase().replace("b", "ib"), bytes],
  ]),
);

const sizeAllowed = 'a number and one of the units kB, MB, GB, TB, such as "16GB"';

/** "16GB", "512 MB", "1.5TB" -> bytes. */
export function parseSize(value: unknown): Parsed<Bytes> {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(asText(value));
  if (!match) return bad(sizeAllowed, 'Write a number and a unit, such as "16GB".');
  const [, number = "", unit = ""] = match;
  if (unit === "") return bad(sizeAllowed, `Say the unit: "${number}GB"?`, `${number}GB`);
  const factor = sizeSpellings.get(unit.toLowerCase());
  if (factor === undefined) {
    const near = nearest(unit, Object.keys(sizeUnits));
    return bad(sizeAllowed, `There is no unit "${unit}".`, near && `${number}${near}`);
  }
  const bytes = Math.round(Number(number) * factor);
  if (!Number.isSafeInteger(bytes)) return bad(sizeAllowed, "Write a smaller number.");
  return good(bytes);
}

/** Bytes -> "16GB": the largest unit that leaves a whole number. */
export function formatSize(bytes: Bytes): string {
  const [unit, factor] = Object.entries(sizeUnits).find(([, size]) => bytes > 0 && bytes % size === 0) ?? ["B", 1];
  return `${bytes / factor}${unit}`;
}

/** Seconds in one of each, largest first; a year is 365 days. Weeks and years are read but not written. */
const durationUnits = [
  { unit: "y", seconds: 365 * 86_400, words: ["year", "years"], written: false },
  { unit: "w", seconds: 7 * 86_400, words: ["week", "weeks"], written: false },
  { unit: "d", seconds: 86_400, words: ["day", "days"], written: true },
  { unit: "h", seconds: 3_600, words: ["hour", "hours"], written: true },
  { unit: "m", seconds: 60, words: ["min", "mins", "minute", "minutes"], written: true },
  { unit: "s", seconds: 1, words: ["sec", "secs", "second", "seconds"], written: true },
  { unit: "ms", seconds: 0.001, words: ["millisecond", "milliseconds"], written: true },
] as const;
const durationSpellings = new Map<string, number>(
  durationUnits.flatMap(({ unit, words }, index) => [unit, ...words].map((spelling) => [spelling, index] as const)),
);
const longestDuration: Seconds = 100 * 365 * 86_400;

const durationAllowed = 'numbers with the units ms, s, m, h, d, w, y, largest first, such as "15d" or "1h30m"';

/** "15d", "1h30m", "90s", "500ms", "2 weeks" -> seconds, exact to the millisecond. "0" needs no unit. */
export function parseDuration(value: unknown): Parsed<Seconds> {
  const text = asText(value).toLowerCase();
  if (text === "0") return good(0);
  if (/^\d+(\.\d+)?$/.test(text)) return bad(durationAllowed, `Say the unit: "${text}d"? "${text}s"?`);
  if (!/^(?:\d+(?:\.\d+)?\s*[a-z]+\s*)+$/.test(text)) {
    return bad(durationAllowed, 'Write a number and a unit, such as "15d" or "1h30m".');
  }
  let total = 0;
  let previous = -1;
  for (const [, number = "", unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const index = durationSpellings.get(unit);
    const found = index === undefined ? undefined : durationUnits[index];
    if (index === undefined || found === undefined) {
      const near = nearest(unit, durationSpellings.keys());
      return bad(durationAllowed, `There is no unit "${unit}".`, near && `${number}${near}`);
    }
    if (index <= previous) return bad(durationAllowed, "Write each unit once, the largest first.");
    previous = index;
    total += Number(number) * found.seconds;
  }
  if (!(total <= longestDuration)) return bad(durationAllowed, "Write less than 100 years.");
  return good(Math.round(total * 1000) / 1000);
}

/** Seconds -> "1h30m"; "0s" for none. Exact to the millisecond. */
export function formatDuration(seconds: Seconds): string {
  let left = Math.round(seconds * 1000);
  let text = "";
  for (const { unit, seconds: size } of durationUnits.filter(({ written }) => written)) {
    const count = Math.floor(left / (size * 1000));
    if (count > 0) text += `${count}${unit}`;
    left -= count * size * 1000;
  }
  return text || "0s";
}

/** Text to match against: a string, or a number as written; anything else matches nothing. */
export function asText(value: unknown): string {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.length <= longestText ? value.trim() : "";
}
