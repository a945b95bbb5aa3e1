import type { Resource, Value } from "../../../policy/facts/resource";
import { unsetFlags } from "./sdkProperties";

/** A stack with one thing in it broken. */
export interface Mutant {
  readonly type: string;
  /** Where: "backupRetentionPeriod", "pgHbaConfs.0.type", "parameters.log_connections.value"; "" for the resource itself. */
  readonly path: string;
  readonly how: How;
  readonly resource: string;
  readonly stack: readonly Resource[];
}

/** How it was broken. */
export type How =
  /** A resource or property that is not there any more. */
  | "removed"
  /** A text or number that means nothing, or something else. */
  | "changed"
  /** A figure of nothing; a figure out of all proportion. */
  | "zero"
  | "negative"
  | "huge"
  /** true is false and false is true. */
  | "flipped"
  /** A list with nothing in it. */
  | "emptied"
  /** A CIDR block that is everybody, a policy that allows everybody everything. */
  | "opened"
  /** A reference to something outside the stack. */
  | "led elsewhere"
  /** A switch that the program leaves alone. */
  | "switched on"
  | "switched off";

type Tree = Exclude<Value, symbol>;
type Change = (value: Value) => Value | undefined;

/** Every single thing broken in turn: resources as a whole, each of their inputs, and each switch they leave alone. */
export function* mutants(stack: readonly Resource[], judged: (type: string) => boolean): Generator<Mutant> {
  for (const resource of stack.filter(({ type }) => judged(type))) {
    const { type, name } = resource;
    const made = (path: string, how: How, changed: Resource | undefined): Mutant => ({
      type,
      path,
      how,
      resource: name,
      stack: stack.flatMap((one) => (one !== resource ? [one] : changed ? [changed] : [])),
    });
    yield made("", "removed", undefined);
    for (const [key, value] of Object.entries(resource.inputs)) {
      const references = resource.references?.[key] ?? [];
      for (const { path, how, change } of changes(key, value, references.length > 0)) {
        // What is everybody's already cannot be opened.
        if (JSON.stringify(change(value)) === JSON.stringify(value)) continue;
        yield made(path, how, withInput(resource, key, change, how));
      }
    }
    for (const flag of unsetFlags(type, Object.keys(resource.inputs))) {
      yield made(
        flag,
        "switched on",
        withInput(resource, flag, () => true, "switched on"),
      );
      yield made(
        flag,
        "switched off",
        withInput(resource, flag, () => false, "switched off"),
      );
    }
  }
}

function withInput(resource: Resource, key: string, change: Change, how: How): Resource {
  const value = change(resource.inputs[key] ?? null);
  const { [key]: _, ...others } = resource.inputs;
  const { [key]: from = [], ...references } = resource.references ?? {};
  const stillFrom = how === "led elsewhere" || value === undefined ? [] : from;
  return {
    ...resource,
    inputs: value === undefined ? others : { ...others, [key]: value },
    references: { ...references, [key]: stillFrom },
  };
}

interface Broken {
  readonly path: string;
  readonly how: How;
  readonly change: Change;
}

function* changes(path: string, value: Value, referring: boolean): Generator<Broken> {
  yield { path, how: "removed", change: () => undefined };
  if (typeof value === "symbol" || value === null) return;
  if (referring && typeof value === "string") yield { path, how: "led elsewhere", change: () => "something-else" };
  yield* breaks(path, value, referring);
}

function* breaks(path: string, value: Tree, referring: boolean): Generator<Broken> {
  const to = (how: How, other: Value): Broken => ({ path, how, change: () => other });
  if (typeof value === "boolean") yield to("flipped", !value);
  if (typeof value === "number") {
    yield to("zero", 0);
    yield to("negative", -1);
    yield to("huge", 1e9);
  }
  if (typeof value === "string") yield* brokenTexts(path, value, referring);
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    if (value.length > 0) yield to("emptied", []);
    for (const [index, item] of value.entries())
      yield* within(path, labelOf(item, index), index, value, item, referring);
    return;
  }
  if (/(^|\.)tags(All)?$/.test(path)) return;
  for (const [key, item] of Object.entries(value)) yield* within(path, key, key, value as Tree, item, referring);
}

/** A parameter is better known by its name than by its place. */
const labelOf = (item: Value, index: number): string => {
  const name = typeof item === "object" && item !== null ? (item as Record<string, Value>).name : undefined;
  return typeof name === "string" ? name : String(index);
};

function* within(
  path: string,
  label: string,
  key: string | number,
  whole: Tree,
  item: Value,
  referring: boolean,
): Generator<Broken> {
  for (const { path: inner, how, change } of changes(`${path}.${label}`, item, referring)) {
    yield { path: inner, how, change: () => replaced(whole, key, change(item)) };
  }
}

function replaced(whole: Tree, key: string | number, value: Value | undefined): Value {
  if (Array.isArray(whole)) {
    return whole.flatMap((one: Value, index) => (index !== key ? [one] : value === undefined ? [] : [value]));
  }
  const { [key]: _, ...others } = whole as Record<string, Value>;
  return (value === undefined ? others : { ...others, [key]: value }) as Value;
}

const CIDR = /^(\d+(\.\d+){3}(\/\d+)?|[0-9a-f]*:[0-9a-f:]*\/\d+)$/i;
const EVERYTHING = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
});

function* brokenTexts(path: string, value: string, referring: boolean): Generator<Broken> {
  if (CIDR.test(value)) yield { path, how: "opened", change: () => (value.includes(":") ? "::/0" : "0.0.0.0/0") };
  const read = asJson(value);
  if (read && "Statement" in read) {
    yield { path, how: "opened", change: () => EVERYTHING };
    return;
  }
  if (read) {
    for (const { path: inner, how, change } of breaks(path, read as Tree, referring)) {
      yield { path: inner, how, change: () => JSON.stringify(change(read as Tree)) };
    }
    return;
  }
  if (/^-?\d+(\.\d+)?$/.test(value)) {
    yield { path, how: "zero", change: () => "0" };
    yield { path, how: "negative", change: () => "-1" };
    yield { path, how: "huge", change: () => "1000000000" };
  } else if (!referring) yield { path, how: "changed", change: () => "something-else" };
}

function asJson(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
