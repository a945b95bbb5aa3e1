import type { Fault } from "./parsed";

/** One thing that is wrong in the configuration. */
export interface Problem extends Fault {
  /** Where, as `pulumi config set --path` takes it: license-db:size.memory */
  readonly path: string;
  /** What stands there, shortened; "(not shown)" where it may be a secret; absent where nothing stands. */
  readonly value?: string;
}

/** Refused before the first resource is registered: the engine prints the message alone. */
class Refusal extends Error {
  /** The mark of pulumi.RunError, which this module need not load: no stack trace is printed. */
  readonly __pulumiRunError = true;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
    // Where in our code it was found is of no use to who wrote the configuration. And it costs: the engine's SDK renders
    // an error's stack a second time, for its own tracing, which takes Node some 15 s and a gigabyte here.
    this.stack = `${name}: ${message}`;
  }
}

/** Everything that is wrong with a stack's configuration, at once. */
export class ConfigurationError extends Refusal {
  constructor(
    readonly problems: readonly Problem[],
    stackName: string,
  ) {
    super("ConfigurationError", describe(problems, stackName));
  }
}

/** What the vendor's account cannot do for a configuration that is right by itself: `Vendor.preflight`. */
export class PreflightError extends Refusal {
  constructor(
    readonly obstacles: readonly string[],
    vendor: string,
    stackName: string,
  ) {
    const count = obstacles.length === 1 ? "1 obstacle" : `${obstacles.length} obstacles`;
    const head = `The pre-flight of stack ${stackName} on ${vendor} met ${count}; nothing was changed.`;
    super("PreflightError", [head, ...obstacles.map((obstacle) => `  ${obstacle}`)].join("\n\n"));
  }
}

/** More would not be read. */
const mostShown = 50;

function describe(problems: readonly Problem[], stackName: string): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const shown = problems.slice(0, mostShown).map(describeOne);
  const rest = problems.length > mostShown ? [`  ... and ${problems.length - mostShown} more.`] : [];
  const head = `The configuration of stack ${stackName} has ${count}; nothing was changed.`;
  return [head, ...shown, ...rest].join("\n\n");
}

function describeOne({ path, value, allowed, mend, nearest }: Problem): string {
  const lines = [
    ["got", value ?? "nothing"],
    ["allowed", allowed],
    ...(nearest === undefined ? [] : [["nearest", nearest]]),
    ["mend", mend],
  ];
  return [`  ${path}`, ...lines.map(([label = "", text]) => `    ${label.padEnd(8)} ${text}`)].join("\n");
}

/** Steps into the configuration: keys, and positions in lists. */
export type Path = readonly (string | number)[];

/** ["size", "memory"] -> license-db:size.memory, as `pulumi config set --path` takes it. */
export function formatPath(path: Path): string {
  const [first, ...rest] = path;
  const plain = /^[\p{L}_][\p{L}\p{N}_-]*$/u;
  const step = (key: string | number): string => {
    if (typeof key === "number") return `[${key}]`;
    return plain.test(key) && key.length <= longestKey ? `.${key}` : `["${escapeText(shorten(key, longestKey))}"]`;
  };
  const start = first === undefined ? "" : step(first).replace(/^\./, "");
  return `license-db:${start}${rest.map(step).join("")}`;
}

const longestKey = 60;
const longestValue = 80;

/** A value for a message: one line, short, and no secret. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    const some = keys.slice(0, 5).map((key) => escapeText(shorten(key, longestKey)));
    return keys.length === 0 ? "an empty object" : `an object with ${some.join(", ")}${keys.length > 5 ? ", ..." : ""}`;
  }
  if (typeof value !== "string") return String(value);
  return looksSecret(value) ? notShown : `"${escapeText(shorten(value, longestValue))}"`;
}

export const notShown = "(not shown)";

/** Text that may be a password, a token or a URL that carries one. Better too often than once too few. */
function looksSecret(text: string): boolean {
  const random = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[^\s:,-]{10,}$/; // letters of both cases and digits, without a gap
  return (
    /-----BEGIN|:\/\/|pass(word|wd|phrase)|secret|token|\bAKIA/i.test(text) ||
    random.test(text) ||
    /[0-9a-f]{32}/i.test(text)
  );
}

const shorten = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most)}...`);

/** Control characters, and what would end a quoted text, escaped. */
const escapeText = (text: string): string => JSON.stringify(text).slice(1, -1);
