import type { BackupPlan } from "../facts/kinds";
import { belongs, dataHolders, reasons } from "./databases";
import { notAsked, stackRule, type Verdict } from "./rule";
import { all, keptFor, must, mustBeTrue, some } from "./verdicts";

function keepsEnough(
  { schedules }: BackupPlan,
  { days, recoveryDays }: { days: number; recoveryDays: number },
): Verdict {
  if (schedules.state !== "known")
    return must(
      schedules,
      () => true,
      () => "nothing is planned",
    );
  const daily = schedules.value.filter(({ every }) => every.state === "known" && every.value === "day");
  const continuous = schedules.value.filter(
    (one) => one.continuous.state !== "known" || one.continuous.value !== false,
  );
  return all(
    some(
      daily.map(({ keptDays }) => keptFor(keptDays, days, "backups are kept")),
      `no daily backup is kept for ${days} days`,
    ),
    some(
      continuous.map(({ continuous: on, keptDays }) =>
        all(mustBeTrue(on, "recovery is off"), keptFor(keptDays, recoveryDays, "recovery reaches back")),
      ),
      `recovery to a point in time does not reach back ${recoveryDays} days`,
    ),
  );
}

export const backupPlan = stackRule({
  id: "backup-plan",
  of: "stack",
  requirements: ["R14"],
  severity: "critical",
  title: "The database has a backup plan that keeps enough.",
  protects: "A database without one loses everything with one mistake.",
  mend: "Add the plan (alicloud.rds.BackupPolicy: all seven days, retention, log backup; local: BackupRepository).",
  controls: [],
  softerInDev: "a development database keeps a week, and holds what can be made again",
  settings: {
    days: { type: "number", default: 15, description: "Days that daily backups are kept, at least (R14: 15)." },
    recoveryDays: {
      type: "number",
      default: 7,
      description: "Days that recovery to a point in time reaches back, at least (R14: 7).",
    },
  },
  judge: (stack, settings) =>
    dataHolders(stack).map((database) => {
      if (database.backupDays.state !== "lacking")
        return { on: database, verdict: notAsked("the database itself says it") };
      const verdicts = stack
        .all("backupPlan")
        .map((plan) => belongs(stack, database, plan.of, () => keepsEnough(plan, settings)));
      return { on: database, verdict: some(verdicts, reasons(verdicts) ?? "no backup plan is the database's") };
    }),
});
