import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const scramPasswords = resourceRule({
  id: "scram-passwords",
  of: "parameters",
  requirements: ["R13"],
  severity: "high",
  title: "Passwords are SCRAM.",
  protects: "An md5 hash is as good as the password itself, and is cracked in hours.",
  mend: "Set rds.accepted_password_auth_method to scram and password_encryption to scram-sha-256.",
  controls: [],
  settings: {},
  judge: ({ switches }) => mustBeTrue(switches.scram, "md5 passwords are taken"),
});
