import type { DBCluster, DBInstance } from "@aws-sdk/client-rds";
import { EXIT, OperationError } from "../cli/exit";
import type { Stack } from "../cli/stack";
import { awsRds, awsRdsClient } from "../cloud/rds";
import type { FaultKind, Subject } from "./subject";

/** What a drill asks of RDS. */
export interface Rds {
  cluster(id: string): Promise<DBCluster | undefined>;
  /** Of a cluster, or the one of that name. */
  instances(kind: "cluster" | "instance", id: string): Promise<readonly DBInstance[]>;
  failOver(cluster: string): Promise<unknown>;
  reboot(instance: string, failOver: boolean): Promise<unknown>;
}

/** Seconds that the newest moment that can be restored may be old: RDS saves its log every five minutes. */
const RECENT = 15 * 60;

export async function awsSubject(stack: Stack): Promise<Subject> {
  return subjectOn(stack, await rdsOf(stack));
}

/** An RDS Multi-AZ DB cluster, or one instance with a standby. */
export function subjectOn({ cluster: { kind, id } }: Pick<Stack, "cluster">, rds: Rds): Subject {
  const topology = kind === "cluster" ? "cluster" : "instance";
  const instances = () => rds.instances(topology, id);
  const ailing = async () => {
    const found = await instances();
    const away = found.filter(({ DBInstanceStatus }) => DBInstanceStatus !== "available");
    const cluster = topology === "cluster" ? await rds.cluster(id) : undefined;
    if (found.length === 0) return `RDS knows no instance of ${id}`;
    if (cluster !== undefined && cluster.Status !== "available") return `The cluster is ${cluster.Status}`;
    if (away.length === 0) return undefined;
    return away.map((one) => `${one.DBInstanceIdentifier} is ${one.DBInstanceStatus}`).join(", ");
  };
  const readers = async () => {
    const members = (await rds.cluster(id))?.DBClusterMembers ?? [];
    return members.filter(({ IsClusterWriter }) => !IsClusterWriter).map((one) => one.DBInstanceIdentifier ?? "");
  };
  const words = async (kindOfFault: FaultKind) => {
    if (kindOfFault === "replica-loss") return `RebootDBInstance of ${(await readers()).sort()[0]}, a reader`;
    return topology === "cluster" ? `FailoverDBCluster of ${id}` : `RebootDBInstance of ${id} with ForceFailover`;
  };
  return {
    async obstacles(kindOfFault) {
      if (kindOfFault === "switchover")
        throw one("Failover and switchover are one request to RDS: npx license-db drill failover.");
      if (kindOfFault === "replica-loss" && topology === "instance") {
        throw one("The stack is one RDS instance, whose standby cannot be reached: npx license-db drill failover.");
      }
      const found = await ailing();
      const [instance] = await instances();
      const newest = (await (topology === "cluster" ? rds.cluster(id) : instance))?.LatestRestorableTime;
      const old = newest === undefined || Date.now() - newest.getTime() > RECENT * 1000;
      return [
        ...(found === undefined ? [] : [`${found}: a drill begins with a healthy cluster (npx license-db status).`]),
        ...(topology === "instance" && instance?.MultiAZ !== true
          ? ["The instance has no standby in a second zone: set license-db:highAvailability to true."]
          : []),
        ...(old
          ? [
              `The newest moment that RDS could restore is ${newest?.toISOString() ?? "not known"}: see why its backups do not go on.`,
            ]
          : []),
      ];
    },
    plan: words,
    async inject(kindOfFault) {
      const said = await words(kindOfFault);
      if (kindOfFault === "replica-loss") await rds.reboot((await readers()).sort()[0] ?? "", false);
      else if (topology === "cluster") await rds.failOver(id);
      else await rds.reboot(id, true);
      return said;
    },
    // A commit waits for one of two readers, or for the standby.
    synchronous: async () => true,
    ailing,
  };
}

const one = (message: string): OperationError => new OperationError(EXIT.usage, message);

async function rdsOf(stack: Stack): Promise<Rds> {
  const [sdk, client] = await Promise.all([awsRds(), awsRdsClient(stack)]);
  return {
    cluster: async (id) =>
      (await client.send(new sdk.DescribeDBClustersCommand({ DBClusterIdentifier: id }))).DBClusters?.[0],
    async instances(kind, id) {
      const which =
        kind === "cluster" ? { Filters: [{ Name: "db-cluster-id", Values: [id] }] } : { DBInstanceIdentifier: id };
      return (await client.send(new sdk.DescribeDBInstancesCommand(which))).DBInstances ?? [];
    },
    failOver: (id) => client.send(new sdk.FailoverDBClusterCommand({ DBClusterIdentifier: id })),
    reboot: (id, failOver) =>
      client.send(
        new sdk.RebootDBInstanceCommand({ DBInstanceIdentifier: id, ...(failOver ? { ForceFailover: true } : {}) }),
      ),
  };
}
