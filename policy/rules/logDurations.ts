import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const logDurations = resourceRule({
  id: "log-durations",
  of: "parameters",
  requirements: ["R15"],
  severity: "low",
  title: "Slow statements are logged.",
  protects: "Which query is slow is not to be found out.",
  mend: "Set log_min_duration_statement to some milliseconds, or log_duration to 1.",
  controls: [
    "Checkov CKV2_AWS_30",
    "Checkov CKV_ALI_35",
    "CIS Alibaba 6.7",
    "Prowler rds_instance_postgresql_log_duration_enabled",
  ],
  settings: {},
  judge: ({ switches }) => mustBeTrue(switches.logDuration, "slow statements are not logged"),
});
