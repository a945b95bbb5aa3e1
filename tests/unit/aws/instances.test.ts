import { beforeAll, describe, expect, it } from "vitest";
import { type Database, databaseOf, known } from "./support/database";
import { someOptions, specOf } from "./support/registered";

const CLUSTER = "aws:rds/cluster:Cluster";
const INSTANCE = "aws:rds/instance:Instance";
const CLUSTER_GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup";

describe("the cluster of production", () => {
  let prod: Database;
  beforeAll(async () => {
    prod = await databaseOf(specOf("prod", { timeZone: "Asia/Shanghai" }));
  });

  it("is R1 to R3, R12 to R14 and R17", () => {
    expect(prod.only(CLUSTER).inputs).toMatchObject({
      ...{ clusterIdentifier: "license-db-prod", engine: "postgres", engineVersion: "15", port: 5432 },
      ...{ dbClusterInstanceClass: "db.m6gd.xlarge", storageType: "gp3", allocatedStorage: 200 },
      ...{ databaseName: "license_management", masterUsername: expect.stringMatching(/^[a-z][a-z0-9]{0,15}$/) },
      ...{ storageEncrypted: true, kmsKeyId: expect.stringMatching(/data-key$/) },
      ...{ manageMasterUserPassword: true, masterUserSecretKmsKeyId: expect.stringMatching(/secrets-key$/) },
      ...{ iamDatabaseAuthenticationEnabled: true, caCertificateIdentifier: "rds-ca-rsa2048-g1" },
      ...{ backupRetentionPeriod: 15, preferredBackupWindow: "17:00-18:00", copyTagsToSnapshot: true },
      ...{ preferredMaintenanceWindow: "sat:18:00-sat:20:00", autoMinorVersionUpgrade: false },
      ...{ enabledCloudwatchLogsExports: ["postgresql"], monitoringInterval: 60 },
      ...{ performanceInsightsEnabled: true, performanceInsightsRetentionPeriod: 7 },
      ...{ vpcSecurityGroupIds: [expect.any(String)], dbSubnetGroupName: "license-db-prod-subnets-1f2e3d4" },
    });
    expect(prod.all(INSTANCE)).toEqual([]);
  });

  it("is not lost by mistake", () => {
    const cluster = prod.only(CLUSTER);
    expect(cluster).toMatchObject({ protect: true, retainOnDelete: false });
    expect(cluster.inputs).toMatchObject({
      ...{ deletionProtection: true, skipFinalSnapshot: false, deleteAutomatedBackups: false },
      ...{ finalSnapshotIdentifier: "license-db-prod-final-1f2e3d4c", allowMajorVersionUpgrade: false },
      ...{ applyImmediately: false, engineLifecycleSupport: "open-source-rds-extended-support" },
    });
    expect(prod.only("aws:rds/subnetGroup:SubnetGroup").protect).toBe(true);
  });

  it("leaves a small volume's fixed figures alone", () => {
    expect(prod.only(CLUSTER).inputs).not.toHaveProperty("iops");
    expect(prod.only(CLUSTER).ignoreChanges).toEqual(["masterUsername", "iops"]);
  });

  it("has three members, in an order that is always the same", async () => {
    expect(await Promise.all(prod.instances.members.map(known))).toEqual(
      [1, 2, 3].map((number) => `license-db-prod-instance-${number}`),
    );
  });

  it("says where it is", async () => {
    const { writer, reader, resourceId, masterSecret, className, topology } = prod.instances;
    expect(await known(writer)).toEqual({ host: "writer.example", port: 5432 });
    expect(await known(reader)).toEqual({ host: "reader.example", port: 5432 });
    expect(await known(resourceId)).toBe("cluster-ABC");
    expect(await known(masterSecret)).toMatch(/-secret$/);
    expect({ className, topology }).toEqual({ className: "db.m6gd.xlarge", topology: "cluster" });
  });

  it("has a parameter group of its version's family", () => {
    const group = prod.only(CLUSTER_GROUP);
    expect(group).toMatchObject({ name: "license-db-prod-parameters-15", inputs: { family: "postgres15" } });
    expect(prod.only(CLUSTER).inputs.dbClusterParameterGroupName).toBe("license-db-prod-parameters-15-1f2e3d4");
  });
});

describe("other databases", () => {
  it("development is one instance that may be thrown away", async () => {
    const dev = await databaseOf(specOf("dev"));
    const instance = dev.only(INSTANCE);
    expect(instance).toMatchObject({ protect: false, ignoreChanges: ["username", "iops", "storageThroughput"] });
    expect(instance.inputs).toMatchObject({
      ...{ identifier: "license-db-dev", instanceClass: "db.t4g.medium", multiAz: false, publiclyAccessible: false },
      ...{ storageEncrypted: true, deletionProtection: false, skipFinalSnapshot: true, deleteAutomatedBackups: true },
      ...{ applyImmediately: true, autoMinorVersionUpgrade: true, backupRetentionPeriod: 7 },
    });
    expect(instance.inputs).not.toHaveProperty("finalSnapshotIdentifier");
    expect(dev.all(CLUSTER)).toEqual([]);
    expect(dev.only("aws:rds/parameterGroup:ParameterGroup").inputs.family).toBe("postgres15");
    expect(await Promise.all(dev.instances.members.map(known))).toEqual(["license-db-dev"]);
    expect(await known(dev.instances.reader)).toEqual(await known(dev.instances.writer));
  });

  it("a single instance has a standby where high availability is asked for", async () => {
    const alone = { replicas: 0, synchronousReplication: false };
    const made = await databaseOf(specOf("prod", alone));
    expect(made.only(INSTANCE).inputs).toMatchObject({ multiAz: true, deletionProtection: true });
  });

  it("figures that were chosen are sent, and their changes are seen", async () => {
    const made = await databaseOf(specOf("prod"), { ...someOptions, storage: { type: "io2", iops: 3000 } });
    expect(made.only(CLUSTER)).toMatchObject({
      ignoreChanges: ["masterUsername"],
      inputs: { storageType: "io2", iops: 3000 },
    });
  });
});

describe("a major upgrade", () => {
  const groups = (made: Database) => made.all(CLUSTER_GROUP).map(({ inputs }) => inputs.family);

  it("is announced first: it is allowed, its parameter group is made, and nothing is upgraded", async () => {
    const made = await databaseOf(specOf("prod", { engine: { upgradeTo: "17" } }));
    expect(made.only(CLUSTER).inputs).toMatchObject({
      ...{ engineVersion: "15", allowMajorVersionUpgrade: true },
      dbClusterParameterGroupName: "license-db-prod-parameters-15-1f2e3d4",
    });
    expect(groups(made)).toEqual(["postgres15", "postgres17"]);
  });

  it("is then made, with the group of its own family", async () => {
    const made = await databaseOf(specOf("prod", { engine: { version: "17", upgradeTo: "17" } }));
    expect(made.only(CLUSTER).inputs).toMatchObject({
      ...{ engineVersion: "17", allowMajorVersionUpgrade: true },
      dbClusterParameterGroupName: "license-db-prod-parameters-17-1f2e3d4",
    });
    expect(groups(made)).toEqual(["postgres17"]);
  });
});
