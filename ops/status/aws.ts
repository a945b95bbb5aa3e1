import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { DBCluster, DBInstance } from "@aws-sdk/client-rds";
import { optional } from "../cli/optional";
import type { Stack } from "../cli/stack";
import { awsRds, awsRdsClient } from "../cloud/rds";
import type { ServiceFacts } from "./cloud";
import type { Alarm, Member } from "./status";

/** Members and backups as RDS, alarms as CloudWatch tells them. */
export async function serviceFacts(stack: Stack): Promise<ServiceFacts> {
  const { kind, id, region } = stack.cluster;
  const [rds, database, cloudwatch] = await Promise.all([
    awsRds(),
    awsRdsClient(stack),
    optional("@aws-sdk/client-cloudwatch", () => import("@aws-sdk/client-cloudwatch")),
  ]);
  const watcher = new cloudwatch.CloudWatchClient(region === undefined ? {} : { region });
  const [cluster, instances, alarms] = await Promise.all([
    kind === "cluster"
      ? database.send(new rds.DescribeDBClustersCommand({ DBClusterIdentifier: id })).then((one) => one.DBClusters?.[0])
      : undefined,
    database.send(
      new rds.DescribeDBInstancesCommand(
        kind === "cluster" ? { Filters: [{ Name: "db-cluster-id", Values: [id] }] } : { DBInstanceIdentifier: id },
      ),
    ),
    watcher.send(
      new cloudwatch.DescribeAlarmsCommand({ AlarmNamePrefix: `${id}-`, StateValue: "ALARM", MaxRecords: 100 }),
    ),
  ]);
  const found = instances.DBInstances ?? [];
  return {
    members: membersOf(cluster, found),
    backups: backupsOf(cluster, found),
    alarms: {
      source: "CloudWatch",
      firing: (alarms.MetricAlarms ?? [])
        .filter(({ StateValue }) => StateValue === "ALARM")
        .map((one) => alarmOf(one, id)),
    },
    unseen: [],
  };
}

export function membersOf(cluster: DBCluster | undefined, instances: readonly DBInstance[]): Member[] {
  const writers = cluster?.DBClusterMembers?.filter(({ IsClusterWriter }) => IsClusterWriter);
  return instances.map(({ DBInstanceIdentifier: name = "", DBInstanceStatus: state = "not known" }) => ({
    name,
    role:
      cluster === undefined || writers?.some(({ DBInstanceIdentifier }) => DBInstanceIdentifier === name)
        ? "primary"
        : "replica",
    state,
    // What is done to an instance while it serves has names of its own: backing-up, modifying, …
    well: SERVING.has(state),
  }));
}

const SERVING = new Set([
  "available",
  "backing-up",
  "configuring-enhanced-monitoring",
  "configuring-iam-database-auth",
  "configuring-log-exports",
  "modifying",
  "storage-optimization",
]);

export function backupsOf(cluster: DBCluster | undefined, [instance]: readonly DBInstance[]): ServiceFacts["backups"] {
  const seconds = (date: Date | undefined) => (date === undefined ? undefined : date.getTime() / 1000);
  const from = seconds(cluster?.EarliestRestorableTime);
  const to = seconds(cluster?.LatestRestorableTime ?? instance?.LatestRestorableTime);
  return {
    ...(from === undefined ? {} : { recoverableFrom: from }),
    ...(to === undefined ? {} : { recoverableTo: to }),
    failures: to === undefined ? ["RDS knows of no moment that could be restored"] : [],
  };
}

/** Alarms are named STACK-ALERT. */
const alarmOf = ({ AlarmName = "", AlarmDescription, StateReason }: MetricAlarm, id: string): Alarm => ({
  id: AlarmName.slice(id.length + 1),
  title: AlarmName,
  ...(StateReason === undefined ? {} : { detail: StateReason }),
  ...(AlarmDescription === undefined ? {} : { runbook: AlarmDescription }),
});
