import { absent, type Fact, known, unknown } from "./fact";

/** Stands where a preview does not know a value. */
export const UNKNOWN: unique symbol = Symbol("unknown until up");

/** A property's value as the program gave it: plain data, secrets opened, {@link UNKNOWN} inside where nothing is known. */
export type Value =
  | typeof UNKNOWN
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | { readonly [key: string]: Value };

/** What a property was computed from. */
export interface Target {
  readonly urn: string;
  readonly type: string;
}

/** One resource as a pack is shown it. */
export interface Resource {
  readonly urn: string;
  /** "aws:rds/cluster:Cluster". */
  readonly type: string;
  readonly name: string;
  /** What the program asks for. */
  readonly inputs: Readonly<Record<string, Value>>;
  /** What became of it: with ARNs and ids, after `up`. Empty while a resource is judged by itself. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** The engine's own protection. */
  readonly protect: boolean;
  /**
   * By input: the resources it was computed from, also in a preview. Absent while a resource is judged by itself: then
   * the engine does not tell.
   */
  readonly references?: Readonly<Record<string, readonly Target[]>>;
}

/** Where a property points: to an id, a name, an ARN. */
export interface Reference {
  /** The property, for messages. */
  readonly property: string;
  /** The id itself; unknown in a preview when it is another resource's. */
  readonly text: Fact<string>;
  /** The resources it was computed from; undefined while nobody tells. */
  readonly to: readonly Target[] | undefined;
}

/** The sentinels by which the engine marks what a preview does not know (the SDKs' rpc protocol). */
const SENTINELS: ReadonlySet<string> = new Set([
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/**
 * Plain data of what `@pulumi/policy` hands over.
 *
 * Its proxies throw where a value is unknown, and whatever rule lets that through is softened to a warning. This is the
 * only place that reads them: each property by itself, so that one unknown hides nothing else.
 */
export function plain(given: unknown): Value {
  if (given === null || given === undefined) return null;
  if (typeof given === "string") return SENTINELS.has(given) ? UNKNOWN : given;
  if (typeof given === "number" || typeof given === "boolean") return given;
  if (given === UNKNOWN) return UNKNOWN;
  if (typeof given !== "object") return null;
  if (Array.isArray(given)) return Array.from({ length: given.length }, (_, index) => read(given, index));
  return Object.fromEntries(Object.keys(given).map((key) => [key, read(given, key)]));
}

/** Of an object's properties. */
export function plainProperties(given: object): Readonly<Record<string, Value>> {
  return plain(given) as Readonly<Record<string, Value>>;
}

function read(from: object, key: string | number): Value {
  let value: unknown;
  try {
    value = (from as Record<string | number, unknown>)[key];
  } catch (error) {
    if (isUnknownValueError(error)) return UNKNOWN;
    throw error;
  }
  return plain(value);
}

/** `@pulumi/policy` does not export the class. */
const isUnknownValueError = (error: unknown): boolean => error instanceof Error && "unknownTypeSentinel" in error;

/** A value by its path, "rules.0.schedule"; what lies below an unknown is unknown. */
export function at(from: Value, path: string): Fact<Exclude<Value, null | typeof UNKNOWN>> {
  let value: Value | undefined = from;
  for (const key of path === "" ? [] : path.split(".")) {
    if (value === UNKNOWN) return unknown(path);
    if (typeof value !== "object" || value === null) return absent;
    value = (value as Readonly<Record<string, Value>>)[key];
  }
  if (value === UNKNOWN) return unknown(path);
  return value === undefined || value === null ? absent : known(value as Exclude<Value, null | typeof UNKNOWN>);
}

/** Whether something unknown lies in it. */
export function hasUnknown(value: Value): boolean {
  if (value === UNKNOWN) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasUnknown);
}
