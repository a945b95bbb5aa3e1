import { ofItsOwn } from "./databases";
import { resourceRule } from "./rule";
import { keptFor } from "./verdicts";

export const backupRetention = resourceRule({
  id: "backup-retention",
  of: "database",
  requirements: ["R14"],
  severity: "critical",
  title: "Daily backups are kept long enough.",
  protects: "A mistake that is noticed late can no longer be undone.",
  mend: "Set backupRetentionPeriod to at least the days asked for.",
  controls: [
    "Security Hub RDS.11",
    "Security Hub RDS.50",
    "Checkov CKV_AWS_133",
    "Trivy AVD-AWS-0077",
    "Prowler rds_instance_backup_enabled",
  ],
  softerInDev: "a development database keeps a week: what it holds can be made again",
  settings: {
    days: { type: "number", default: 15, description: "Days that daily backups are kept, at least (R14: 15)." },
  },
  judge: (database, { days }) => ofItsOwn(database, keptFor(database.backupDays, days, "backups are kept")),
});
