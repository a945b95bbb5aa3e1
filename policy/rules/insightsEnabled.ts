import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const insightsEnabled = resourceRule({
  id: "insights-enabled",
  of: "database",
  requirements: ["R15"],
  severity: "low",
  title: "Query performance is collected.",
  protects: "Without figures a slow query is found by users.",
  mend: "Set performanceInsightsEnabled.",
  controls: ["Checkov CKV_AWS_353", "Trivy AVD-AWS-0133"],
  settings: {},
  judge: ({ insightsEnabled }) => mustBeTrue(insightsEnabled, "query performance is not collected"),
});
