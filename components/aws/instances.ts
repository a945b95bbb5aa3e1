import * as rds from "@pulumi/aws/rds";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random"; // a name for the final snapshot that no earlier stack has taken
import type { Endpoint } from "../vendor";
import { chosenClass } from "./classes";
import type { Keys } from "./keys";
import type { Logs } from "./logs";
import type { Network } from "./network";
import type { ParameterGroup } from "./parameters";
import { MASTER_USERNAME } from "./rules";
import type { Site } from "./site";
import { volumeOf } from "./storage";
import { CLUSTER_REPLICAS, type Topology, topologyOf } from "./topology";
import { dailyWindow, weeklyWindow } from "./windows";

/** The database itself. */
export interface Instances {
  readonly topology: Topology;
  readonly resource: rds.Cluster | rds.Instance;
  /** Of the cluster or the instance: what a person types. */
  readonly identifier: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  /** "cluster-..." or "db-...": what rights to connect by IAM name. */
  readonly resourceId: pulumi.Output<string>;
  /** Around the proxy; of a single instance both are the same. */
  readonly writer: pulumi.Output<Endpoint>;
  readonly reader: pulumi.Output<Endpoint>;
  /** DBInstanceIdentifiers, sorted. How many there are is known in a preview: 3 or 1. */
  readonly members: readonly pulumi.Output<string>[];
  /** ARN of the master password that RDS keeps and rotates. */
  readonly masterSecret: pulumi.Output<string>;
  /** "db.m6gd.xlarge". */
  readonly className: string;
}

const DAY = 86_400;
/** Seconds between two figures of the operating system (R15). */
const MONITORING_INTERVAL = 60;
/** Days that Performance Insights keeps at no cost. */
const INSIGHTS_DAYS = 7;
/** In every region, and good until 2061. */
const CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1";
/** A major upgrade copies the data first. */
const TIMEOUTS = { create: "3h", update: "6h", delete: "3h" };

/** What a cluster and an instance have in common, in the words both take. */
function common(site: Site, network: Network, keys: Keys, logs: Logs) {
  const { spec, region } = site;
  const { finalBackup, retention } = spec.backups;
  return {
    region: region.name,
    engine: "postgres",
    engineVersion: spec.engine.version,
    // Past the end of standard support RDS would else upgrade the major version by itself; this costs, and is no surprise.
    engineLifecycleSupport: "open-source-rds-extended-support",
    // R19: announced by engine.upgradeTo, and only then
    allowMajorVersionUpgrade: spec.engine.upgradeTo !== undefined,
    autoMinorVersionUpgrade: spec.maintenance.minorVersions === "automatic",
    // What interrupts waits for the window, but where nobody minds an interruption.
    applyImmediately: spec.profile !== "prod",
    port: spec.access.port,
    // R13: RDS makes the master password, keeps it and rotates it; nobody here ever sees it
    manageMasterUserPassword: true,
    masterUserSecretKmsKeyId: keys.secrets.arn,
    iamDatabaseAuthenticationEnabled: true,
    dbSubnetGroupName: subnetGroup(site, network).name,
    vpcSecurityGroupIds: [network.databaseGroup],
    storageEncrypted: true,
    kmsKeyId: keys.data.arn,
    backupRetentionPeriod: Math.ceil(retention / DAY),
    copyTagsToSnapshot: true,
    // What a last snapshot makes up for is thrown away only where none is wanted either.
    deleteAutomatedBackups: !finalBackup,
    ...(finalBackup
      ? { skipFinalSnapshot: false, finalSnapshotIdentifier: finalSnapshot(site) }
      : { skipFinalSnapshot: true }),
    deletionProtection: spec.deletionProtection,
    enabledCloudwatchLogsExports: ["postgresql"],
    monitoringInterval: MONITORING_INTERVAL,
    monitoringRoleArn: logs.monitoringRole.arn,
    performanceInsightsEnabled: true,
    performanceInsightsKmsKeyId: keys.data.arn,
    performanceInsightsRetentionPeriod: INSIGHTS_DAYS,
    tags: site.tags("database"),
  };
}

/** R2, R3, R4: the cluster or the instance. Deleting it takes deletion protection off first, and leaves a snapshot. */
export function createInstances(
  site: Site,
  network: Network,
  keys: Keys,
  parameters: ParameterGroup,
  logs: Logs,
): Instances {
  const shared = common(site, network, keys, logs);
  // RDS would make the log itself, without key and end.
  const dependsOn = [logs.postgresql, ...logs.monitoringReady];
  const options = { dependsOn, customTimeouts: TIMEOUTS };
  return topologyOf(site.spec) === "cluster"
    ? createCluster(site, shared, parameters, options)
    : createInstance(site, shared, parameters, options);
}

type Common = ReturnType<typeof common>;

/*
 * What changes are not made of: the administrator's name, as an adopted database has its own, and another one would
 * replace it; and a small volume's fixed figures, which the service reports and nobody may send.
 */

function createCluster(
  site: Site,
  shared: Common,
  parameters: ParameterGroup,
  options: pulumi.CustomResourceOptions,
): Instances {
  const { spec } = site;
  const { iops, storageType, allocatedStorage } = volumeOf(spec, site.options);
  const className = chosenClass(spec, site.options);
  const now = new Date();
  const cluster = new rds.Cluster(
    site.name("cluster"),
    {
      ...shared,
      clusterIdentifier: spec.name,
      dbClusterInstanceClass: className,
      storageType,
      allocatedStorage,
      ...(iops === undefined ? {} : { iops }),
      databaseName: spec.access.database,
      masterUsername: MASTER_USERNAME,
      dbClusterParameterGroupName: parameters.groupName,
      preferredBackupWindow: dailyWindow(spec.backups.window, now),
      preferredMaintenanceWindow: weeklyWindow(spec.maintenance.window, now),
      caCertificateIdentifier: CERTIFICATE_AUTHORITY,
    },
    site.kept({ ...options, ignoreChanges: ["masterUsername", ...(iops === undefined ? ["iops"] : [])] }),
  );
  const endpoint = (host: pulumi.Output<string>) => pulumi.output({ host, port: cluster.port });
  return {
    topology: "cluster",
    resource: cluster,
    identifier: cluster.clusterIdentifier,
    arn: cluster.arn,
    resourceId: cluster.clusterResourceId,
    writer: endpoint(cluster.endpoint),
    reader: endpoint(cluster.readerEndpoint),
    members: Array.from({ length: CLUSTER_REPLICAS + 1 }, (_, index) =>
      cluster.clusterMembers.apply((members) => member(members, index)),
    ),
    masterSecret: cluster.masterUserSecrets.apply(secretArn),
    className,
  };
}

function createInstance(
  site: Site,
  shared: Common,
  parameters: ParameterGroup,
  options: pulumi.CustomResourceOptions,
): Instances {
  const { spec } = site;
  const { iops, storageThroughput, storageType, allocatedStorage } = volumeOf(spec, site.options);
  const className = chosenClass(spec, site.options);
  const now = new Date();
  const instance = new rds.Instance(
    site.name("instance"),
    {
      ...shared,
      identifier: spec.name,
      instanceClass: className,
      multiAz: spec.highAvailability,
      storageType,
      allocatedStorage,
      ...(iops === undefined ? {} : { iops }),
      ...(storageThroughput === undefined ? {} : { storageThroughput }),
      dbName: spec.access.database,
      username: MASTER_USERNAME,
      parameterGroupName: parameters.groupName,
      publiclyAccessible: false,
      backupWindow: dailyWindow(spec.backups.window, now),
      maintenanceWindow: weeklyWindow(spec.maintenance.window, now),
      caCertIdentifier: CERTIFICATE_AUTHORITY,
    },
    site.kept({
      ...options,
      ignoreChanges: ["username", ...(iops === undefined ? ["iops", "storageThroughput"] : [])],
    }),
  );
  const endpoint = pulumi.output({ host: instance.address, port: instance.port });
  return {
    topology: "instance",
    resource: instance,
    identifier: instance.identifier,
    arn: instance.arn,
    resourceId: instance.resourceId,
    writer: endpoint,
    reader: endpoint,
    members: [instance.identifier],
    masterSecret: instance.masterUserSecrets.apply(secretArn),
    className,
  };
}

/** Another one would replace the database, so it is kept as the database is. */
function subnetGroup(site: Site, network: Network): rds.SubnetGroup {
  return new rds.SubnetGroup(
    site.name("subnets"),
    {
      region: site.region.name,
      description: `Isolated subnets of ${site.spec.name}`,
      subnetIds: [...network.subnetIds],
      tags: site.tags("subnets"),
    },
    site.kept(),
  );
}

/** "license-db-prod-final-1f2e3d4c": the same at every `up`, another one in a stack that is made anew. */
function finalSnapshot(site: Site): pulumi.Output<string> {
  const id = new random.RandomId(site.name("final-snapshot"), { byteLength: 4 }, site.child());
  return pulumi.interpolate`${site.spec.name}-final-${id.hex}`;
}

function member(members: readonly string[], index: number): string {
  const found = [...members].sort()[index];
  if (found === undefined) throw new Error(`the cluster has ${members.length} members: RDS gives it three`);
  return found;
}

function secretArn(secrets: readonly { readonly secretArn?: string }[]): string {
  const found = secrets[0]?.secretArn;
  if (found === undefined) throw new Error("RDS made no secret for the master password, though it was told to");
  return found;
}
