import { notAsked, resourceRule } from "./rule";
import { ownKey } from "./verdicts";

export const insightsKeyOwn = resourceRule({
  id: "insights-key-own",
  of: "database",
  requirements: ["R12", "R15"],
  severity: "medium",
  title: "Query figures that the vendor keeps are encrypted with a customer-managed key.",
  protects: "Query texts hold data of licenses.",
  mend: "Set performanceInsightsKmsKeyId.",
  controls: ["Checkov CKV_AWS_354"],
  settings: {},
  judge: ({ insightsEnabled, insightsKey }) =>
    insightsEnabled.state === "known" && insightsEnabled.value !== true
      ? notAsked("no figures are kept")
      : ownKey(insightsKey, "Performance Insights"),
});
