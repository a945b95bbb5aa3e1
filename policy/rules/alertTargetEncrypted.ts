import { resourceRule } from "./rule";
import { all, mustBeTrue, ownKey } from "./verdicts";

export const alertTargetEncrypted = resourceRule({
  id: "alert-target-encrypted",
  of: "alertTarget",
  requirements: ["R12", "R16"],
  severity: "medium",
  title: "What alarms say is encrypted with a customer-managed key.",
  protects: "Alarms name hosts and databases.",
  mend: "Set kmsMasterKeyId.",
  controls: ["Checkov CKV_AWS_26"],
  settings: {},
  judge: ({ encrypted, key }) => all(mustBeTrue(encrypted, "alerts are not encrypted"), ownKey(key, "the topic")),
});
