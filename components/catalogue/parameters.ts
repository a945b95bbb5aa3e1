/** Every parameter of PostgreSQL 15: what may be set, in which form, and what a change costs. */
import { nearest } from "../spec/nearest";
import { bad, good, type Parsed } from "../spec/parsed";
import type { ParameterValue } from "../spec/spec";
import { parseTimeZone } from "../spec/timeZones";
import { type PlatformOwned, platformOwned } from "./owners";
import described from "./postgresql15.json";
import { type BaseUnit, roundHalfEven, showInteger, showReal, splitQuantity, toBase, unitsOf } from "./quantities";

/** One row of pg_settings. */
export interface Parameter {
  readonly name: string;
  readonly vartype: "bool" | "integer" | "real" | "enum" | "string";
  /** What a bare number is counted in. */
  readonly unit?: BaseUnit;
  /** Bounds, in `unit`. */
  readonly min?: string;
  readonly max?: string;
  /** The words an enum takes. */
  readonly values?: readonly string[];
  readonly context: "internal" | "postmaster" | "sighup" | "superuser-backend" | "backend" | "superuser" | "user";
  /** The value of a server nobody configured, in `unit`. */
  readonly boot?: string;
  readonly category: string;
  readonly description: string;
}

/** All of them, by name in alphabetical order. */
export const parameters = described as readonly Parameter[];

/** PostgreSQL does not care about case; these are also names it still takes for others. */
const byName = new Map(parameters.map((parameter) => [parameter.name.toLowerCase(), parameter]));
const formerNames = new Map([
  ["sort_mem", "work_mem"],
  ["vacuum_mem", "maintenance_work_mem"],
]);

/** String parameters whose value is a comma-separated list. */
const lists: ReadonlySet<string> = new Set([
  "DateStyle",
  "search_path",
  "temp_tablespaces",
  "session_preload_libraries",
  "shared_preload_libraries",
  "local_preload_libraries",
]);

/** What a string parameter must look like, where the server would refuse to start with anything else. */
const shapes: Readonly<Record<string, { readonly shape: RegExp; readonly allowed: string }>> = {
  DateStyle: {
    shape: /^(ISO|SQL|Postgres|German)(\s*,\s*(MDY|DMY|YMD))?$/i,
    allowed: 'ISO, SQL, Postgres or German, then MDY, DMY or YMD, such as "ISO, YMD"',
  },
  client_encoding: { shape: /^[A-Za-z][A-Za-z0-9_-]+$/, allowed: 'the name of an encoding, such as "UTF8"' },
  shared_preload_libraries: libraries(),
  session_preload_libraries: libraries(),
  local_preload_libraries: libraries(),
};
/** Smaller values (but -1, automatic) the server silently raises to these base units: refused, as they would never come true. */
const raisedTo: Readonly<Record<string, number>> = { autovacuum_work_mem: 1024, wal_buffers: 4 };
const timeZones: ReadonlySet<string> = new Set(["TimeZone", "log_timezone"]);

/** The parameter of that name, whatever its case; undefined when PostgreSQL 15 has none. */
export function findParameter(name: string): Parameter | undefined {
  const wanted = name.toLowerCase();
  return byName.get(formerNames.get(wanted) ?? wanted);
}

/** The existing name that `name` was most likely meant to be. */
export function nearestParameter(name: string): string | undefined {
  return nearest(
    name,
    parameters.map((parameter) => parameter.name),
  );
}

/** What a change of it costs. Parameters nobody can set count as "restart". */
export function changeOf({ context }: Parameter): "reload" | "restart" {
  return context === "postmaster" || context === "internal" ? "restart" : "reload";
}

/** Who sets it: "user", or the platform, and why. */
export function ownerOf(parameter: Parameter): { owner: "user" } | ({ owner: "platform" } & PlatformOwned) {
  const platform = platformOwned(parameter);
  return platform ? { owner: "platform", why: platform.why, instead: platform.instead } : { owner: "user" };
}

/** What may be written for it, in words. */
export function allowedFor(parameter: Parameter): string {
  const { vartype, unit, min, max, values, name } = parameter;
  if (vartype === "bool") return "on or off";
  if (vartype === "enum") return `one of ${(values ?? []).join(", ")}`;
  if (timeZones.has(name)) return 'the name of a time zone, such as "Asia/Shanghai" or "UTC"';
  if (vartype === "string") return shapes[name]?.allowed ?? (lists.has(name) ? "a list of names" : "text of one line");
  const number = vartype === "integer" ? "a whole number" : "a number";
  const [lowest, highest] = [min, max].map((bound) => (bound === undefined ? "?" : show(parameter, Number(bound))));
  const units = unit
    ? ` (units ${unitsOf(unit)
        .map(([u]) => u)
        .join(", ")}; a bare number counts ${unit})`
    : "";
  return `${number} from ${lowest} to ${highest}${units}`;
}

/** The least number that is no other word for "choose yourself" (-1), in its base unit. */
export const leastOf = ({ name, min }: Parameter): number => raisedTo[name] ?? Number(min ?? -Infinity);

/**
 * The value in the form `SHOW` prints it: "4GB", "200", "on".
 * Refused: whatever the server would refuse, and numbers people and PostgreSQL read differently ("010" is octal).
 */
export function canonicalValue(parameter: Parameter, value: unknown): Parsed<ParameterValue> {
  const readers = { bool: readBool, enum: readEnum, integer: readNumber, real: readNumber, string: readString };
  return readers[parameter.vartype](parameter, value);
}

/**
 * A value as `canonicalValue` returns it, in the base unit of pg_settings and without its name: what services take that
 * know no units ("4GB" of shared_buffers is 524288 times 8 kB). Values without a unit stay as they are.
 * @throws when the value is none of this parameter's.
 */
export function toBaseUnit(parameter: Parameter, value: ParameterValue): string {
  if (parameter.vartype !== "integer" && parameter.vartype !== "real") return value;
  const base = inBaseUnit(parameter, value);
  if (!base.ok) throw new Error(`${parameter.name}: ${value} is not ${base.allowed}`);
  return String(base.value);
}

function readNumber(parameter: Parameter, value: unknown): Parsed<string> {
  const base = inBaseUnit(parameter, value);
  return base.ok ? good(show(parameter, base.value)) : base;
}

function inBaseUnit(parameter: Parameter, value: unknown): Parsed<number> {
  const allowed = allowedFor(parameter);
  const text = typeof value === "number" ? String(value) : typeof value === "string" ? value.trim() : "";
  const quantity = splitQuantity(text);
  if (!quantity) return bad(allowed, "Write a number.");
  if (/^[+-]?0\d/.test(text))
    return bad(allowed, "Leave out the leading zero: PostgreSQL reads such a number as octal.");
  const { number, unit } = quantity;
  if (unit !== "" && parameter.unit === undefined)
    return bad(allowed, `Leave out "${unit}": it has no unit.`, `${number}`);
  const base = unit === "" || parameter.unit === undefined ? number : toBase(number, unit, parameter.unit);
  if (base === undefined) return unknownUnit(parameter.unit, unit, number, allowed);
  if (parameter.vartype === "integer" && unit === "" && !Number.isInteger(base))
    return bad(allowed, "Write a whole number.");
  const rounded = parameter.vartype === "integer" ? roundHalfEven(base) : base;
  const [min, max] = [Number(parameter.min ?? -Infinity), Number(parameter.max ?? Infinity)];
  if (!(rounded >= min && rounded <= max)) return bad(allowed, "Write a number within these bounds.");
  const least = leastOf(parameter);
  if (rounded < least && rounded !== -1) return bad(allowed, `Write at least ${show(parameter, least)}, or -1.`);
  return good(rounded === 0 ? 0 : rounded); // no -0
}

function unknownUnit(base: BaseUnit | undefined, unit: string, number: number, allowed: string): Parsed<never> {
  const units = base === undefined ? [] : unitsOf(base).map(([name]) => name);
  const near = units.find((name) => name.toLowerCase() === unit.toLowerCase()) ?? nearest(unit, units);
  return bad(allowed, `There is no unit "${unit}" here (case counts).`, near && `${number}${near}`);
}

const show = ({ vartype, unit }: Parameter, base: number): string =>
  vartype === "integer" ? showInteger(base, unit) : showReal(base, unit);

/** PostgreSQL takes any beginning of these words ("t", "ye"), but not the lone "o". */
const booleanWords = [
  ["on", "on"],
  ["off", "off"],
  ["true", "on"],
  ["false", "off"],
  ["yes", "on"],
  ["no", "off"],
  ["1", "on"],
  ["0", "off"],
] as const;

function asBoolean(value: unknown): "on" | "off" | undefined {
  const text = ["boolean", "number", "string"].includes(typeof value) ? String(value).trim().toLowerCase() : "";
  if (text === "" || text === "o") return undefined;
  return booleanWords.find(([word]) => word.startsWith(text))?.[1];
}

function readBool(parameter: Parameter, value: unknown): Parsed<string> {
  const found = asBoolean(value);
  return found ? good(found) : bad(allowedFor(parameter), "Write on or off.", nearestOf(value, ["on", "off"]));
}

function readEnum(parameter: Parameter, value: unknown): Parsed<string> {
  const values = parameter.values ?? [];
  const found =
    typeof value === "string" ? values.find((word) => word.toLowerCase() === value.trim().toLowerCase()) : undefined;
  const boolean = values.includes("on") ? asBoolean(value) : undefined;
  if (found !== undefined) return good(found);
  if (boolean !== undefined) return good(boolean);
  return bad(allowedFor(parameter), "Write one of these words.", nearestOf(value, values));
}

function readString(parameter: Parameter, value: unknown): Parsed<string> {
  const allowed = allowedFor(parameter);
  const text = lists.has(parameter.name) && Array.isArray(value) ? joinList(value) : asLine(value);
  if (text === undefined) return bad(allowed, "Write text of one line, at most 1000 letters.");
  if (timeZones.has(parameter.name)) return parseTimeZone(text);
  if (shapes[parameter.name]?.shape.test(text) === false) return bad(allowed, "Write it in this form.");
  return good(text);
}

function joinList(values: readonly unknown[]): string | undefined {
  const texts = values.map(asLine);
  return texts.every((text) => text !== undefined) ? texts.join(", ") : undefined;
}

/** Line breaks and other control characters would end a line of the server's configuration file. */
function asLine(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value.length <= 1000 && !/\p{Cc}/u.test(value) ? value : undefined;
}

const nearestOf = (value: unknown, words: readonly string[]): string | undefined =>
  typeof value === "string" ? nearest(value, words) : undefined;

function libraries(): { shape: RegExp; allowed: string } {
  return { shape: /^$|^[\w$/.-]+(\s*,\s*[\w$/.-]+)*$/, allowed: 'names of libraries, such as "pg_stat_statements"' };
}
