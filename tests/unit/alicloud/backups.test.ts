import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { monthly, tlsOnly } from "../../../components/alicloud/archive";
import { createBackups } from "../../../components/alicloud/backups";
import { createLogs } from "../../../components/alicloud/logs";
import { configured, type Raw } from "./support/configured";
import { isMarked } from "./support/members";
import { type Made, registeredBy, resolved } from "./support/registered";

// A client is on not every machine that runs these tests; what is in it, the suite "local" looks at.
vi.mock("../../../components/alicloud/archiver/package", () => ({
  archiverPackage: (_ca: string, client: string | undefined) => ({
    zip: `zip of ${client}`,
    version: "0123456789abcdef",
  }),
}));

type Given = Parameters<typeof createBackups>;

async function backups(stack: string, raw: Raw = {}): Promise<readonly Made[]> {
  const vswitch = { id: pulumi.output("vsw-1"), zone: "cn-hangzhou-h" };
  const group = pulumi.output("sg-1");
  const network = {
    vpcId: pulumi.output("vpc-1"),
    vswitches: [vswitch],
    functionGroupId: group,
  } as unknown as Given[1];
  const key = { id: pulumi.output("key-1"), arn: pulumi.output("acs:kms:cn-hangzhou:1:key/key-1") };
  const keys = { data: key, archive: key, ready: [] } as unknown as Given[2];
  const instances = {
    primary: { id: pulumi.output("pgm-1") },
    replicas: [],
    ready: [],
    writer: pulumi.output({ host: "pgm-1.example.com", port: 5432 }),
  } as unknown as Given[3];
  const secrets = {
    ready: [],
    administrator: { username: "license_admin", password: pulumi.secret("of-the-admin-0") },
  } as unknown as Given[4];
  const { made } = await registeredBy(
    (site) => createBackups(site, network, keys, instances, secrets, createLogs(site, network, keys)).archive,
    configured(stack, raw),
  );
  return made;
}

const find = (made: readonly Made[], type: string) => made.filter((one) => one.type === `alicloud:${type}`);
const only = (made: readonly Made[], type: string) => {
  const [one, ...others] = find(made, type);
  if (!one || others.length > 0) throw new Error(`${others.length + (one ? 1 : 0)} resources are ${type}`);
  return one.inputs;
};

describe("production", () => {
  let made: readonly Made[];
  beforeAll(async () => {
    made = await backups("prod");
  });

  it("has a backup every day for 15 days, and the log for 7", () => {
    expect(only(made, "rds/backupPolicy:BackupPolicy")).toMatchObject({
      instanceId: "pgm-1",
      backupRetentionPeriod: 15,
      enableBackupLog: true,
      logBackupRetentionPeriod: 7,
      preferredBackupTime: expect.stringMatching(/^\d\d:00Z-\d\d:00Z$/),
    });
    expect(only(made, "rds/backupPolicy:BackupPolicy").preferredBackupPeriods).toHaveLength(7);
  });

  it("dumps into a bucket that is encrypted, versioned, closed, and lets go of dumps after a year", () => {
    const bucket = only(made, "oss/bucket:Bucket");
    expect(bucket).toMatchObject({
      versioning: { status: "Enabled" },
      serverSideEncryptionRule: { sseAlgorithm: "KMS", kmsMasterKeyId: "key-1" },
      forceDestroy: false,
    });
    expect(bucket.lifecycleRules).toContainEqual(
      expect.objectContaining({ prefix: "monthly/", expirations: [{ days: 365 }] }),
    );
    // What was dumped before a deletion never expires.
    const expiring = (bucket.lifecycleRules as { prefix: string; expirations?: unknown }[]).filter(
      (r) => r.expirations,
    );
    expect(expiring.map(({ prefix }) => prefix)).toEqual(["monthly/"]);
    expect(only(made, "oss/bucketPublicAccessBlock:BucketPublicAccessBlock").blockPublicAccess).toBe(true);
  });

  it("runs the function inside the VPC alone, with its secrets marked", () => {
    const archiver = only(made, "fc/v3Function:V3Function");
    expect(archiver).toMatchObject({
      internetAccess: false,
      vpcConfig: { vpcId: "vpc-1", securityGroupId: "sg-1" },
      logConfig: { logstore: "functions" },
    });
    expect(isMarked(archiver.environmentVariables)).toBe(true);
    const { triggerConfig } = only(made, "fc/v3Trigger:V3Trigger");
    expect(JSON.parse(String(triggerConfig))).toMatchObject({ enable: true, payload: "monthly" });
  });

  it("lets the function write and read dumps, and delete none", () => {
    const { policyDocument } = only(
      made.filter(({ name }) => name.endsWith("archive")),
      "ram/policy:Policy",
    );
    const { Statement: statements } = JSON.parse(String(policyDocument)) as {
      Statement: { Action: string[]; Resource: string[] }[];
    };
    const actions = statements.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /\*|Delete|PutBucket|ListBuckets/.test(action))).toEqual([]);
    for (const { Resource } of statements) expect(Resource).not.toContain("*");
    expect(statements[0]?.Resource.every((one) => /^acs:oss:\*:\*:[^/*]+\/(monthly|final)\/\*$/.test(one))).toBe(true);
  });

  it("keeps logs for a year, the flow log among them, encrypted with the stack's key by a role of that key alone", () => {
    const stores = find(made, "log/store:Store");
    expect(stores).toHaveLength(2);
    for (const { inputs } of stores) {
      expect(inputs).toMatchObject({
        retentionPeriod: 365,
        encryptConf: { enable: true, userCmkInfo: { cmkKeyId: "key-1", regionId: "cn-hangzhou" } },
      });
    }
    const [policy] = find(made, "ram/policy:Policy").filter(({ name }) => name.endsWith("logs"));
    const { Statement } = JSON.parse(String(policy?.inputs.policyDocument)) as {
      Statement: { Action: string[]; Resource: string[] }[];
    };
    const crypto = Statement.filter(({ Action }) => Action.some((action) => /crypt|DataKey/.test(action)));
    expect(crypto.flatMap(({ Resource }) => Resource)).toEqual(["acs:kms:cn-hangzhou:1:key/key-1"]);
    expect(only(made, "vpc/flowLog:FlowLog")).toMatchObject({ resourceType: "VPC", trafficType: "All" });
  });
});

it("copies backups to another region instead, where that is asked for", async () => {
  const made = await backups("prod", { alicloud: { archive: { method: "crossRegion", region: "cn-shanghai" } } });
  expect(only(made, "rds/rdsInstanceCrossBackupPolicy:RdsInstanceCrossBackupPolicy")).toMatchObject({
    crossBackupRegion: "cn-shanghai",
    retention: 365,
    logBackupEnabled: "Enable",
  });
  expect(find(made, "oss/bucket:Bucket")).toEqual([]);
});

it("has no archive where none is asked for, and no setting that an instance without a standby lacks", async () => {
  const made = await backups("dev");
  expect(find(made, "fc/v3Function:V3Function")).toEqual([]);
  expect(only(made, "rds/backupPolicy:BackupPolicy")).not.toHaveProperty("enableBackupLog");
});

it("keeps the function for a last dump without the monthly ones", async () => {
  const made = await backups("prod", { backups: { archiveRetention: "0" } });
  expect(find(made, "fc/v3Function:V3Function")).toHaveLength(1);
  expect(find(made, "fc/v3Trigger:V3Trigger")).toEqual([]);
});

it("leaves the flow log of a VPC that was there before to its owner", async () => {
  const network = { vpcId: "vpc-1", zones: ["cn-hangzhou-h", "cn-hangzhou-i"], vswitchIds: ["vsw-1", "vsw-2"] };
  expect(find(await backups("prod", { alicloud: { network } }), "vpc/flowLog:FlowLog")).toEqual([]);
});

it.each([
  [{ start: 90, timeZone: "Europe/Berlin" }, "CRON_TZ=Europe/Berlin 0 30 1 1 * *"],
  [{ start: 0, timeZone: "UTC" }, "CRON_TZ=UTC 0 0 0 1 * *"],
])("%j is monthly %s", (window, cron) => {
  expect(monthly(window)).toBe(cron);
});

it("refuses plain text to everybody, for the bucket and all in it", async () => {
  const [statement] = tlsOnly("a-bucket").Statement;
  expect(statement).toMatchObject({ Effect: "Deny", Principal: ["*"], Action: ["oss:*"] });
  expect(await resolved(pulumi.all(statement?.Resource ?? []))).toEqual([
    "acs:oss:*:*:a-bucket",
    "acs:oss:*:*:a-bucket/*",
  ]);
});
