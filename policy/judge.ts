import type { AnyFact, Kind, Kinds } from "./facts/kinds";
import { identities } from "./facts/reading";
import { hasUnknown, type Reference, type Resource } from "./facts/resource";
import { factsOf } from "./facts/vendors";
import { rules as everyRule } from "./rules";
import type { Chosen, ResourceRule, Rule, Settings, Stack, StackRule, Verdict } from "./rules/rule";

/** One rule's verdict on one fact. */
export interface Judgement {
  readonly rule: Rule;
  readonly on: AnyFact;
  readonly verdict: Verdict;
}

/** By rule id, then by setting; what is left out has its default. */
export type Configuration = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The rule's settings, and what the user chose of them. */
export function chosen(rule: Rule, given: Readonly<Record<string, unknown>> = {}): Chosen<Settings> {
  return Object.fromEntries(
    Object.entries(rule.settings).map(([name, setting]) => [name, given[name] ?? setting.default]),
  ) as Chosen<Settings>;
}

export const isStackRule = (rule: Rule): rule is StackRule => rule.of === "stack";

/** One rule on one resource by itself. */
export function judgeFacts(
  rule: ResourceRule,
  facts: readonly AnyFact[],
  settings: Readonly<Record<string, unknown>> = {},
): readonly Judgement[] {
  const asked = facts.filter(({ kind }) => kind === rule.of);
  return asked.map((on) => ({ rule, on, verdict: rule.judge(on, chosen(rule, settings)) }));
}

/** Rules about one resource, on a resource by itself: as the engine shows it before it is made. */
export function judgeResource(resource: Resource, configuration: Configuration = {}): readonly Judgement[] {
  const facts = factsOf(resource);
  return everyRule.flatMap((rule) => (isStackRule(rule) ? [] : judgeFacts(rule, facts, configuration[rule.id])));
}

/** One rule about a stack. */
export function judgeWhole(
  rule: StackRule,
  stack: Stack,
  settings: Readonly<Record<string, unknown>> = {},
): readonly Judgement[] {
  return rule.judge(stack, chosen(rule, settings)).map(({ on, verdict }) => ({ rule, on, verdict }));
}

/** All rules on all of a stack, those about one resource too: now with what each property was computed from. */
export function judgeStack(resources: readonly Resource[], configuration: Configuration = {}): readonly Judgement[] {
  const read = readStack(resources);
  return everyRule.flatMap((rule) =>
    isStackRule(rule)
      ? judgeWhole(rule, read.stack, configuration[rule.id])
      : judgeFacts(rule, read.facts, configuration[rule.id]),
  );
}

/** Types that say something about a resource rather than use it. */
const ABOUT_A_GROUP = /securityGroup(Ingress|Egress)?Rule|securityGroupRule/i;

/** The facts of a stack, and how they stand to each other. */
export function readStack(resources: readonly Resource[]): {
  readonly facts: readonly AnyFact[];
  readonly stack: Stack;
} {
  const facts = resources.flatMap(factsOf);
  const kinds = new Map<Kind, AnyFact[]>();
  const kindsOf = new Map<string, Set<Kind>>();
  for (const fact of facts) {
    kinds.set(fact.kind, [...(kinds.get(fact.kind) ?? []), fact]);
    kindsOf.set(fact.urn, (kindsOf.get(fact.urn) ?? new Set()).add(fact.kind));
  }
  const names = new Map(resources.map((resource) => [resource.urn, identities(resource)]));
  const users = resources.filter(({ type }) => !ABOUT_A_GROUP.test(type));
  const used = new Set(
    users.flatMap(({ urn, references = {} }) =>
      Object.values(references)
        .flat()
        .flatMap((target) => (target.urn === urn ? [] : [target.urn])),
    ),
  );
  const usedNames = new Set(users.flatMap(({ inputs }) => texts(inputs)));
  const untold = users.some(({ references, inputs }) => references === undefined && hasUnknown(inputs));

  const stack: Stack = {
    all: <K extends Kind>(kind: K) => (kinds.get(kind) ?? []) as unknown as readonly Kinds[K][],
    relation: ({ text, to }: Reference, { urn, kind }: AnyFact) => {
      if (to?.some((target) => target.urn === urn)) return "yes";
      if (text.state === "known") return names.get(urn)?.has(text.value) ? "yes" : "no";
      // Computed from another of the same kind, it is that one.
      return to?.some((target) => kindsOf.get(target.urn)?.has(kind)) ? "no" : "maybe";
    },
    isUsed: ({ urn }) => {
      if (used.has(urn) || [...(names.get(urn) ?? [])].some((name) => usedNames.has(name))) return "yes";
      return untold ? "maybe" : "no";
    },
  };
  return { facts, stack };
}

/** Every text in a resource's inputs: an id written down there is used. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}
