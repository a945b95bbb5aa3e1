import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const snapshotEncrypted = resourceRule({
  id: "snapshot-encrypted",
  of: "snapshot",
  requirements: ["R12", "R14"],
  severity: "critical",
  title: "Snapshots are encrypted.",
  protects: "Whoever gets hold of a snapshot reads every row.",
  mend: "Encrypt the database, or copy the snapshot with a key.",
  controls: ["Security Hub RDS.4", "Checkov CKV_AWS_146", "Prowler rds_snapshots_encrypted"],
  settings: {},
  judge: ({ encrypted }) => mustBeTrue(encrypted, "the snapshot is not encrypted"),
});
