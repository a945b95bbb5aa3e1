import { type Loss, lossOf } from "../../components/stateful";
import type { Preview, Step } from "./preview";

/** One stateful resource that the preview would take away. */
export interface Destruction {
  readonly urn: string;
  readonly type: string;
  readonly how: "replace" | "delete" | "unknown";
  /** The engine's words for it. */
  readonly ops: readonly string[];
  readonly loss: Loss;
  readonly forcedBy: readonly string[];
  readonly protected: boolean;
  readonly retained: boolean;
  /** Others of its type that the preview would make: the same thing by another name, perhaps. */
  readonly created: readonly string[];
}

export interface Decision {
  /** Destructions that nobody named. */
  readonly refused: readonly Destruction[];
  /** Those that were named. */
  readonly allowed: readonly Destruction[];
  /** URNs that were named, but stay: left in place they would allow some later change unseen. */
  readonly unused: readonly string[];
  /** Why nothing is proven by this preview. */
  readonly failures: readonly string[];
}

/** Steps that leave a resource what and where it is. Whatever the engine may learn beside these is refused. */
export const HARMLESS: ReadonlySet<string> = new Set([
  "same",
  "create",
  "update",
  "refresh",
  "diff",
  // Adopts what is there.
  "import",
  // Resources that belong to somebody else, looked at and let go.
  "read",
  "discard",
  "discard-replaced",
  // Was deleted by an earlier run; the state forgets it.
  "remove-pending-replace",
]);

const HOW: ReadonlyMap<string, Destruction["how"]> = new Map([
  ["delete", "delete"],
  ["replace", "replace"],
  ["create-replacement", "replace"],
  ["delete-replaced", "replace"],
  // Another, existing resource takes the place of this one, which is deleted.
  ["import-replacement", "replace"],
  ["read-replacement", "replace"],
]);

/** Whether a preview may be brought up. `named`: the URNs whose loss somebody has said yes to. */
export function judge({ steps, failures }: Preview, named: readonly string[]): Decision {
  const found = destructions(steps);
  const gone = new Set(found.map(({ urn }) => urn));
  return {
    refused: found.filter(({ urn }) => !named.includes(urn)),
    allowed: found.filter(({ urn }) => named.includes(urn)),
    unused: [...new Set(named)].filter((urn) => !gone.has(urn)),
    failures,
  };
}

/** A failed preview allows nothing: what it did not come to may be the worst of it. */
export const passes = ({ refused, unused, failures }: Decision): boolean =>
  refused.length + unused.length + failures.length === 0;

function destructions(steps: readonly Step[]): Destruction[] {
  const byUrn = new Map<string, Step[]>();
  for (const step of steps) {
    if (HARMLESS.has(step.op) || lossTo(step) === undefined) continue;
    byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
  }
  return [...byUrn.values()].map((those) => destruction(those, steps));
}

const lossTo = (step: Step): Loss | undefined =>
  lossOf(step.type, step.name) ?? (step.protected ? "what the program protects" : undefined);

function destruction(those: readonly Step[], all: readonly Step[]): Destruction {
  const [first] = those as [Step, ...Step[]];
  const ways = those.map(({ op }) => HOW.get(op) ?? "unknown");
  return {
    urn: first.urn,
    type: first.type,
    how: ways.includes("unknown") ? "unknown" : ways.includes("replace") ? "replace" : "delete",
    ops: those.map(({ op }) => op),
    loss: lossTo(first) as Loss,
    forcedBy: [...new Set(those.flatMap(({ forcedBy }) => forcedBy))],
    protected: those.some((step) => step.protected),
    retained: those.every((step) => step.retained),
    created: all.filter(({ op, type, urn }) => op === "create" && type === first.type && urn !== first.urn).map(urnOf),
  };
}

const urnOf = ({ urn }: Step): string => urn;
