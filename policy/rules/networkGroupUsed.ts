import { bad, good, stackRule, undecided, type Verdict } from "./rule";

const USED: Readonly<Record<"yes" | "no" | "maybe", Verdict>> = {
  yes: good,
  no: bad("nothing has this group"),
  maybe: undecided("who has this group"),
};

export const networkGroupUsed = stackRule({
  id: "network-group-used",
  of: "stack",
  requirements: ["R11"],
  severity: "low",
  title: "Security groups are used.",
  protects: "A group that is left over is attached by mistake one day.",
  mend: "Attach the group, or delete it.",
  controls: ["Checkov CKV2_AWS_5"],
  settings: {},
  judge: (stack) =>
    stack
      .all("networkGroup")
      .filter(({ isDefault }) => !isDefault)
      .map((group) => ({ on: group, verdict: USED[stack.isUsed(group)] })),
});
