import { setTimeout as sleep } from "node:timers/promises";
import type { RecoveryPointByResource } from "@aws-sdk/client-backup";
import type { DBCluster, DBClusterSnapshot, DBInstance, DBSnapshot } from "@aws-sdk/client-rds";
import type { Context } from "../cli/operation";
import { type Result, table } from "../cli/out";
import type { Stack } from "../cli/stack";
import { awsBackup, awsBackupClient, awsRds, awsRdsClient, serviceFailed } from "../cloud/rds";
import { shortTime } from "./info";

/** A snapshot, or a recovery point of AWS Backup. */
export interface CloudBackup {
  readonly label: string;
  /** "automated", "manual", "archive", … */
  readonly type: string;
  /** ISO 8601; absent while it is being made. */
  readonly endedAt?: string;
  readonly state: string;
}

const iso = (date: Date | undefined) => (date === undefined ? {} : { endedAt: date.toISOString() });

export const ofSnapshot = (snapshot: DBClusterSnapshot & DBSnapshot): CloudBackup => ({
  label: snapshot.DBClusterSnapshotIdentifier ?? snapshot.DBSnapshotIdentifier ?? "",
  type: snapshot.SnapshotType ?? "",
  ...iso(snapshot.SnapshotCreateTime),
  state: snapshot.Status ?? "",
});

export const ofRecoveryPoint = (point: RecoveryPointByResource): CloudBackup => ({
  label: point.RecoveryPointArn ?? "",
  type: "archive",
  ...iso(point.CreationDate),
  state: (point.Status ?? "").toLowerCase(),
});

/** What a cluster and an instance tell alike or apart of themselves. */
type Database = Pick<DBCluster, "DBClusterArn" | "EarliestRestorableTime" | "LatestRestorableTime"> &
  Pick<DBInstance, "DBInstanceArn">;

/** The moments that can be restored. */
export function rangeOf(database: Database | undefined): { earliest?: string; latest?: string } {
  const from = database?.EarliestRestorableTime;
  const to = database?.LatestRestorableTime;
  return {
    ...(from === undefined ? {} : { earliest: from.toISOString() }),
    ...(to === undefined ? {} : { latest: to.toISOString() }),
  };
}

export async function list(stack: Stack): Promise<Result> {
  const { kind, id } = stack.cluster;
  const [rds, rdsClient, backup, backupClient] = await Promise.all([
    awsRds(),
    awsRdsClient(stack),
    awsBackup(),
    awsBackupClient(stack),
  ]);
  const [database, snapshots] =
    kind === "cluster"
      ? await Promise.all([
          rdsClient
            .send(new rds.DescribeDBClustersCommand({ DBClusterIdentifier: id }))
            .then(({ DBClusters }) => DBClusters?.[0]),
          rdsClient
            .send(new rds.DescribeDBClusterSnapshotsCommand({ DBClusterIdentifier: id }))
            .then(({ DBClusterSnapshots }) => DBClusterSnapshots),
        ])
      : await Promise.all([
          rdsClient
            .send(new rds.DescribeDBInstancesCommand({ DBInstanceIdentifier: id }))
            .then(({ DBInstances }) => DBInstances?.[0]),
          rdsClient
            .send(new rds.DescribeDBSnapshotsCommand({ DBInstanceIdentifier: id }))
            .then(({ DBSnapshots }) => DBSnapshots),
        ]);
  const named = database as Database | undefined;
  const arn = named?.DBClusterArn ?? named?.DBInstanceArn;
  const points =
    arn === undefined
      ? []
      : ((await backupClient.send(new backup.ListRecoveryPointsByResourceCommand({ ResourceArn: arn })))
          .RecoveryPoints ?? []);
  const backups = [...(snapshots ?? []).map(ofSnapshot), ...points.map(ofRecoveryPoint)];
  return shown(backups, rangeOf(named));
}

/** Snapshots of any cloud, newest first, with the moments that can be restored. */
export function shown(backups: readonly CloudBackup[], range: { earliest?: string; latest?: string }): Result {
  const sorted = [...backups].sort((a, b) => (b.endedAt ?? "~").localeCompare(a.endedAt ?? "~"));
  const rows = sorted.map(({ label, type, endedAt, state }) => [label, type, endedAt ? shortTime(endedAt) : "", state]);
  const well = range.latest !== undefined;
  return {
    data: { recovery: well ? range : null, backups: sorted },
    text: [
      table([["label", "type", "ended", "state"], ...rows]),
      "",
      well
        ? `A restore reaches any moment ${range.earliest ? `from ${shortTime(range.earliest)} ` : "of the retention "}to ${shortTime(range.latest ?? "")}.`
        : "The service knows of no moment that could be restored.",
    ].join("\n"),
    well,
  };
}

/** "license-db-20261123-0204-05": of a stack, and of a second. */
export const snapshotName = (id: string, now: Date): string =>
  `${id}-by-hand-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")}`;

/** Milliseconds between two looks. */
const LOOK = 5_000;

export async function take({ stack, options, report, signal }: Context<{ dryRun?: boolean }>): Promise<Result> {
  const { kind, id } = stack.cluster;
  const name = snapshotName(id, new Date());
  if (options.dryRun) return { data: { snapshot: name }, text: `Would take the snapshot ${name} of ${id}.` };
  const [rds, client] = await Promise.all([awsRds(), awsRdsClient(stack)]);
  const [made] = await report.all([
    {
      title: `taking the snapshot ${name}`,
      async run(progress) {
        if (kind === "cluster") {
          const names = { DBClusterIdentifier: id, DBClusterSnapshotIdentifier: name };
          await client.send(new rds.CreateDBClusterSnapshotCommand(names));
        } else {
          await client.send(new rds.CreateDBSnapshotCommand({ DBInstanceIdentifier: id, DBSnapshotIdentifier: name }));
        }
        for (;;) {
          const [found] =
            kind === "cluster"
              ? ((await client.send(new rds.DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: name })))
                  .DBClusterSnapshots ?? [])
              : ((await client.send(new rds.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: name }))).DBSnapshots ??
                []);
          if (found?.Status === "available") return ofSnapshot(found);
          if (found?.Status !== undefined && !/^(creating|copying|pending)/.test(found.Status)) {
            throw serviceFailed(`The snapshot ${name}`, found.Status);
          }
          progress(`${found?.PercentProgress ?? 0} %`);
          await sleep(LOOK, undefined, { signal });
        }
      },
      outcome: ({ label }: CloudBackup) => label,
    },
  ]);
  return { data: made, text: `${name}: it stays until somebody deletes it, also when the stack goes.` };
}
