import { resourceRule } from "./rule";
import { all, mustBeTrue, ownKey } from "./verdicts";

export const vaultKeyOwn = resourceRule({
  id: "vault-key-own",
  of: "vault",
  requirements: ["R12", "R14"],
  severity: "high",
  title: "Archives are encrypted with a customer-managed key.",
  protects: "Only a key of your own says who may read an archive.",
  mend: "Set kmsKeyArn.",
  controls: ["Checkov CKV_AWS_166", "Checkov CKV_AWS_245", "Security Hub Backup.1"],
  settings: {},
  judge: ({ encrypted, key }) => all(mustBeTrue(encrypted, "archives are not encrypted"), ownKey(key, "the vault")),
});
