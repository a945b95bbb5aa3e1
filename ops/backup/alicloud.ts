import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";
import type { Stack } from "../cli/stack";
import { type Alicloud, alicloud, serviceFailed } from "../cloud/rds";
import { type CloudBackup, shown } from "./aws";

/** As DescribeBackups gives one. */
export interface RawBackup {
  readonly backupId?: string;
  readonly backupMode?: string;
  readonly backupStatus?: string;
  readonly backupEndTime?: string;
}

export const ofBackup = ({
  backupId = "",
  backupMode = "",
  backupStatus = "",
  backupEndTime,
}: RawBackup): CloudBackup => ({
  label: backupId,
  type: backupMode.toLowerCase(),
  ...(backupEndTime ? { endedAt: new Date(backupEndTime).toISOString() } : {}),
  state: backupStatus.toLowerCase(),
});

/** Its list is asked for by a span of time; the archive is kept for a year. */
const SPAN = 400 * 86_400_000;
/** "2026-11-23T02:04Z" */
const minute = (time: number): string => `${new Date(time).toISOString().slice(0, 16)}Z`;

export async function list(stack: Stack, service?: Alicloud): Promise<Result> {
  const { api, client } = service ?? (await alicloud(stack));
  const DBInstanceId = stack.cluster.id;
  const { body } = await client.describeBackups(
    new api.DescribeBackupsRequest({
      DBInstanceId,
      startTime: minute(Date.now() - SPAN),
      endTime: minute(Date.now() + 60_000),
      pageSize: 100,
    }),
  );
  return shown((body?.items?.backup ?? []).map(ofBackup), await recoveryWindow({ api, client }, DBInstanceId));
}

/** The moments that can be restored. */
export async function recoveryWindow(
  { api, client }: Alicloud,
  DBInstanceId: string,
): Promise<{ earliest?: string; latest?: string }> {
  const asked = new api.DescribeAvailableRecoveryTimeRequest({ DBInstanceId });
  const { recoveryBeginTime, recoveryEndTime } = (await client.describeAvailableRecoveryTime(asked)).body ?? {};
  const iso = (time: string) => new Date(time).toISOString();
  return {
    ...(recoveryBeginTime ? { earliest: iso(recoveryBeginTime) } : {}),
    ...(recoveryEndTime ? { latest: iso(recoveryEndTime) } : {}),
  };
}

/** Milliseconds between two looks. */
const LOOK = 5_000;

export async function take(
  { stack, options, report, signal }: Pick<Context<{ dryRun?: boolean }>, "stack" | "options" | "report" | "signal">,
  service?: Alicloud,
): Promise<Result> {
  const DBInstanceId = stack.cluster.id;
  if (options.dryRun) return { data: { instance: DBInstanceId }, text: `Would take a backup of ${DBInstanceId}.` };
  const { api, client } = service ?? (await alicloud(stack));
  const [made] = await report.all([
    {
      title: `taking a backup of ${DBInstanceId}`,
      async run(progress) {
        const { body } = await client.createBackup(
          new api.CreateBackupRequest({ DBInstanceId, backupMethod: "Physical" }),
        );
        for (;;) {
          const tasks = await client.describeBackupTasks(
            new api.DescribeBackupTasksRequest({
              DBInstanceId,
              ...(body?.backupJobId === undefined ? {} : { backupJobId: Number(body.backupJobId) }),
            }),
          );
          const task = tasks.body?.items?.backupJob?.[0];
          const state = task?.backupStatus ?? task?.backupProgressStatus ?? "NoStart";
          if (/^(finished|success)$/i.test(state)) return task?.backupId ?? "";
          if (/^(failed|error)$/i.test(state)) throw serviceFailed("The backup", state);
          progress(`${task?.process ?? 0} %`);
          await sleep(LOOK, undefined, { signal });
        }
      },
      outcome: (id: string) => id,
    },
  ]);
  return { data: { backup: made }, text: `Backup ${made}: kept as long as the scheduled ones.` };
}
