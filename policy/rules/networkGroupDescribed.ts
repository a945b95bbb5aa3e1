import { resourceRule } from "./rule";
import { must } from "./verdicts";

export const networkGroupDescribed = resourceRule({
  id: "network-group-described",
  of: "networkGroup",
  requirements: ["R11"],
  severity: "low",
  title: "Each security group says what it is for.",
  protects: "A group nobody understands is used for the wrong thing.",
  mend: "Set description.",
  controls: ["Checkov CKV_AWS_23"],
  settings: {},
  judge: ({ description }) =>
    must(
      description,
      (text) => text.trim() !== "" && text !== "Managed by Pulumi",
      () => "the group has no description",
    ),
});
