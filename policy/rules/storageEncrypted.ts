import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const storageEncrypted = resourceRule({
  id: "storage-encrypted",
  of: "database",
  requirements: ["R12"],
  severity: "critical",
  title: "The database's storage is encrypted.",
  protects: "Whoever gets hold of a disk, a snapshot or a backup reads every row.",
  mend: "Set storageEncrypted (AWS) or encryptionKey (Alibaba Cloud). A running database has to be restored from an encrypted copy of a snapshot.",
  controls: [
    "Security Hub RDS.3",
    "Security Hub RDS.27",
    "Checkov CKV_AWS_16",
    "Checkov CKV_AWS_96",
    "Trivy AVD-AWS-0079",
    "Trivy AVD-AWS-0080",
    "Prowler rds_instance_storage_encrypted",
    "Prowler rds_cluster_storage_encrypted",
  ],
  settings: {},
  judge: ({ storageEncrypted }) => mustBeTrue(storageEncrypted, "storage is not encrypted"),
});
