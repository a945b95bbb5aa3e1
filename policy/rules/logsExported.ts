import { resourceRule } from "./rule";
import { must } from "./verdicts";

export const logsExported = resourceRule({
  id: "logs-exported",
  of: "database",
  requirements: ["R15"],
  severity: "medium",
  title: "PostgreSQL's log leaves the server.",
  protects: "Who did what is gone with the server, or with its next log file.",
  mend: 'Set enabledCloudwatchLogsExports to ["postgresql"].',
  controls: [
    "Security Hub RDS.9",
    "Security Hub RDS.36",
    "Checkov CKV_AWS_129",
    "Checkov CKV_AWS_324",
    "Prowler rds_instance_integration_cloudwatch_logs",
    "Prowler rds_cluster_integration_cloudwatch_logs",
  ],
  settings: {},
  judge: ({ logs }) =>
    must(
      logs,
      (list) => list.includes("postgresql"),
      () => "PostgreSQL's log is not exported",
    ),
});
