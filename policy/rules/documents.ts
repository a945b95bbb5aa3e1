import type { Document, Statement } from "../facts/kinds";

/** Conditions that say who it is, or where from; others (the hour, TLS) leave everybody in. */
const NARROWING = [
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:sourceowner",
  "aws:sourceorgid",
  "aws:sourcevpc",
  "aws:sourcevpce",
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalorgid",
  "kms:calleraccount",
  "kms:grantisforawsresource",
  "acs:sourcevpc",
  "acs:principalaccount",
];

const isEverybody = (principal: string): boolean => principal === "*" || /:iam::\*:|^\*:/.test(principal);
const isNarrowed = ({ conditions }: Statement): boolean =>
  conditions.some(
    // "...IfExists" and negations leave those in of whom nothing is known.
    ({ operator, key }) => NARROWING.includes(key) && !/not|ifexists|^null$/.test(operator),
  );

/** What a resource's own policy opens to everybody; undefined: nothing. Names no value, only actions. */
export function opensTo({ statements }: Document): string | undefined {
  const open = statements.find(
    (one) => one.effect === "Allow" && !isNarrowed(one) && (one.principals.some(isEverybody) || one.notPrincipal),
  );
  return open && `lets everybody do ${open.notAction ? `all but ${open.actions.join(", ")}` : open.actions.join(", ")}`;
}

/** A trust that names nobody lets nobody in, but is not what was meant. */
export const trustsEverything = ({ statements }: Document): boolean =>
  statements.length === 0 ||
  statements.some(
    (one) => one.effect === "Allow" && (one.principals.length === 0 || one.notAction || one.actions.includes("*")),
  );

/** What of an identity's rights is more than it can need; undefined: nothing. `unscoped`: actions that know no resource. */
export function tooMuch({ statements }: Document, unscoped: readonly string[]): string | undefined {
  const free = new Set(unscoped.map((action) => action.toLowerCase()));
  for (const one of statements) {
    if (one.effect !== "Allow") continue;
    if (one.notAction) return `allows all but ${one.actions.join(", ")}`;
    const wild = one.actions.find((action) => action === "*" || action.endsWith(":*"));
    if (wild !== undefined) return `allows ${wild}`;
    if (!one.resources.includes("*")) continue;
    const scoped = one.actions.filter((action) => !free.has(action.toLowerCase()));
    if (scoped.length > 0) return `allows ${scoped.join(", ")} on every resource`;
  }
  return undefined;
}

/** Whether everybody is denied an action on everything, whatever the circumstances. */
export const denies =
  (action: string) =>
  ({ statements }: Document): boolean =>
    statements.some(
      (one) =>
        one.effect === "Deny" &&
        one.principals.some(isEverybody) &&
        one.conditions.length === 0 &&
        one.resources.includes("*") &&
        !one.notAction &&
        one.actions.some((denied) => matches(denied, action)),
    );

const matches = (pattern: string, action: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*/g, ".*")
      .replace(/\?/g, ".")}$`,
    "i",
  ).test(action);
