import type { AnyFact } from "../../policy/facts/kinds";
import { plainProperties, type Resource } from "../../policy/facts/resource";
import { factsOf } from "../../policy/facts/vendors";
import { isStackRule, judgeFacts, judgeWhole, readStack } from "../../policy/judge";
import { rules } from "../../policy/rules";
import type { Rule } from "../../policy/rules/rule";
import { readPreview } from "../gate/preview";
import type { Target } from "./targets";

/** What one rule says of some resources of a stack. */
export type Verdict =
  /** Must not be brought up. */
  | "VIOLATION"
  /** Only `up` knows; it asks again before it makes the resource. */
  | "undecided"
  /** Bad, and let pass in development, or on one's own machine. */
  | "let pass"
  /** The vendor cannot meet it, by name. */
  | "exempt"
  | "good"
  /** The vendor has no such thing. */
  | "not asked";

export interface Finding {
  readonly rule: Rule;
  readonly verdict: Verdict;
  /** "" where it is the stack's own. */
  readonly urn: string;
  /** The resource's name. */
  readonly on: string;
  /** Why; "" for what is good. */
  readonly says: string;
}

/** A stack, judged. */
export interface Outcome {
  readonly target: Target;
  readonly findings: readonly Finding[];
  /** Why the stack could not be judged, or not in whole. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

export const violations = ({ findings }: Outcome): readonly Finding[] =>
  findings.filter(({ verdict }) => verdict === "VIOLATION");

export const passes = (outcome: Outcome): boolean => violations(outcome).length + outcome.failures.length === 0;

const PACK = "license-db";
/** The pack's policies that only tell, of rules they name in brackets; policy/pack.ts. */
const TELLING: ReadonlyMap<string, Verdict> = new Map([
  ["undecided-in-preview", "undecided"],
  ["softer-by-profile", "let pass"],
  ["exemptions", "exempt"],
]);

interface EngineEvent {
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message: string;
    readonly policyName: string;
    readonly policyPackName: string;
  };
  readonly resourcePreEvent?: {
    readonly metadata: {
      readonly type: string;
      readonly urn: string;
      readonly new?: { readonly inputs?: object; readonly protect?: boolean } | null;
    };
  };
  readonly policyAnalyzeSummaryEvent?: Ran;
  readonly policyAnalyzeStackSummaryEvent?: Ran;
  readonly summaryEvent?: { readonly PolicyPacks?: Readonly<Record<string, string>> };
}

/** The policies that the engine ran, on a resource or on all. */
interface Ran {
  readonly passed?: readonly string[];
  readonly failed?: readonly string[];
}

/**
 * What a preview under the policy pack told.
 *
 * What is wrong or open is the pack's own word, as the engine passed it on. What is good nobody tells: it is whatever the
 * rules are about and nothing was said of, by a rule that did run.
 *
 * @param events as `pulumi preview --json` streams them.
 */
export function outcomeOf(target: Target, events: string, code: number, seconds: number): Outcome {
  const all = events.split("\n").flatMap((line) => (line.trim() === "" ? [] : [JSON.parse(line) as EngineEvent]));
  const failures: string[] = [];
  const told = all.flatMap(({ policyEvent }): Finding[] => {
    if (policyEvent === undefined) return [];
    const finding = toldBy(policyEvent);
    if (finding === undefined) failures.push(`${policyEvent.policyName}: ${policyEvent.message.trim()}`);
    return finding === undefined ? [] : [finding];
  });
  const packs = all.flatMap(({ summaryEvent }) => Object.keys(summaryEvent?.PolicyPacks ?? {}));
  if (!packs.some((pack) => pack.split("|")[0] === PACK)) failures.push(`the policy pack ${PACK} did not run`);
  const ran = new Set(
    all.flatMap(({ policyAnalyzeSummaryEvent: one, policyAnalyzeStackSummaryEvent: whole }) =>
      [one, whole].flatMap((some) => [...(some?.passed ?? []), ...(some?.failed ?? [])]),
    ),
  );
  const left = rules.filter(({ id }) => !ran.has(id)).map(({ id }) => id);
  if (left.length > 0) failures.push(`these rules did not run: ${left.join(", ")}`);
  // With a violation the engine only adds that the preview failed.
  const errors = events.trim() === "" ? ["the engine told nothing"] : readPreview(events).failures;
  const bad = told.some(({ verdict }) => verdict === "VIOLATION");
  failures.push(...errors.filter((error) => !(bad && error === "preview failed")));
  if (code !== 0 && !bad && failures.length === 0) failures.push(`the engine ended with ${code}`);
  return { target, findings: [...told, ...unsaid(all.flatMap(asResource), told)], failures, seconds };
}

function toldBy({
  policyName,
  policyPackName,
  message,
  resourceUrn = "",
}: NonNullable<EngineEvent["policyEvent"]>): Finding | undefined {
  if (policyPackName !== PACK) return undefined;
  // The engine puts the policy's description in front.
  const text = message.slice(message.indexOf("\n") + 1).trim();
  const on = nameIn(resourceUrn);
  const own = rules.find(({ id }) => id === policyName);
  if (own) return { rule: own, verdict: "VIOLATION", urn: resourceUrn, on, says: text };
  const [, id, rest = ""] = /^\[([^\]]+)\] (.*)$/s.exec(text) ?? [];
  const rule = rules.find((one) => one.id === id);
  const verdict = TELLING.get(policyName);
  return rule && verdict ? { rule, verdict, urn: resourceUrn, on, says: rest } : undefined;
}

function unsaid(resources: readonly Resource[], told: readonly Finding[]): Finding[] {
  const said = new Set(told.map(({ rule, urn }) => `${rule.id} ${urn}`));
  const exempt = new Set(told.flatMap(({ rule, verdict }) => (verdict === "exempt" ? [rule.id] : [])));
  const { facts, stack } = readStack(resources);
  return rules
    .filter(({ id }) => !exempt.has(id))
    .flatMap((rule) => {
      const asked = isStackRule(rule) ? judgeWhole(rule, stack) : judgeFacts(rule, facts);
      const silent = asked.filter(({ on }) => !said.has(`${rule.id} ${on.urn}`));
      return distinct(silent).map(({ on, verdict }): Finding => {
        const about = { rule, urn: on.urn, on: on.name };
        return verdict.is === "not asked"
          ? { ...about, verdict: "not asked", says: verdict.why }
          : { ...about, verdict: "good", says: "" };
      });
    });
}

/** A resource can be several facts of a kind, as a group is with its rules. */
function distinct<J extends { readonly on: AnyFact; readonly verdict: { readonly is: string } }>(
  those: readonly J[],
): J[] {
  const byUrn = new Map<string, J>();
  for (const one of those) {
    const before = byUrn.get(one.on.urn);
    if (!before || before.verdict.is === "not asked") byUrn.set(one.on.urn, one);
  }
  return [...byUrn.values()];
}

function asResource({ resourcePreEvent }: EngineEvent): Resource[] {
  const { type, urn, new: made } = resourcePreEvent?.metadata ?? {};
  if (type === undefined || urn === undefined || !made) return [];
  const inputs = plainProperties(made.inputs ?? {});
  const resource = { urn, type, name: nameIn(urn), inputs, outputs: {}, protect: made.protect === true };
  return factsOf(resource).length > 0 ? [resource] : [];
}

const nameIn = (urn: string): string => urn.split("::").slice(3).join("::");
