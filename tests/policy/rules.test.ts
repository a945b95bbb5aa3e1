import fc from "fast-check"; // values nobody thought of
import { describe, expect, it } from "vitest";
import type { Resource, Value } from "../../policy/facts/resource";
import { judgeResource } from "../../policy/judge";
import { rules } from "../../policy/rules";
import { cases, changed, unknownAt } from "./support/cases";

type Inputs = Readonly<Record<string, Value>>;

const resource = (type: string, inputs: Inputs): Resource => ({
  urn: `urn:pulumi:prod::test::${type}::one`,
  type,
  name: "one",
  inputs,
  outputs: {},
  protect: false,
});

/** The rule's verdicts on what a resource says. */
function verdicts(rule: string, type: string, inputs: Inputs): readonly string[] {
  return judgeResource(resource(type, inputs))
    .filter((one) => one.rule.id === rule)
    .map(({ verdict }) => verdict.is);
}

describe.each(cases.map((one) => ({ ...one, short: one.type.split(":")[2] })))(
  "$rule, $short",
  ({ rule, type, good, bad, badTypes = [] }) => {
    it("passes what is good", () => {
      const said = verdicts(rule, type, good);
      expect(said).toContain("good");
      expect(said).not.toContain("bad");
      expect(said).not.toContain("undecided");
    });

    it.each(bad.map((change) => ({ change, shown: JSON.stringify(change) })))("refuses $shown", ({ change }) => {
      expect(verdicts(rule, type, changed(good, change))).toContain("bad");
    });

    it.each(badTypes)("refuses any %s", (other) => {
      expect(verdicts(rule, other, {})).toContain("bad");
      expect(verdicts(rule, other, good)).toContain("bad");
    });

    it("never refuses what is good for what a preview does not know", () => {
      for (const name of Object.keys(good))
        expect(verdicts(rule, type, unknownAt(good, name)), name).not.toContain("bad");
      expect(verdicts(rule, type, unknownAt(good, ...Object.keys(good)))).not.toContain("bad");
    });

    it("refuses what is bad whatever else is not known", () => {
      for (const change of bad) {
        // "engine" and what else says whether the resource is asked at all stays.
        const others = Object.keys(good).filter((name) => !(name in change) && !DECIDES.includes(name));
        for (const name of others) {
          const said = verdicts(rule, type, unknownAt(changed(good, change), name));
          expect(said.includes("bad") || said.includes("undecided"), `${JSON.stringify(change)}, ${name} unknown`).toBe(
            true,
          );
        }
      }
    });

    it("does not pass what it would have to know", () => {
      for (const change of bad) {
        const names = Object.keys(change);
        // What is absent where it is good is allowed to be: then nothing depends on it.
        const open = unknownAt(good, ...names);
        const said = verdicts(rule, type, open);
        const presence = PRESENCE.includes(rule);
        expect(presence || said.includes("undecided") || said.includes("bad"), JSON.stringify(change)).toBe(true);
      }
    });
  },
);

/** Of whether a resource is asked, and which of its properties count. */
const DECIDES = ["engine", "engineFamily", "family", "type", "serviceName", "metricName", "metricQueries", "principal"];
/** That something is named is known in a preview; what, `up` tells. */
const PRESENCE = [
  "database-in-network",
  "database-network-groups",
  "parameter-group-own",
  "proxy-network-groups",
  "alarm-tells",
  "admin-password-managed",
  "secret-not-given",
  "event-subscription-enabled",
  "function-closed",
  "function-in-network",
  "contact-has-address",
];

it("has a good and a bad case for every rule about a resource", () => {
  const cased = new Set(
    cases.filter(({ bad, badTypes = [] }) => bad.length + badTypes.length > 0).map(({ rule }) => rule),
  );
  const uncased = rules.filter((rule) => rule.of !== "stack" && !cased.has(rule.id));
  expect(uncased.map(({ id }) => id)).toEqual([]);
  expect([...cased].filter((id) => !rules.some((rule) => rule.id === id))).toEqual([]);
});

describe("days that backups are kept", () => {
  const kept = (value: unknown) =>
    verdicts("backup-retention", "aws:rds/cluster:Cluster", {
      engine: "postgres",
      backupRetentionPeriod: value as Value,
    });
  it("pass where they are whole, and no fewer than asked for", () => {
    fc.assert(fc.property(fc.integer({ min: 15, max: 36_500 }), (days) => kept(days).join() === "good"));
  });
  it("fail where they are anything else", () => {
    const other = fc.oneof(
      fc.integer({ max: 14 }),
      fc.integer({ min: 36_501 }),
      fc.double().filter((value) => !Number.isInteger(value)),
      fc.string(),
      fc.integer().map(String),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.integer()),
      fc.dictionary(fc.string(), fc.integer()),
    );
    fc.assert(
      fc.property(other, (value) => {
        fc.pre(value !== Number.POSITIVE_INFINITY);
        expect(kept(value)).toEqual(["bad"]);
      }),
    );
  });
});
