import { absent, type Fact, known, knownValue, lacking, map, orElse, unknown } from "../fact";
import type { AnyFact, Database, DatabaseProxy, Figure, Snapshot, Vault } from "../kinds";
import type { Reader, Readers } from "../reader";
import { Reading } from "../reading";
import { at, type Reference, type Resource } from "../resource";

const GiB = 2 ** 30;
const OF_THE_CLUSTER = lacking("the cluster it belongs to says it");
const OF_THE_SOURCE = lacking("the database it follows says it");
const BY_PARAMETER = lacking("rds.force_ssl in the parameter group says it");
const ONE_FIGURE = lacking("RDS has no audit beside its logs");

/** RDS for PostgreSQL and Aurora PostgreSQL; a database of another engine says nothing here. */
const isPostgres = (reading: Reading): boolean => {
  const engine = knownValue(reading.text("engine"));
  return engine === undefined || engine.includes("postgres");
};

/** What cluster and instance call the same. */
function shared(reading: Reading) {
  return {
    kind: "database" as const,
    ...reading.owned,
    engine: reading.text("engine"),
    version: reading.text("engineVersion"),
    storageEncrypted: reading.flag("storageEncrypted"),
    storageKey: reading.reference("kmsKeyId"),
    insightsEnabled: reading.flag("performanceInsightsEnabled"),
    insightsKey: reading.reference("performanceInsightsKmsKeyId"),
    monitoringInterval: reading.figure("monitoringInterval"),
    backupDays: reading.figure("backupRetentionPeriod"),
    // RDS's one figure for both.
    recoveryDays: reading.figure("backupRetentionPeriod"),
    backupsOutlive: map(orElse(reading.flag("deleteAutomatedBackups"), true), (deletes) => deletes === false),
    finalBackup: map(orElse(reading.flag("skipFinalSnapshot"), false), (skips) => skips === false),
    finalBackupName: reading.text("finalSnapshotIdentifier"),
    deletionProtection: reading.flag("deletionProtection"),
    subnets: reading.reference("dbSubnetGroupName"),
    networkGroups: reading.references("vpcSecurityGroupIds"),
    port: orElse(reading.figure("port"), 5432),
    adminPasswordManaged: reading.flag("manageMasterUserPassword"),
    passwordKey: reading.reference("masterUserSecretKmsKeyId"),
    identityLogin: reading.flag("iamDatabaseAuthenticationEnabled"),
    tlsOffered: lacking("RDS always offers it"),
    asksWho: lacking("RDS keeps pg_hba.conf itself, and lets nobody in without a password or a token"),
    tlsForced: BY_PARAMETER,
    auditEnabled: ONE_FIGURE,
    logs: reading.texts("enabledCloudwatchLogsExports"),
    minorUpgrades: map(orElse(reading.flag("autoMinorVersionUpgrade"), true), (automatic) =>
      automatic === true ? ("automatic" as const) : ("manual" as const),
    ),
    majorUpgradeAllowed: orElse(reading.flag("allowMajorVersionUpgrade"), false),
    copiesTags: reading.flag("copyTagsToSnapshot"),
    tags: reading.tags("tagsAll", "tags"),
    storageBytes: map(reading.figure("allocatedStorage"), (size) => (typeof size === "number" ? size * GiB : size)),
  };
}

/** A Multi-AZ DB cluster names the class of its members; Aurora's members are resources of their own. */
const cluster: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  if (!isPostgres(reading)) return [];
  const multiAz = reading.value("dbClusterInstanceClass").state !== "absent";
  const byMembers = lacking("Aurora's members are resources of their own");
  const fact: Database = {
    ...shared(reading),
    role: "cluster",
    public: lacking("a cluster's members are public where its subnets are"),
    readableReplicas: multiAz ? known(2) : byMembers,
    multiZone: multiAz ? known(true) : byMembers,
    failover: multiAz ? known(true) : byMembers,
    adminName: reading.text("masterUsername"),
    passwordGiven: reading.given("masterPassword"),
    // Aurora leaves the certificate's authority to its members.
    authority: multiAz ? reading.text("caCertificateIdentifier") : byMembers,
    maintenanceWindow: reading.text("preferredMaintenanceWindow"),
    backupWindow: reading.text("preferredBackupWindow"),
    parameterGroup: reading.reference("dbClusterParameterGroupName"),
    source: absent,
    memoryBytes: multiAz ? memory(reading.text("dbClusterInstanceClass")) : byMembers,
    ...(multiAz
      ? {}
      : {
          // Watched at each member; the volume grows by itself.
          monitoringInterval: byMembers,
          insightsEnabled: byMembers,
          insightsKey: byMembers,
          minorUpgrades: byMembers,
          storageBytes: lacking("Aurora's volume grows by itself"),
        }),
  };
  return [fact];
};

const instance: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  if (!isPostgres(reading)) return [];
  const source = reading.reference("replicateSourceDb");
  const replica = source.state !== "absent";
  const multiAz = reading.flag("multiAz");
  const fact: Database = {
    ...shared(reading),
    role: replica ? "replica" : "primary",
    public: orElse(reading.flag("publiclyAccessible"), false),
    readableReplicas: known(0),
    multiZone: multiAz,
    failover: multiAz,
    adminName: reading.text("username"),
    passwordGiven: reading.given("password"),
    authority: reading.text("caCertIdentifier"),
    maintenanceWindow: reading.text("maintenanceWindow"),
    backupWindow: reading.text("backupWindow"),
    parameterGroup: reading.reference("parameterGroupName"),
    source,
    memoryBytes: memory(reading.text("instanceClass")),
    ...(replica
      ? {
          // In the source's own region RDS takes these from it, and refuses another.
          storageEncrypted: orElseFact(reading.flag("storageEncrypted"), OF_THE_SOURCE),
          storageKey: orElseFact(reading.reference("kmsKeyId"), OF_THE_SOURCE),
          subnets: orElseFact(reading.reference("dbSubnetGroupName"), OF_THE_SOURCE),
          storageBytes: orElseFact(reading.figure("allocatedStorage"), OF_THE_SOURCE),
        }
      : {}),
  };
  return [fact];
};

/** A member of an Aurora cluster. */
const clusterInstance: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  if (!isPostgres(reading)) return [];
  const fact: Database = {
    ...shared(reading),
    role: "member",
    storageEncrypted: OF_THE_CLUSTER,
    storageKey: OF_THE_CLUSTER,
    backupDays: OF_THE_CLUSTER,
    recoveryDays: OF_THE_CLUSTER,
    backupsOutlive: OF_THE_CLUSTER,
    finalBackup: OF_THE_CLUSTER,
    finalBackupName: OF_THE_CLUSTER,
    deletionProtection: OF_THE_CLUSTER,
    public: orElse(reading.flag("publiclyAccessible"), false),
    subnets: OF_THE_CLUSTER,
    networkGroups: OF_THE_CLUSTER,
    storageBytes: OF_THE_CLUSTER,
    memoryBytes: memory(reading.text("instanceClass")),
    readableReplicas: OF_THE_CLUSTER,
    multiZone: OF_THE_CLUSTER,
    failover: OF_THE_CLUSTER,
    adminName: OF_THE_CLUSTER,
    adminPasswordManaged: OF_THE_CLUSTER,
    passwordGiven: OF_THE_CLUSTER,
    passwordKey: OF_THE_CLUSTER,
    identityLogin: OF_THE_CLUSTER,
    logs: OF_THE_CLUSTER,
    majorUpgradeAllowed: OF_THE_CLUSTER,
    parameterGroup: OF_THE_CLUSTER,
    authority: reading.text("caCertIdentifier"),
    maintenanceWindow: orElseFact(reading.text("preferredMaintenanceWindow"), OF_THE_CLUSTER),
    backupWindow: OF_THE_CLUSTER,
    source: reading.reference("clusterIdentifier"),
  };
  return [fact];
};

const orElseFact = <T>(fact: Fact<T>, other: Fact<T>): Fact<T> => (fact.state === "absent" ? other : fact);

/** GiB of memory by vCPU: general, memory, compute, and what has more of it. */
const GIB_BY_VCPU: Readonly<Record<string, number>> = { m: 4, r: 8, c: 2, x: 16, z: 8 };
/** Burstable classes keep no such rule. */
const BURSTABLE: Readonly<Record<string, number>> = {
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
  xlarge: 16,
  "2xlarge": 32,
};

/** Bytes of memory of "db.m6gd.xlarge". */
function memory(className: Fact<string>): Fact<Figure> {
  if (className.state !== "known") return className;
  const [, family, size] = /^db\.([a-z]+)[0-9]+[a-z0-9]*\.([a-z0-9]+)$/.exec(className.value) ?? [];
  const unheardOf = lacking(`the pack does not know how much memory ${className.value} has`);
  if (family === undefined || size === undefined) return unheardOf;
  if (family === "t") return BURSTABLE[size] === undefined ? unheardOf : known(BURSTABLE[size] * GiB);
  const [, times] = /^(\d*)xlarge$/.exec(size) ?? [];
  const vcpu = size === "large" ? 2 : times === undefined ? undefined : 4 * Number(times || 1);
  const each = GIB_BY_VCPU[family];
  return vcpu === undefined || each === undefined ? unheardOf : known(vcpu * each * GiB);
}

/** Of those that come with a password; a token is none. */
function proxyScram(reading: Reading): Fact<boolean> {
  if (reading.value("auths").state === "unknown") return unknown("auths");
  for (const path of reading.items("auths")) {
    const type = reading.text(`${path}.clientPasswordAuthType`);
    if (knownValue(reading.text(`${path}.iamAuth`)) === "REQUIRED" && type.state === "absent") continue;
    if (type.state !== "known" || type.value !== "POSTGRES_SCRAM_SHA_256") return map(type, () => false);
  }
  return known(true);
}

/** A further door of a proxy, with groups of its own. */
const proxyEndpoint: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const ofTheProxy = lacking("the proxy says it");
  const fact: DatabaseProxy = {
    kind: "proxy",
    ...reading.owned,
    tlsRequired: ofTheProxy,
    scram: ofTheProxy,
    debugLogging: ofTheProxy,
    networkGroups: reading.references("vpcSecurityGroupIds"),
    public: lacking("a proxy has no public address"),
    secrets: ofTheProxy,
  };
  return [fact];
};

const proxy: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  if (reading.text("engineFamily").state === "known" && knownValue(reading.text("engineFamily")) !== "POSTGRESQL")
    return [];
  const secrets = reading.items("auths").map((path) => reading.reference(`${path}.secretArn`));
  const fact: DatabaseProxy = {
    kind: "proxy",
    ...reading.owned,
    tlsRequired: orElse(reading.flag("requireTls"), false),
    scram: proxyScram(reading),
    debugLogging: orElse(reading.flag("debugLogging"), false),
    networkGroups: reading.references("vpcSecurityGroupIds"),
    public: lacking("a proxy has no public address"),
    secrets:
      reading.value("auths").state === "unknown"
        ? unknown("auths")
        : known(secrets.flatMap((one) => (one.state === "known" ? [one.value] : []))),
  };
  return [fact];
};

/** `sharedAccounts: ["all"]` is everybody. */
const snapshot =
  (encrypted: (reading: Reading) => Fact<boolean>): Reader =>
  (resource) => {
    const reading = new Reading(resource, "aws");
    const fact: Snapshot = {
      kind: "snapshot",
      ...reading.owned,
      sharedWith: orElse(reading.texts("sharedAccounts"), []),
      encrypted: encrypted(reading),
    };
    return [fact];
  };
/** No program says it: RDS does, once the snapshot is made. */
function asMade({ resource: { outputs } }: Reading): Fact<boolean> {
  const said = [at(outputs, "encrypted"), at(outputs, "storageEncrypted")].find(({ state }) => state !== "absent");
  return (said as Fact<boolean> | undefined) ?? lacking("a snapshot is encrypted as its database is");
}
/** A copy is encrypted again where a key is named; else as its source is. */
const byItsKey = (reading: Reading): Fact<boolean> =>
  reading.value("kmsKeyId").state === "absent" ? asMade(reading) : known(true);

/** An instance's backups in another region: a place where backups lie, with a key of its own. */
const automatedBackupsReplication: Reader = (resource: Resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "aws");
  const vault: Vault = {
    kind: "vault",
    ...reading.owned,
    encrypted: known(true),
    key: reading.reference("kmsKeyId") as Fact<Reference>,
    forceDestroy: lacking("replicated backups end with their retention"),
    keptDays: reading.figure("retentionPeriod"),
  };
  return [vault];
};

export const databases: Readers = {
  "aws:rds/cluster:Cluster": cluster,
  "aws:rds/instance:Instance": instance,
  "aws:rds/clusterInstance:ClusterInstance": clusterInstance,
  "aws:rds/proxy:Proxy": proxy,
  "aws:rds/proxyEndpoint:ProxyEndpoint": proxyEndpoint,
  "aws:rds/snapshot:Snapshot": snapshot(asMade),
  "aws:rds/clusterSnapshot:ClusterSnapshot": snapshot(asMade),
  "aws:rds/snapshotCopy:SnapshotCopy": snapshot(byItsKey),
  "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": snapshot(byItsKey),
  "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": automatedBackupsReplication,
};
