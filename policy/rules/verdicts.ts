import type { Fact } from "../facts/fact";
import type { Figure } from "../facts/kinds";
import type { Reference } from "../facts/resource";
import { bad, good, notAsked, undecided, type Verdict } from "./rule";

/** `reason` is told the value; undefined: it was left out. */
export function must<T>(
  fact: Fact<T>,
  holds: (value: T) => boolean,
  reason: (value: T | undefined) => string,
): Verdict {
  switch (fact.state) {
    case "known":
      return holds(fact.value) ? good : bad(reason(fact.value));
    case "absent":
      return bad(reason(undefined));
    case "unknown":
      return undecided(fact.what);
    case "lacking":
      return notAsked(fact.why);
  }
}

/** `true` itself: no string, no number. */
export const mustBeTrue = (fact: Fact<boolean>, reason: string): Verdict =>
  must(
    fact,
    (value) => value === true,
    () => reason,
  );
export const mustBeFalse = (fact: Fact<boolean>, reason: string): Verdict =>
  must(
    fact,
    (value) => value === false,
    () => reason,
  );

/** As `must`, but what is left out is fine. */
export function mayBe<T>(
  fact: Fact<T>,
  holds: (value: T) => boolean,
  reason: (value: T | undefined) => string,
): Verdict {
  return fact.state === "absent" ? good : must(fact, holds, reason);
}

/** All must hold: one bad is bad, one undecided leaves the rest undecided; nothing asked is "not asked". */
export function all(...verdicts: readonly Verdict[]): Verdict {
  const reasons = verdicts.flatMap((one) => (one.is === "bad" ? [one.reason] : []));
  if (reasons.length > 0) return bad(reasons.join("; "));
  const open = verdicts.flatMap((one) => (one.is === "undecided" ? [one.what] : []));
  if (open.length > 0) return undecided([...new Set(open)].join(", "));
  const asked = verdicts.find((one) => one.is === "good");
  return asked ?? verdicts[0] ?? good;
}

/** One is enough. */
export function some(verdicts: readonly Verdict[], otherwise: string): Verdict {
  if (verdicts.some((one) => one.is === "good")) return good;
  const open = verdicts.flatMap((one) => (one.is === "undecided" ? [one.what] : []));
  return open.length > 0 ? undecided([...new Set(open)].join(", ")) : bad(otherwise);
}

/** A hundred years: more is a mistake, not a retention. */
const ABSURD_DAYS = 36_500;

/** Whole days, within reason; "15", NaN, 0.5 and -1 are none. Infinity is "for ever". */
export const isDays = (value: Figure): value is number =>
  value === Number.POSITIVE_INFINITY ||
  (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= ABSURD_DAYS);

export const keptFor = (fact: Fact<Figure>, least: number, what: string): Verdict =>
  must(
    fact,
    (value) => isDays(value) && value >= least,
    (value) => `${what} for ${shown(value)} days; at least ${least} are asked for`,
  );

/** For messages; never of a secret. */
export function shown(value: unknown): string {
  if (value === undefined) return "no (nothing is said)";
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** Keys of customers, by the types that make them. */
const KEY_TYPES = /^(aws|alicloud):kms\/(key|replicaKey|externalKey|alias):/;
/** What the clouds call the keys they keep for everybody. */
const SERVICE_KEY = /(^|[:/])alias\/(aws|acs)\/|^(ServiceKey|Service|aws\/)/i;

/**
 * A key of the customer's own. In a preview its id is not known, but what it was computed from is: from a key of this
 * program it is one, whatever its id will be.
 */
export function ownKey(fact: Fact<Reference>, what: string): Verdict {
  if (fact.state === "absent") return bad(`${what} has no key of your own: the service's is used`);
  if (fact.state !== "known") return fact.state === "unknown" ? undecided(fact.what) : notAsked(fact.why);
  const { text, to, property } = fact.value;
  if (text.state === "known") {
    return SERVICE_KEY.test(text.value) ? bad(`${what} is encrypted with the service's key, ${text.value}`) : good;
  }
  return to?.some(({ type }) => KEY_TYPES.test(type)) ? good : undecided(property);
}

/** Something is named; what, is another rule's question. */
export function mustName(fact: Fact<Reference>, reason: string): Verdict {
  if (fact.state === "known") return good;
  return fact.state === "absent" ? bad(reason) : fact.state === "unknown" ? undecided(fact.what) : notAsked(fact.why);
}
export const mustNameSome = (fact: Fact<readonly Reference[]>, reason: string): Verdict =>
  must(
    fact,
    (list) => list.length > 0,
    () => reason,
  );
