import { describe, expect, it } from "vitest";
import type { Resource } from "../../policy/facts/resource";
import { judgeStack } from "../../policy/judge";
import { stackCases } from "./support/stackCases";

const verdicts = (rule: string, stack: readonly Resource[]): readonly string[] =>
  judgeStack(stack)
    .filter((one) => one.rule.id === rule)
    .map(({ verdict }) => verdict.is);

describe.each(stackCases)("$rule", ({ rule, good, bad, undecided }) => {
  it("passes what is good", () => {
    const said = verdicts(rule, good);
    expect(said).toContain("good");
    expect(said).not.toContain("bad");
    expect(said).not.toContain("undecided");
  });

  it.each(Object.keys(bad))("refuses %s", (what) => {
    expect(verdicts(rule, bad[what] ?? [])).toContain("bad");
  });

  it.each(Object.keys(undecided))("leaves open what a preview does not know: %s", (what) => {
    const said = verdicts(rule, undecided[what] ?? []);
    expect(said).toContain("undecided");
    expect(said).not.toContain("bad");
  });
});
