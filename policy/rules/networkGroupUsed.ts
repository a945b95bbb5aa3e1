import { bad, good, stackRule } from "./rule";

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
      .map((group) => ({ on: group, verdict: stack.isUsed(group) ? good : bad("nothing has this group") })),
});
