import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const logConnections = resourceRule({
  id: "log-connections",
  of: "parameters",
  requirements: ["R15"],
  severity: "low",
  title: "Each connection is logged.",
  protects: "Who was there when is not to be found out.",
  mend: "Set log_connections to 1.",
  controls: ["Checkov CKV_ALI_37", "CIS Alibaba 6.9", "Prowler rds_instance_postgresql_log_connections_enabled"],
  settings: {},
  judge: ({ switches }) => mustBeTrue(switches.logConnections, "connections are not logged"),
});
