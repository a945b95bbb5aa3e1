import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const auditEnabled = resourceRule({
  id: "audit-enabled",
  of: "database",
  requirements: ["R15"],
  severity: "medium",
  title: "SQL statements are audited.",
  protects: "Who read which license can never be told.",
  mend: 'Set sqlCollectorStatus to "Enabled" (Alibaba Cloud).',
  controls: ["Checkov CKV_ALI_25", "Checkov CKV_ALI_38", "CIS Alibaba 6.3", "Prowler rds_instance_sql_audit_enabled"],
  settings: {},
  judge: ({ auditEnabled }) => mustBeTrue(auditEnabled, "SQL statements are not audited"),
});
