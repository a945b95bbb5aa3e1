import { opensTo } from "./documents";
import { resourceRule } from "./rule";
import { mayBe } from "./verdicts";

export const alertTargetPolicy = resourceRule({
  id: "alert-target-policy",
  of: "alertTarget",
  requirements: ["R16"],
  severity: "high",
  title: "Not everybody may write or read alerts.",
  protects: "False alarms hide true ones; true ones tell a stranger what is wrong.",
  mend: "Name services and accounts in the topic's policy.",
  controls: ["Checkov CKV_AWS_169", "Checkov CKV_AWS_385"],
  settings: {},
  judge: ({ policy }) =>
    mayBe(
      policy,
      (document) => opensTo(document) === undefined,
      (document) => `the topic's policy ${document && opensTo(document)}`,
    ),
});
