import type { Fact } from "../facts/fact";
import type { AnyFact, Database } from "../facts/kinds";
import type { Reference } from "../facts/resource";
import { bad, notAsked, type Stack, undecided, type Verdict } from "./rule";

/** A replica or member has what the database it belongs to has. */
export const ofItsOwn = ({ role }: Database, verdict: Verdict): Verdict =>
  role === "replica" || role === "member" ? notAsked("the database it belongs to says it") : verdict;

/** The databases whose loss loses data. */
export const dataHolders = (stack: Stack): readonly Database[] =>
  stack.all("database").filter(({ role }) => role === "cluster" || role === "primary");

/** The verdict, if the reference points there; else that it does not, or may. */
export function belongs(stack: Stack, to: AnyFact, reference: Fact<Reference>, verdict: () => Verdict): Verdict {
  if (reference.state === "unknown") return undecided(reference.what);
  if (reference.state !== "known") return bad(ELSEWHERE);
  const relation = relationTo(stack, reference.value, to);
  if (relation === "yes") return verdict();
  return relation === "maybe" ? undecided(reference.value.property) : bad(ELSEWHERE);
}

/** What a database is part of, a machine, stands for it. */
function relationTo(stack: Stack, reference: Reference, to: AnyFact): ReturnType<Stack["relation"]> {
  const direct = stack.relation(reference, to);
  if (direct === "yes" || to.kind !== "database" || to.source.state !== "known") return direct;
  const { source } = to;
  const whole = stack.all("database").filter((one) => stack.relation(source.value, one) === "yes");
  return whole.some((one) => stack.relation(reference, one) === "yes") ? "yes" : direct;
}

const ELSEWHERE = "it belongs to something else";

/** Why those that do belong there were not good enough. */
export function reasons(verdicts: readonly Verdict[]): string | undefined {
  const found = verdicts.flatMap((one) => (one.is === "bad" && !one.reason.includes(ELSEWHERE) ? [one.reason] : []));
  return found.length > 0 ? [...new Set(found)].join("; ") : undefined;
}
