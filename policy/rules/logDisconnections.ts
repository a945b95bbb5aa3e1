import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const logDisconnections = resourceRule({
  id: "log-disconnections",
  of: "parameters",
  requirements: ["R15"],
  severity: "low",
  title: "The end of each connection is logged.",
  protects: "How long somebody was there is not to be found out.",
  mend: "Set log_disconnections to 1.",
  controls: ["Checkov CKV_ALI_36", "CIS Alibaba 6.8", "Prowler rds_instance_postgresql_log_disconnections_enabled"],
  settings: {},
  judge: ({ switches }) => mustBeTrue(switches.logDisconnections, "ends of connections are not logged"),
});
