import { describe, expect, it } from "vitest";
import { exemptionOf } from "../../policy/exemptions";
import type { VendorName } from "../../policy/facts/kinds";
import { judgeStack } from "../../policy/judge";
import { type Profile, softerBecause } from "../../policy/profile";
import { goodStack } from "./support/goodStack";

interface Row {
  readonly vendor: VendorName;
  readonly stack: Profile;
  /** Who is told; absent: as the vendor's other tests have it. */
  readonly contacts?: readonly string[];
}

const rows: readonly Row[] = [
  { vendor: "aws", stack: "prod" },
  { vendor: "aws", stack: "dev" },
  { vendor: "alicloud", stack: "prod" },
  { vendor: "alicloud", stack: "prod", contacts: ["dba@example.com"] },
  // CloudMonitor posts to it by each alarm: nobody is in the group.
  { vendor: "alicloud", stack: "prod", contacts: ["https://hooks.example.com/token"] },
  { vendor: "alicloud", stack: "dev" },
  { vendor: "local", stack: "prod" },
  { vendor: "local", stack: "dev" },
  { vendor: "local", stack: "local", contacts: [] },
];

describe.each(rows)("$stack on $vendor, telling $contacts", ({ vendor, stack, contacts }) => {
  it.each(["as up leaves it", "in a preview"])("%s passes every rule", async (when) => {
    const preview = when === "in a preview";
    const configuration = contacts === undefined ? {} : { alerts: { contacts } };
    const judgements = judgeStack(await goodStack(vendor, stack, { configuration, preview }));
    const bad = judgements.filter(
      ({ rule, on, verdict }) =>
        (verdict.is === "bad" || (verdict.is === "undecided" && !preview)) &&
        softerBecause(rule, stack) === undefined &&
        !exemptionOf(on.vendor, rule.id),
    );
    expect(bad.map(({ rule, on, verdict }) => `${rule.id} ${on.type} ${on.name}: ${JSON.stringify(verdict)}`)).toEqual(
      [],
    );
    expect(judgements.filter(({ verdict }) => verdict.is === "good").length).toBeGreaterThan(10);
  });
});
