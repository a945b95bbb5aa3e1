import { stackRule } from "./rule";
import { mustBeTrue } from "./verdicts";

/** About the stack: only what was made says it. */
export const snapshotEncrypted = stackRule({
  id: "snapshot-encrypted",
  of: "stack",
  requirements: ["R12", "R14"],
  severity: "critical",
  title: "Snapshots are encrypted.",
  protects: "Whoever gets hold of a snapshot reads every row.",
  mend: "Encrypt the database, or copy the snapshot with a key.",
  controls: ["Security Hub RDS.4", "Checkov CKV_AWS_146", "Prowler rds_snapshots_encrypted"],
  settings: {},
  judge: (stack) =>
    stack
      .all("snapshot")
      .map((snapshot) => ({ on: snapshot, verdict: mustBeTrue(snapshot.encrypted, "the snapshot is not encrypted") })),
});
