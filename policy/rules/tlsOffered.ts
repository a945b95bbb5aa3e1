import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const tlsOffered = resourceRule({
  id: "tls-offered",
  of: "database",
  requirements: ["R10", "R12"],
  severity: "critical",
  title: "Every member speaks TLS.",
  protects: "A replica without TLS sends the same rows in plain text, and no client can verify it.",
  mend: 'Switch TLS on: sslAction "Open", of a read-only instance sslEnabled 1 (Alibaba Cloud).',
  controls: ["Prowler rds_instance_ssl_enabled"],
  settings: {},
  judge: ({ tlsOffered }) => mustBeTrue(tlsOffered, "clients cannot speak TLS to it"),
});
