import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const tlsForced = resourceRule({
  id: "tls-forced",
  of: "parameters",
  requirements: ["R12"],
  severity: "critical",
  title: "Plain text connections are refused.",
  protects: "A client that forgets TLS sends its password and its rows for everybody on the way to read.",
  mend: "Set rds.force_ssl to 1 (AWS); hostssl rows alone in pg_hba (Alibaba Cloud).",
  controls: ["Security Hub RDS.38", "Checkov CKV2_AWS_69", "Prowler rds_instance_transport_encrypted"],
  settings: {},
  judge: ({ switches }) => mustBeTrue(switches.forceTls, "plain text connections are taken"),
});
