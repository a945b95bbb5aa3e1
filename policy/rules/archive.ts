import type { BackupCoverage, BackupPlan, Database } from "../facts/kinds";
import { belongs, dataHolders, reasons } from "./databases";
import { bad, good, type Stack, stackRule, type Verdict } from "./rule";
import { all, keptFor, must, some } from "./verdicts";

const UNCOVERED = "nothing covers the database";

/** Monthly, or oftener. */
function archives({ schedules }: BackupPlan, days: number): Verdict {
  if (schedules.state !== "known")
    return must(
      schedules,
      () => true,
      () => "nothing is planned",
    );
  return some(
    schedules.value.map(({ every, keptDays }) =>
      all(
        must(
          every,
          (often) => often !== "other",
          () => "archives are not made every month",
        ),
        keptFor(keptDays, days, "archives are kept"),
      ),
    ),
    `no monthly archive is kept for ${days} days`,
  );
}

/** Why the second is bad says more where it has found the database at all. */
const better = (first: Verdict, second: Verdict): Verdict =>
  second.is === "bad" && second.reason === UNCOVERED ? first : second;

function covered(stack: Stack, database: Database, { covers }: BackupCoverage): Verdict {
  if (covers.state !== "known")
    return must(
      covers,
      () => true,
      () => "nothing is covered",
    );
  return some(
    covers.value.map((one) => belongs(stack, database, { state: "known", value: one }, () => good)),
    "the selection does not cover the database",
  );
}

/** A plan of something that works on the database, a function: what it writes lies in buckets, and they say how long. */
function worksOn(stack: Stack, database: Database, plan: BackupPlan, days: number): Verdict {
  if (plan.of.state !== "known") return bad(UNCOVERED);
  const of = plan.of.value;
  const workers = stack
    .all("backupCoverage")
    .filter((one) => stack.relation(of, one) === "yes" && covered(stack, database, one).is !== "bad");
  return some(
    workers.map((worker) => all(covered(stack, database, worker), archives(plan, days), writesTo(stack, worker, days))),
    UNCOVERED,
  );
}

function writesTo(stack: Stack, { covers }: BackupCoverage, days: number): Verdict {
  const named = covers.state === "known" ? covers.value : [];
  const buckets = stack.all("bucket").filter((bucket) => named.some((one) => stack.relation(one, bucket) === "yes"));
  if (buckets.length === 0) return bad("archives are written to no bucket of the stack");
  return all(
    ...buckets.map(({ keptDays }) =>
      // Without a lifecycle nothing goes.
      keptDays.state === "absent" ? good : keptFor(keptDays, days, "archives are kept"),
    ),
  );
}

export const archive = stackRule({
  id: "archive",
  of: "stack",
  requirements: ["R14"],
  severity: "high",
  title: "The database is archived every month, and archives are kept for a year.",
  protects: "What is found out months later is in no daily backup any more.",
  mend: "Add a monthly plan that covers the database: backup.Plan with lifecycle and backup.Selection (AWS), a dump to a bucket (Alibaba Cloud), archiveRetention (local).",
  controls: [
    "Security Hub RDS.26",
    "Checkov CKV2_AWS_8",
    "Prowler rds_cluster_protected_by_backup_plan",
    "Prowler rds_instance_protected_by_backup_plan",
  ],
  softerInDev: "a development database holds what can be made again",
  settings: {
    days: { type: "number", default: 365, description: "Days that archives are kept, at least (R14: 365)." },
  },
  judge: (stack, { days }) =>
    dataHolders(stack).map((database) => {
      const verdicts = stack.all("backupPlan").map((plan) => {
        const kept = () => archives(plan, days);
        if (plan.of.state !== "lacking") {
          const own = belongs(stack, database, plan.of, kept);
          return own.is === "bad" ? better(own, worksOn(stack, database, plan, days)) : own;
        }
        return some(
          stack.all("backupCoverage").map((coverage) =>
            all(
              belongs(stack, plan, coverage.plan, () => good),
              covered(stack, database, coverage),
              kept(),
            ),
          ),
          UNCOVERED,
        );
      });
      return { on: database, verdict: some(verdicts, reasons(verdicts) ?? "no archive covers the database") };
    }),
});
