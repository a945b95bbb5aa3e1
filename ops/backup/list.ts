import { localCluster } from "../cli/local";
import type { Context } from "../cli/operation";
import { type Result, table } from "../cli/out";
import { type Range, type Repository, shortTime, size } from "./info";
import { rangeOf } from "./pgbackrest";
import { readSchedule, type SchedulerStatus } from "./schedule";

export async function list({ stack }: Context<object>): Promise<Result> {
  if (stack.vendor === "aws") return (await import("./aws")).list(stack);
  if (stack.vendor === "alicloud") return (await import("./alicloud")).list(stack);
  const cluster = await localCluster(stack);
  const [{ info, archiving, range }, scheduled] = await Promise.all([rangeOf(cluster), readSchedule(cluster.place)]);
  const problems = complaints(range, archiving.failedAt, scheduled);
  return {
    data: {
      recovery: range ?? null,
      repositories: info.repositories,
      schedule: scheduled && { next: iso(scheduled.nextStart), proven: scheduled.proof?.backup ?? null },
      problems,
    },
    text: [
      ...info.repositories.flatMap(shown),
      range
        ? `A restore reaches any moment from ${shortTime(range.earliest)} to ${shortTime(range.latest)} (and to now: what is not archived yet is archived first).`
        : "There is no backup that a restore could begin with.",
      ...(scheduled ? [`The next daily backup: ${shortTime(iso(scheduled.nextStart))}.`] : []),
      ...(scheduled?.proof?.backup ? [`Proven restorable by itself: archive ${scheduled.proof.backup}.`] : []),
      ...problems,
    ].join("\n"),
    well: problems.length === 0,
  };
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

function shown({ name, backups }: Repository): string[] {
  if (backups.length === 0) return [`${name}: no backup yet`, ""];
  const rows = backups.map((backup) => [
    backup.label,
    backup.type,
    shortTime(backup.endedAt),
    `PostgreSQL ${backup.version}`,
    size(backup.databaseSize),
    size(backup.repositorySize),
    `${backup.wal.first}..${backup.wal.last.slice(-8)}`,
    backup.damaged ? "DAMAGED" : "",
  ]);
  return [`${name}:`, table([["label", "type", "ended", "of", "database", "stored", "needs WAL", ""], ...rows]), ""];
}

function complaints(
  range: Range | undefined,
  failedAt: string | undefined,
  scheduled: SchedulerStatus | undefined,
): string[] {
  const failed = (["daily", "archive", "proof"] as const).flatMap((kind) => {
    const failure = scheduled?.[kind]?.lastFailure;
    const what = kind === "proof" ? "The proof of the newest archive" : `The last ${kind} backup`;
    return failure
      ? [`${what} failed at ${shortTime(iso(failure.at))} (${failure.inARow} in a row): ${failure.message}`]
      : [];
  });
  return [
    ...(range ? [] : ["No moment can be restored: take a backup (npx license-db backup take)."]),
    ...(failedAt
      ? [`Archiving of WAL fails since ${shortTime(failedAt)}: what is written now is in no backup yet.`]
      : []),
    ...(scheduled?.problem ? [scheduled.problem] : []),
    ...failed,
  ];
}
