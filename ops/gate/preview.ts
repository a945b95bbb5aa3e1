/** One step the engine would take. */
export interface Step {
  /** The engine's word: "same", "delete-replaced". */
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Under the engine's `protect`. */
  readonly protected: boolean;
  /** The resource itself stays when the engine forgets it. */
  readonly retained: boolean;
  /** The properties that force a replacement, as paths. */
  readonly forcedBy: readonly string[];
}

/** A preview as it was told. */
export interface Preview {
  readonly steps: readonly Step[];
  /** Why the steps may not be all of them: the engine's errors, or that it never came to an end. */
  readonly failures: readonly string[];
}

/** The text is not what the engine writes. */
export class UnreadablePreview extends Error {}

interface State {
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
}

/** As in `pulumi preview --json`. */
interface Digest {
  readonly steps?: readonly DigestStep[];
  readonly diagnostics?: readonly { readonly message?: string; readonly severity?: string; readonly urn?: string }[];
  readonly changeSummary?: Readonly<Record<string, number>>;
}
interface DigestStep {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: State;
  readonly newState?: State;
  readonly replaceReasons?: readonly string[];
  readonly detailedDiff?: Readonly<Record<string, { readonly kind?: string }>> | null;
}

/** As in the engine's event log, one a line. */
interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: EventStep };
  readonly diagnosticEvent?: { readonly message: string; readonly severity: string; readonly ephemeral?: boolean };
  readonly summaryEvent?: object;
  readonly errorEvent?: { readonly error: string };
}
interface EventStep {
  readonly op: string;
  readonly urn: string;
  readonly old?: State | null;
  readonly new?: State | null;
  readonly keys?: readonly string[];
  readonly detailedDiff?: Readonly<Record<string, { readonly diffKind?: string }>> | null;
}

/**
 * Reads what `pulumi preview --json` printed: the digest, or the events (one a line; also what `--event-log` writes).
 *
 * Throws {@link UnreadablePreview} on anything else: an empty file proves nothing.
 */
export function readPreview(text: string): Preview {
  const whole = parse(text);
  if (isObject(whole) && ("steps" in whole || "changeSummary" in whole || "diagnostics" in whole)) {
    return readDigest(whole as Digest);
  }
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const events = lines.map(parse);
  const known = events.filter((event) => isObject(event) && "sequence" in event && "timestamp" in event);
  if (lines.length === 0 || known.length < lines.length) {
    throw new UnreadablePreview(
      `this is no preview: got ${lines.length === 0 ? "nothing" : JSON.stringify(text.slice(0, 60))}, but what ` +
        "`pulumi preview --json --show-replacement-steps` prints, or the file of `--event-log`, is wanted",
    );
  }
  return readEvents(known as readonly EngineEvent[]);
}

function readDigest({ steps = [], diagnostics = [], changeSummary }: Digest): Preview {
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message = "" }) => message.trim());
  const seen = count(steps.map(({ op }) => op));
  // The digest leaves out whatever its options do not show; what is counted and not shown is not known to be harmless.
  const hidden = Object.entries(changeSummary ?? {}).filter(
    ([op, times]) => op !== "same" && op !== "read" && times > (seen.get(op) ?? 0),
  );
  return {
    steps: steps.map(({ op, urn, oldState, newState, replaceReasons, detailedDiff }) =>
      asStep(op, urn, oldState, newState, replaceReasons ?? [], kinds(detailedDiff, "kind")),
    ),
    failures: [
      ...errors,
      ...(changeSummary === undefined ? ["the preview did not come to its end"] : []),
      ...hidden.map(([op, times]) => `${times} resources are counted as "${op}", but ${seen.get(op) ?? 0} are shown`),
    ],
  };
}

function readEvents(events: readonly EngineEvent[]): Preview {
  const errors = events.flatMap(({ diagnosticEvent: said, errorEvent }) => [
    ...(said?.severity === "error" && !said.ephemeral ? [withoutColours(said.message)] : []),
    ...(errorEvent ? [withoutColours(errorEvent.error)] : []),
  ]);
  const steps = events.flatMap(({ resourcePreEvent }) => (resourcePreEvent ? [resourcePreEvent.metadata] : []));
  return {
    steps: steps.map(({ op, urn, old, new: made, keys, detailedDiff }) =>
      asStep(op, urn, old ?? undefined, made ?? undefined, keys ?? [], kinds(detailedDiff, "diffKind")),
    ),
    failures: [
      ...new Set(errors),
      ...(events.some(({ summaryEvent }) => summaryEvent) ? [] : ["the preview did not come to its end"]),
    ],
  };
}

function asStep(
  op: string,
  urn: string,
  old: State | undefined,
  made: State | undefined,
  keys: readonly string[],
  differences: readonly (readonly [path: string, kind: string])[],
): Step {
  const forcing = differences.filter(([, kind]) => kind.endsWith("-replace")).map(([path]) => path);
  const [, , types = "", ...name] = urn.split("::");
  const state = old ?? made;
  return {
    op,
    urn,
    type: types.slice(types.lastIndexOf("$") + 1),
    name: name.join("::"),
    protected: state?.protect === true,
    retained: state?.retainOnDelete === true,
    // The detailed paths say more than the keys, where the provider tells them.
    forcedBy: forcing.length > 0 ? forcing : keys,
  };
}

function kinds<K extends string>(
  detailed: Readonly<Record<string, { readonly [key in K]?: string }>> | null | undefined,
  key: K,
): [string, string][] {
  return Object.entries(detailed ?? {}).map(([path, difference]) => [path, difference[key] ?? ""]);
}

function count(words: readonly string[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const word of words) counted.set(word, (counted.get(word) ?? 0) + 1);
  return counted;
}

/** The engine's own marks, <{%fg 1%}>, which a terminal is shown as colours. */
const withoutColours = (text: string) => text.replaceAll(/<\{%[^%]*%\}>/g, "").trim();

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
