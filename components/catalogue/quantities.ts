/**
 * Numbers and units as PostgreSQL reads and shows them (src/backend/utils/misc/guc.c: convert_to_base_unit,
 * convert_int_from_base_unit, convert_real_from_base_unit), so that what we compare is what `SHOW` prints.
 */

/** A unit of `pg_settings.unit`: the one a bare number is counted in. */
export type BaseUnit = "B" | "kB" | "8kB" | "MB" | "ms" | "s" | "min";

/** Bytes, and milliseconds, in one of each; largest first, as PostgreSQL tries them. */
const memory = { TB: 1024 ** 4, GB: 1024 ** 3, MB: 1024 ** 2, kB: 1024, B: 1 };
const time = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1000, ms: 1, us: 0.001 };
const baseSize: Record<BaseUnit, number> = { ...memory, "8kB": 8192, ...time };

/** Each unit that may be written for a base unit, with how many base units it is; largest first. */
export function unitsOf(base: BaseUnit): readonly (readonly [unit: string, multiplier: number])[] {
  const table: Record<string, number> = base.endsWith("B") ? memory : time;
  return Object.entries(table).map(([unit, size]) => [unit, size / baseSize[base]] as const);
}

/** `text` split into a number and the letters after it; undefined when it is not a number at all. */
export function splitQuantity(text: string): { number: number; unit: string } | undefined {
  const match = /^([+-]?(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))\s*([a-z]*)$/i.exec(text.trim());
  const [, written = "", unit = ""] = match ?? [];
  if (!match) return undefined;
  const sign = written.startsWith("-") ? -1 : 1;
  const magnitude = Number(written.replace(/^[+-]/, ""));
  if (magnitude < smallestNormal && /^[^e]*[1-9]/i.test(written)) return undefined;
  return { number: sign * magnitude, unit };
}

/** C's strtod() calls anything nearer to zero out of range. */
const smallestNormal = 2.2250738585072014e-308;

/** A number with a unit -> base units; a fraction is rounded to the next smaller unit, as PostgreSQL does. Undefined: no such unit. */
export function toBase(number: number, unit: string, base: BaseUnit): number | undefined {
  const units = unitsOf(base);
  const index = units.findIndex(([name]) => name === unit);
  const multiplier = units[index]?.[1];
  if (multiplier === undefined) return undefined;
  const smaller = units[index + 1]?.[1];
  const value = number * multiplier;
  return smaller === undefined ? value : roundHalfEven(value / smaller) * smaller;
}

/** A whole number of base units -> what `SHOW` prints: the largest unit that divides it. */
export function showInteger(value: number, base: BaseUnit | undefined): string {
  if (base === undefined || value <= 0) return String(value);
  const found = unitsOf(base).find(([, multiplier]) => multiplier <= 1 || value % multiplier === 0);
  return found ? `${roundHalfEven(value / found[1])}${found[0]}` : String(value);
}

/** A real number of base units -> what `SHOW` prints: the largest unit that leaves a whole number, else the smallest. */
export function showReal(value: number, base: BaseUnit | undefined): string {
  if (base === undefined || value <= 0) return sixDigits(value);
  const units = unitsOf(base).map(([unit, multiplier]) => [unit, value / multiplier] as const);
  const whole = units.find(([, amount]) => amount > 0 && Math.abs(Math.round(amount) / amount - 1) <= 1e-8);
  const [unit, amount] = whole ?? units.at(-1) ?? ["", value];
  return `${sixDigits(amount)}${unit}`;
}

/** C's rint(). */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** C's printf("%g"). */
export function sixDigits(value: number): string {
  if (value === 0) return "0";
  const [digits = "", exponent = "0"] = value.toExponential(5).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(value.toPrecision(6)));
  return `${Number(digits)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
