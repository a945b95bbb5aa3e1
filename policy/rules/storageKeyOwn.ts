import { resourceRule } from "./rule";
import { ownKey } from "./verdicts";

export const storageKeyOwn = resourceRule({
  id: "storage-key-own",
  of: "database",
  requirements: ["R12"],
  severity: "high",
  title: "The database's storage is encrypted with a customer-managed key.",
  protects: "Only a key of your own can be rotated, audited and revoked by you.",
  mend: "Name a key of your own: kmsKeyId (AWS), encryptionKey (Alibaba Cloud). The key of a running database cannot be changed.",
  controls: ["Checkov CKV_AWS_327", "CIS Alibaba 6.6", "Prowler rds_instance_tde_key_custom"],
  settings: {},
  judge: ({ storageKey }) => ownKey(storageKey, "storage"),
});
