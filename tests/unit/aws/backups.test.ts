import { describe, expect, it } from "vitest";
import { databaseOf } from "./support/database";
import { someOptions, specOf } from "./support/registered";

const VAULT = "aws:backup/vault:Vault";
const PLAN = "aws:backup/plan:Plan";
const LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration";
const COPY = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication";

describe("the monthly archive", () => {
  it("is kept for a year, and taken clear of RDS's own windows", async () => {
    const made = await databaseOf(specOf("prod", { backups: { window: "05:00-06:00" } }));
    const [rule] = made.only(PLAN).inputs.rules as Record<string, unknown>[];
    expect(rule).toMatchObject({
      ...{ schedule: "cron(0 7 1 * ? *)", scheduleExpressionTimezone: "Etc/UTC", enableContinuousBackup: false },
      lifecycle: { deleteAfter: 365 },
    });
    expect(rule).not.toHaveProperty("lifecycle.coldStorageAfter");
    const selection = made.only("aws:backup/selection:Selection").inputs;
    expect(selection.resources).toEqual([expect.stringMatching(/:license-db-prod-cluster$/)]);
  });

  it("outlives the stack, with what it cannot do without", async () => {
    const made = await databaseOf(specOf("prod"));
    const behind = [VAULT, "aws:backup/vaultPolicy:VaultPolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"];
    for (const type of behind) {
      const mine = made.all(type).filter(({ name }) => name === "license-db-prod-archive");
      expect(mine, type).toEqual([expect.objectContaining({ retainOnDelete: true, protect: true })]);
    }
    const keys = made.all("aws:kms/key:Key").filter(({ retainOnDelete }) => retainOnDelete);
    expect(keys.map(({ name }) => name).sort()).toEqual(["license-db-prod-archive-key", "license-db-prod-data-key"]);
    expect(made.only(VAULT).inputs).toMatchObject({ forceDestroy: false });
  });

  it("is deleted by nobody before its time", async () => {
    const made = await databaseOf(specOf("prod"));
    const policy = JSON.parse(made.only("aws:backup/vaultPolicy:VaultPolicy").inputs.policy as string);
    expect(policy.Statement).toEqual([expect.objectContaining({ Effect: "Deny", Principal: "*" })]);
    expect(policy.Statement[0].Action).toContain("backup:DeleteRecoveryPoint");
    expect(made.all(LOCK)).toEqual([]);
  });

  it("names keep to AWS Backup's 50 letters, however long the stack's is", async () => {
    const made = await databaseOf({ ...specOf("prod"), name: "l".repeat(40) });
    for (const type of [VAULT, PLAN, "aws:backup/selection:Selection"]) {
      expect(made.only(type).inputs.name, type).toMatch(/^[\w-]{2,50}$/);
    }
  });

  it("is made by a role that backs up, and cannot restore", async () => {
    const made = await databaseOf(specOf("prod"));
    const role = made.all("aws:iam/role:Role").find(({ name }) => name.endsWith("-archive"));
    expect(JSON.parse(String(role?.inputs.assumeRolePolicy)).Statement[0]).toMatchObject({
      Principal: { Service: "backup.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
    });
    const policies = made
      .all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
      .filter(({ name }) => name.endsWith("-archive"))
      .map(({ inputs }) => inputs.policyArn);
    expect(policies).toEqual(["arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"]);
  });

  it("is locked where that is asked for", async () => {
    const vaultLock = { enabled: true, changeableFor: 5 * 86_400 };
    const made = await databaseOf(specOf("prod"), { ...someOptions, backups: { vaultLock } });
    expect(made.only(LOCK)).toMatchObject({
      retainOnDelete: true,
      inputs: { changeableForDays: 5, minRetentionDays: 365, maxRetentionDays: 365 },
    });
  });

  it("is not made where it is switched off", async () => {
    const made = await databaseOf(specOf("prod", { backups: { archiveRetention: "0" } }));
    for (const type of [VAULT, PLAN, "aws:backup/selection:Selection"]) expect(made.all(type)).toEqual([]);
  });
});

describe("the copy in a second region", () => {
  it("is of a single instance, under a key of that region", async () => {
    const backups = { copyRegion: "eu-west-1", vaultLock: someOptions.backups.vaultLock };
    const made = await databaseOf(specOf("dev"), { ...someOptions, backups });
    expect(made.only(COPY).inputs).toMatchObject({ region: "eu-west-1", retentionPeriod: 7 });
    const key = made.all("aws:kms/key:Key").find(({ name }) => name === "license-db-dev-copy-key");
    expect(key).toMatchObject({ retainOnDelete: true, inputs: { region: "eu-west-1", enableKeyRotation: true } });
    expect(made.only(COPY).inputs.kmsKeyId).toMatch(/license-db-dev-copy-key$/);
    expect(String(key?.inputs.policy)).toContain("rds.eu-west-1.amazonaws.com");
  });

  it("is not made unless it is asked for", async () => {
    expect((await databaseOf(specOf("dev"))).all(COPY)).toEqual([]);
  });
});
