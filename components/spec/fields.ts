/**
 * Configuration fields as data: what each is called, takes, defaults to and is for. The spec's own fields
 * (configuration.ts) and every vendor's section (`license-db:<vendor>`) are tables of these; reading, messages and
 * docs/configuration.md all come from the tables.
 */
import type { RequirementId } from "../vendor";
import { nearest } from "./nearest";
import { bad, type Fault, type Parsed } from "./parsed";
import { formatPath, notShown, type Path, type Problem, showValue } from "./problems";

/** What a value means may depend on these. */
export interface Reading {
  /** The stack's own time zone: windows without a zone are local to it. */
  readonly timeZone: string;
}

/** How one value is written and read. Kinds stand in kinds.ts. */
export interface Kind<T> {
  /** What it is, for the documentation: "size", "port". */
  readonly type: string;
  /** What may be written, in words. */
  readonly allowed: string;
  parse(value: unknown, reading: Reading): Parsed<T>;
}

/** What is said about a field beside what it takes. */
export interface FieldText {
  /** One or two sentences: what it is for. */
  readonly doc: string;
  readonly requirement?: RequirementId;
  /** As it would be written. */
  readonly example?: string;
}

export interface FieldSettings extends FieldText {
  /** Taken when neither the user nor the environment says anything; written as a user writes it. */
  readonly default?: unknown;
  /** May be left out though it has no default. */
  readonly optional?: boolean;
  /** Its value is shown to nobody. */
  readonly secret?: boolean;
}

/** Where reading is, what it knows, and what it has found wrong so far. */
export interface Place {
  readonly path: Path;
  /** What the environment (stacks/) says here, written as a user writes it. */
  readonly preset?: unknown;
  readonly reading: Reading;
  /** Everything below came from an encrypted value. */
  readonly secret?: boolean;
  /** At the root: the keys whose values are encrypted. */
  readonly secretKeys?: ReadonlySet<string>;
  readonly problems: Problem[];
}

export interface Field<T> extends FieldSettings {
  readonly type: string;
  readonly allowed: string;
  /** The fields of a group. */
  readonly fields?: Readonly<Record<string, Field<unknown>>>;
  /** Reads what the user wrote (undefined: nothing); undefined, and a problem at `place`, when it will not do. */
  read(written: unknown, place: Place): T | undefined;
}

/** The fields of `T`, one for each key; optional keys have optional fields. */
export type OptionFields<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> };

/** A field with one value. */
export function field<T>(kind: Kind<T>, settings: FieldSettings): Field<T> {
  return {
    ...settings,
    type: kind.type,
    allowed: kind.allowed,
    read(written, place) {
      const value = written === undefined ? (place.preset ?? settings.default) : written;
      if (value === undefined) {
        if (settings.optional !== true) addProblem(place, undefined, fault(kind, setAdvice(place.path, settings)));
        return undefined;
      }
      const parsed = value === null ? bad("", "") : kind.parse(value, place.reading);
      if (parsed.ok) return parsed.value;
      const empty = value === null || value === "";
      refuse(place, value, empty ? fault(kind, emptyAdvice(settings)) : parsed, settings.secret);
      return undefined;
    },
  };
}

/** A field with a list of at most `most` values, each once. A lone value counts as a list of one. */
export function list<T>(kind: Kind<T>, most: number, settings: FieldSettings): Field<readonly T[]> {
  const allowed = `a list of at most ${most}, each ${kind.allowed}`;
  return {
    ...settings,
    type: `list of ${kind.type}`,
    allowed,
    read(written, place) {
      const value = written === undefined ? (place.preset ?? settings.default) : written;
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      if (values.length > most) {
        refuse(place, value, { allowed, mend: `Leave out ${values.length - most} of them.` });
        return undefined;
      }
      // Entries are never left out, and what the environment says is of the whole list.
      const entry = field(kind, { doc: settings.doc, ...(settings.secret === true ? { secret: true } : {}) });
      const before = place.problems.length;
      const read = values.map((one, index) => entry.read(one, Array.isArray(value) ? within(place, index) : place));
      if (place.problems.length > before) return undefined;
      const twin = read.findIndex((one, index) => read.indexOf(one) < index);
      if (twin >= 0) addProblem(within(place, twin), undefined, { allowed, mend: "Write each of them once." });
      return read.filter((one) => one !== undefined);
    },
  };
}

/** A field that holds others. */
export function group<T>(fields: OptionFields<T>, text: FieldText): Field<T> {
  const table = fields as Readonly<Record<string, Field<unknown>>>;
  const allowed = `an object with the keys ${Object.keys(table).join(", ")}`;
  return {
    ...text,
    type: "object",
    allowed,
    fields: table,
    read(written, place) {
      const entries = readObject(written, place, allowed);
      for (const key of Object.keys(entries)) {
        if (!Object.hasOwn(table, key)) addUnknownKey(within(place, key), key, Object.keys(table));
      }
      const values = Object.entries(table).map(([key, one]) => [key, one.read(own(entries, key), within(place, key))]);
      return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as T;
    },
  };
}

/** How a field with keys of the user's own reads one of them. */
export interface EntryReader<T> {
  readonly type: string;
  readonly allowed: string;
  /**
   * Reads one entry.
   * @param mine whether the user wrote it, rather than the environment.
   * @returns the key as it is known, and the value.
   */
  read(key: string, value: unknown, place: Place, mine: boolean): readonly [key: string, value: T] | undefined;
}

/** A field with keys of the user's own; the environment's and the default's stay beside them. */
export function map<T>(entries: EntryReader<T>, settings: FieldSettings): Field<Record<string, T>> {
  return {
    ...settings,
    type: entries.type,
    allowed: entries.allowed,
    read(written, place) {
      const result = new Map<string, T>();
      const preset = { ...(settings.default as object | undefined), ...(place.preset as object | undefined) };
      for (const [key, value] of Object.entries(preset)) {
        const entry = entries.read(key, value, within(place, key), false);
        if (entry) result.set(...entry);
      }
      const seen = new Map<string, string>();
      for (const [key, value] of Object.entries(readObject(written, place, entries.allowed))) {
        const entry = entries.read(key, value, within(place, key), true);
        if (!entry) continue;
        const twin = seen.get(entry[0]);
        if (twin !== undefined) {
          const allowed = "each name once, whatever its case";
          addProblem(within(place, key), undefined, {
            allowed,
            mend: `Leave out ${JSON.stringify(twin)} or this one.`,
          });
        }
        seen.set(entry[0], key);
        result.set(...entry);
      }
      return Object.fromEntries(result);
    },
  };
}

/** Reports something wrong at `place`. */
export function addProblem(place: Place, value: string | undefined, { allowed, mend, nearest: near }: Fault): void {
  place.problems.push({
    path: formatPath(place.path),
    ...(value === undefined ? {} : { value }),
    allowed,
    mend,
    ...(near === undefined ? {} : { nearest: near }),
  });
}

/**
 * Reports a value that will not do. What may be a secret is not repeated, neither as the value nor in the advice.
 * @param secret whether the field's values are secret in any case.
 */
export function refuse(place: Place, value: unknown, problem: Fault, secret = false): void {
  const given = value === null || value === "" ? undefined : showValue(value);
  const shown = given !== undefined && (secret || place.secret === true) ? notShown : given;
  const { allowed, mend } = problem;
  addProblem(place, shown, shown === notShown ? { allowed, mend: secret ? mend : "Write it in this form." } : problem);
}

/** A key nobody knows: its value may be anything, a password too, and is not shown. */
export function addUnknownKey(place: Place, key: string, known: readonly string[]): void {
  const near = nearest(key, known);
  const mend = near === undefined ? "Remove it: there is no such key here." : `Did you mean "${near}"? Else remove it.`;
  addProblem(place, notShown, {
    allowed: `the keys ${known.join(", ")}`,
    mend,
    ...(near === undefined ? {} : { nearest: near }),
  });
}

/** One step into `place`. */
export function within(place: Place, key: string | number): Place {
  const secret = place.secret === true || (place.path.length === 0 && place.secretKeys?.has(String(key)) === true);
  return { ...place, path: [...place.path, key], preset: own(place.preset, key), secret };
}

/** The object the user wrote; an empty one, and a problem, when it is none. */
function readObject(written: unknown, place: Place, allowed: string): object {
  if (written === undefined) return {};
  if (typeof written === "object" && written !== null && !Array.isArray(written)) return written;
  const empty = written === null || written === "";
  refuse(place, written, { allowed, mend: `Put keys below it${empty ? ", or leave it out" : ": it is an object"}.` });
  return {};
}

/** A key of the object itself; never one that every object inherits ("constructor"). */
function own(object: unknown, key: string | number): unknown {
  return typeof object === "object" && object !== null && Object.hasOwn(object, key)
    ? (object as Record<string | number, unknown>)[key]
    : undefined;
}

const fault = ({ allowed }: Kind<unknown>, mend: string): Fault => ({ allowed, mend });

function emptyAdvice({ default: fallback, optional }: FieldSettings): string {
  if (fallback !== undefined)
    return `Leave the key out for the default, ${JSON.stringify(fallback)}, or write a value.`;
  return optional === true ? "Leave the key out, or write a value." : "Write a value.";
}

function setAdvice(path: Path, { example }: FieldSettings): string {
  return `Set it: pulumi config set --path '${formatPath(path)}' ${example ?? "VALUE"}`;
}
