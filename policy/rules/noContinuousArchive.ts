import { notAsked, resourceRule } from "./rule";
import { must } from "./verdicts";

export const noContinuousArchive = resourceRule({
  id: "no-continuous-archive",
  of: "backupPlan",
  requirements: ["R14"],
  severity: "medium",
  title: "An archive does not take the database's own backups over.",
  protects: "AWS Backup's continuous backup takes over window and retention of RDS, and is refused for clusters.",
  mend: "Set enableContinuousBackup to false; RDS's own retention is the recovery to a point in time.",
  controls: [],
  settings: {},
  judge: ({ schedules, of }) =>
    of.state !== "lacking"
      ? notAsked("the plan is the database's own")
      : must(
          schedules,
          (list) => list.every(({ continuous }) => continuous.state !== "known" || continuous.value === false),
          () => "continuous backup is on",
        ),
});
