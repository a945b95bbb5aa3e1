import { bad, good, resourceRule } from "./rule";
import { all, keptFor } from "./verdicts";

export const logRetention = resourceRule({
  id: "log-retention",
  of: "logGroup",
  requirements: ["R15"],
  severity: "medium",
  title: "Logs are kept for a year, and not for ever by accident.",
  protects: "An attack is noticed months later.",
  mend: "Set retentionInDays to 365 or more.",
  controls: ["Security Hub CloudWatch.16", "Checkov CKV_AWS_66", "Checkov CKV_AWS_338"],
  settings: {
    days: { type: "number", default: 365, description: "Days that logs are kept, at least." },
    forEver: { type: "boolean", default: false, description: "Whether logs without an end are meant." },
  },
  judge: ({ keptDays }, { days, forEver }) =>
    all(
      keptFor(keptDays, days, "logs are kept"),
      keptDays.state === "known" && keptDays.value === Number.POSITIVE_INFINITY && !forEver
        ? bad("logs are kept for ever: no retention is set")
        : good,
    ),
});
