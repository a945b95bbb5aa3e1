import type { AnyFact } from "./facts/kinds";
import type { Resource } from "./facts/resource";
import type { Rule, Verdict } from "./rules/rule";

/** One rule's verdict on one fact. */
export interface Judgement {
  readonly rule: Rule;
  readonly on: AnyFact;
  readonly verdict: Verdict;
}

/** By rule id, then by setting; what is left out has its default. */
export type Configuration = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** All resource rules on one resource by itself. */
export type JudgeResource = (resource: Resource, configuration?: Configuration) => readonly Judgement[];
/** All rules, those about one resource too: now with what each property was computed from. */
export type JudgeStack = (resources: readonly Resource[], configuration?: Configuration) => readonly Judgement[];
