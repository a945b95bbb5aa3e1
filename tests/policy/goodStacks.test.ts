import { describe, expect, it } from "vitest";
import { exemptionOf } from "../../policy/exemptions";
import { judgeStack } from "../../policy/judge";
import { isSofter, type Profile } from "../../policy/profile";
import { goodStack } from "./support/goodStack";

describe.each(["aws", "alicloud", "local"] as const)("%s", (vendor) => {
  it.each(["prod", "dev"] as const)("%s as it stands passes every rule", async (stack) => {
    const judgements = judgeStack(await goodStack(vendor, stack));
    const bad = judgements.filter(
      ({ rule, on, verdict }) =>
        (verdict.is === "bad" || verdict.is === "undecided") &&
        !isSofter(rule, stack as Profile) &&
        !exemptionOf(on.vendor, rule.id),
    );
    expect(bad.map(({ rule, on, verdict }) => `${rule.id} ${on.type} ${on.name}: ${JSON.stringify(verdict)}`)).toEqual(
      [],
    );
    expect(judgements.filter(({ verdict }) => verdict.is === "good").length).toBeGreaterThan(10);
  });
});
