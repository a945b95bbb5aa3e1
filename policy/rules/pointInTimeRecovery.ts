import { ofItsOwn } from "./databases";
import { resourceRule } from "./rule";
import { keptFor } from "./verdicts";

export const pointInTimeRecovery = resourceRule({
  id: "point-in-time-recovery",
  of: "database",
  requirements: ["R14"],
  severity: "high",
  title: "Recovery to any point in time reaches back far enough.",
  protects: "Between two daily backups a day of work lies.",
  mend: "Set backupRetentionPeriod (AWS) or logBackupRetentionPeriod (Alibaba Cloud) to at least the days asked for.",
  controls: ["Security Hub RDS.11"],
  softerInDev: "a development database holds what can be made again",
  settings: {
    days: { type: "number", default: 7, description: "Days that recovery reaches back, at least (R14: 7)." },
  },
  judge: (database, { days }) =>
    ofItsOwn(database, keptFor(database.recoveryDays, days, "recovery to a point in time reaches back")),
});
