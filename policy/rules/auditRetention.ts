import { resourceRule } from "./rule";
import { keptFor } from "./verdicts";

export const auditRetention = resourceRule({
  id: "audit-retention",
  of: "audit",
  requirements: ["R15"],
  severity: "medium",
  title: "SQL audits are kept long enough.",
  protects: "Who read which license is asked months later.",
  mend: "Set sqlCollectorConfigValue to 180 or more (Alibaba Cloud).",
  controls: ["CIS Alibaba 6.4", "Prowler rds_instance_sql_audit_retention"],
  settings: {
    days: { type: "number", default: 180, description: "Days that audits are kept, at least (CIS: 180)." },
  },
  judge: ({ keptDays }, { days }) => keptFor(keptDays, days, "the audit is kept"),
});
