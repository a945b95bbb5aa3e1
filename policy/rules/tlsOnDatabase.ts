import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const tlsOnDatabase = resourceRule({
  id: "tls-on-database",
  of: "database",
  requirements: ["R12"],
  severity: "critical",
  title: "The database itself speaks TLS.",
  protects: "Passwords and rows would cross the network in plain text.",
  mend: 'Switch TLS on: sslAction "Open" (Alibaba Cloud).',
  controls: ["Checkov CKV_ALI_20", "CIS Alibaba 6.1"],
  settings: {},
  judge: ({ tlsForced }) => mustBeTrue(tlsForced, "the database takes plain text connections"),
});
