import { stackRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const backupsKeptAfter = stackRule({
  id: "backups-kept-after",
  of: "stack",
  requirements: ["R14"],
  severity: "medium",
  title: "A backup plan's backups stay when the database goes.",
  protects: "They would go with it, at the moment they are needed.",
  mend: "Set keep (local), or copy backups elsewhere.",
  controls: [],
  softerInDev: "a development database is made to be thrown away",
  settings: {},
  judge: (stack) =>
    stack
      .all("backupPlan")
      .map((plan) => ({ on: plan, verdict: mustBeTrue(plan.outlives, "backups are deleted with the database") })),
});
