import { resourceRule } from "./rule";
import { must } from "./verdicts";

export const snapshotPrivate = resourceRule({
  id: "snapshot-private",
  of: "snapshot",
  requirements: ["R11", "R14"],
  severity: "critical",
  title: "Snapshots are nobody else's.",
  protects: "Whoever a snapshot is shared with has every row.",
  mend: "Take sharedAccounts away.",
  controls: ["Security Hub RDS.1", "Checkov CKV_AWS_302", "Prowler rds_snapshots_public_access"],
  settings: {
    accounts: {
      type: "array",
      default: [] as readonly string[],
      description: "Accounts a snapshot may be shared with.",
    },
  },
  judge: ({ sharedWith }, { accounts }) =>
    must(
      sharedWith,
      (list) => list.every((account) => accounts.includes(account)),
      (list) => `the snapshot is shared with ${(list ?? []).join(", ")}`,
    ),
});
