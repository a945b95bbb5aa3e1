import type { AnyFact, Kind, Kinds } from "../facts/kinds";
import type { Reference } from "../facts/resource";

export type Verdict =
  | { readonly is: "good" }
  /** `reason`: what is, and what is allowed. */
  | { readonly is: "bad"; readonly reason: string }
  /** `what`: the properties that a preview does not know. */
  | { readonly is: "undecided"; readonly what: string }
  /** The vendor has no such thing. */
  | { readonly is: "not asked"; readonly why: string };

export const good: Verdict = { is: "good" };
export const bad = (reason: string): Verdict => ({ is: "bad", reason });
export const undecided = (what: string): Verdict => ({ is: "undecided", what });
export const notAsked = (why: string): Verdict => ({ is: "not asked", why });

export type Severity = "low" | "medium" | "high" | "critical";
export type RequirementId = `R${number}`;

/** A figure or list that the pack's user may set, in the terms of JSON schema. */
export interface Setting {
  readonly type: "number" | "string" | "boolean" | "array";
  readonly default: number | string | boolean | readonly string[];
  readonly description: string;
}
export type Settings = Readonly<Record<string, Setting>>;
/** What they are set to. */
export type Chosen<S extends Settings> = {
  readonly [K in keyof S]: S[K]["default"] extends number
    ? number
    : S[K]["default"] extends string
      ? string
      : S[K]["default"] extends boolean
        ? boolean
        : readonly string[];
};

interface Common<S extends Settings> {
  /** "backup-retention"; the policy's name. */
  readonly id: string;
  readonly requirements: readonly RequirementId[];
  readonly severity: Severity;
  /** One sentence: what must hold. */
  readonly title: string;
  /** What goes wrong without it. */
  readonly protects: string;
  readonly mend: string;
  /** "Security Hub RDS.3", "Checkov CKV_AWS_96", "Trivy AVD-AWS-0079", "CIS Alibaba 6.1", "Prowler rds_instance_...". */
  readonly controls: readonly string[];
  readonly settings: S;
  /**
   * By type: properties that mend it without replacing or interrupting anything. Set only where the pack's user turns the
   * rule to "remediate".
   */
  readonly remedy?: Readonly<Record<string, Readonly<Record<string, boolean | number | string>>>>;
  /** Why a violation only warns in development. Absent: it is a violation there, too. */
  readonly softerInDev?: string;
  /** The same for the stack `local`: production's topology on the machine of whoever works with it. */
  readonly softerInLocal?: string;
}

/** About one thing by itself. */
export interface ResourceRule<K extends Kind = Kind, S extends Settings = Settings> extends Common<S> {
  readonly of: K;
  judge(fact: Kinds[K], settings: Chosen<S>): Verdict;
}

/** What a stack has, all of it. */
export interface Stack {
  all<K extends Kind>(kind: K): readonly Kinds[K][];
  /**
   * Whether a reference points to the resource of a fact: by what it was computed from, or by id, name or ARN. "maybe":
   * its text is not known yet, and it was computed from nothing of that kind.
   */
  relation(reference: Reference, fact: AnyFact): "yes" | "no" | "maybe";
  /** Whether a resource is named by another that is more than a rule about it. */
  isUsed(fact: AnyFact): "yes" | "no" | "maybe";
}

/** A verdict on one thing among several. */
export interface Finding {
  readonly on: AnyFact;
  readonly verdict: Verdict;
}

/** About how things stand to each other. */
export interface StackRule<S extends Settings = Settings> extends Common<S> {
  readonly of: "stack";
  judge(stack: Stack, settings: Chosen<S>): readonly Finding[];
}

export type Rule = ResourceRule | StackRule;

/** Keeps the kind and the settings in the type of `judge`. */
export const resourceRule = <K extends Kind, S extends Settings>(rule: ResourceRule<K, S>): ResourceRule =>
  rule as unknown as ResourceRule;
export const stackRule = <S extends Settings>(rule: StackRule<S>): StackRule => rule as unknown as StackRule;
