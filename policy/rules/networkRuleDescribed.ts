import { resourceRule } from "./rule";
import { must } from "./verdicts";

export const networkRuleDescribed = resourceRule({
  id: "network-rule-described",
  of: "networkRule",
  requirements: ["R11"],
  severity: "low",
  title: "Each rule says what it is for.",
  protects: "A rule nobody understands is never taken away.",
  mend: "Set description.",
  controls: ["Checkov CKV_AWS_23"],
  settings: {},
  judge: ({ description }) =>
    must(
      description,
      (text) => text.trim() !== "",
      () => "the rule has no description",
    ),
});
