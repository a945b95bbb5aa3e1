import { resourceRule } from "./rule";
import { must, shown } from "./verdicts";

export const enhancedMonitoring = resourceRule({
  id: "enhanced-monitoring",
  of: "database",
  requirements: ["R15"],
  severity: "low",
  title: "Figures of the operating system are collected every minute or oftener.",
  protects: "Memory and disk I/O of the members stay unseen.",
  mend: "Set monitoringInterval to 60 or less (AWS), monitoringPeriod (Alibaba Cloud).",
  controls: ["Security Hub RDS.6", "Checkov CKV_AWS_118", "Prowler rds_instance_enhanced_monitoring_enabled"],
  settings: { seconds: { type: "number", default: 60, description: "Seconds between two figures, at most." } },
  judge: ({ monitoringInterval }, { seconds }) =>
    must(
      monitoringInterval,
      (value) => typeof value === "number" && value > 0 && value <= seconds,
      (value) => `figures are collected every ${shown(value)} seconds; ${seconds} at most are asked for, 0 is never`,
    ),
});
