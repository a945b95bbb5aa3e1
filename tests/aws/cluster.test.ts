import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Endpoint } from "../../components/vendor";
import { itEvery } from "../support/every";
import { changesOnlyWhatItSays, lost, settled, undrifted } from "./support/applied";
import { clusterChanges, contacts } from "./support/changes";
import { Cloud } from "./support/cloud";
import { merged } from "./support/merge";
import { AwsStack } from "./support/stack";

interface Outputs {
  readonly writer: Endpoint;
  readonly reader: Endpoint;
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  readonly database: string;
  readonly username: string;
  readonly passwordSecret: string;
}

interface Login {
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
}

const INVOKE = /^POST .*\/functions\/[^/]+\/invocations$/;
const DAY = 86_400_000;

describe("production, up for real", () => {
  let cloud: Cloud;
  let stack: AwsStack;
  let base: Record<string, unknown>;
  beforeAll(async () => {
    cloud = await Cloud.start();
    // Those who are let in are there before the database.
    const made = await cloud.query("ec2", "CreateSecurityGroup", {
      GroupName: "app",
      GroupDescription: "applications",
    });
    base = {
      access: {
        allowedCidrs: ["10.1.0.0/16", "fd00::/8"],
        allowedSecurityGroups: [/<groupId>(.*?)<\/groupId>/.exec(made)?.[1]],
      },
      alerts: { contacts: Object.values(contacts) },
    };
    stack = await AwsStack.make("prod", cloud.url, base);
    const { code, output } = await stack.up();
    if (code !== 0) throw new Error(output);
  });
  afterAll(async () => {
    stack?.dispose();
    await cloud?.stop();
  });

  const login = async (): Promise<Login> => {
    const { passwordSecret } = await stack.outputs<Outputs>();
    const { SecretString } = await cloud.json<{ SecretString: string }>(
      "secretsmanager",
      "secretsmanager.GetSecretValue",
      { SecretId: passwordSecret },
    );
    return JSON.parse(SecretString) as Login;
  };
  const invocations = () => cloud.requests().filter(({ operation }) => INVOKE.test(operation)).length;

  it("goes through the proxy, reads apart from writes", async () => {
    const { writer, reader, endpoints } = await stack.outputs<Outputs>();
    expect(writer.host).toMatch(/\.db-proxy-.*\.rds\.amazonaws\.com$/);
    expect(reader.host).toMatch(/\.endpoint\.proxy-.*\.rds\.amazonaws\.com$/);
    expect(endpoints.directWriter?.host).toMatch(/^license-db-prod\.cluster-(?!ro)/);
    expect(endpoints.directReader?.host).toMatch(/^license-db-prod\.cluster-ro-/);
  });

  it("has set the application's database up, with a password that is in the secret alone", async () => {
    const { endpoints, database, username } = await stack.outputs<Outputs>();
    const { ports, authority } = await cloud.databases();
    const secret = await login();
    const host = endpoints.directWriter?.host ?? "";
    expect(secret).toMatchObject({ engine: "postgres", username, dbname: database, host, port: 5432 });
    expect(secret.password).toMatch(/^\S{32}$/);
    expect(await stack.state()).not.toContain(secret.password);

    const client = new Client({
      host: "127.0.0.1",
      port: ports[host] ?? 0,
      user: username,
      database,
      password: secret.password,
      ssl: { ca: authority, servername: host },
    });
    await client.connect();
    try {
      const { rows } = await client.query<{ extname: string }>("select extname from pg_extension");
      expect(rows.map(({ extname }) => extname)).toEqual(expect.arrayContaining(["pgcrypto", "pg_stat_statements"]));
      await client.query("create table licenses (id int); insert into licenses values (1); drop table licenses");
      await expect(client.query("create role another")).rejects.toThrow(/permission denied/);
    } finally {
      await client.end();
    }
  });

  it("set it up once", () => {
    expect(invocations()).toBe(1);
  });

  it("keeps the webhook's token out of the plain state", async () => {
    expect(await stack.state()).not.toContain("T0KEN-of-the-webhook");
    // It is there, or the line above proves nothing.
    const shown = await stack.engine(["stack", "export", "--show-secrets", "--stack", stack.name]);
    expect(shown.stdout).toContain("T0KEN-of-the-webhook");
  });

  settled(
    () => stack,
    () => cloud,
  );
  undrifted(() => stack);

  // The base is made in beforeAll, which the table of tests is read before.
  describe("a change of the configuration", () => {
    changesOnlyWhatItSays(
      () => stack,
      () => base,
      clusterChanges,
    );
  });

  itEvery("takes a change of the volume's type in place, or refuses it: never another database", async () => {
    const { steps, errors } = await stack.preview(merged(base, { aws: { storage: { type: "io2", iops: 4000 } } }));
    // Older versions of the provider replace the cluster, which protection refuses; newer ones change it.
    if (errors.length > 0) expect(errors.join("\n")).toMatch(/unable to replace[\s\S]*protect/);
    else expect(lost(steps)).toEqual([]);
  });

  itEvery("tells another name for the application to the database, its secret and its proxy", async () => {
    const { steps, errors } = await stack.preview(merged(base, { access: { username: "another_app" } }));
    expect(errors).toEqual([]);
    expect(lost(steps)).toEqual([]);
    expect(steps.map(({ resource }) => resource)).toEqual(
      expect.arrayContaining(["lambda/invocation:Invocation set-up", "iam/policy:Policy connect"]),
    );
  });

  it("refuses to be destroyed", async () => {
    const before = cloud.requests().length;
    const { code, output } = await stack.destroy();
    expect(code).not.toBe(0);
    expect(output).toMatch(/protect/);
    const since = cloud.requests().slice(before);
    expect(since.filter(({ operation }) => /^(Delete|DELETE|Schedule|Revoke)/.test(operation))).toEqual([]);
  });

  it("takes many changes at once, of every kind of resource that holds something, and replaces none", async () => {
    base = merged(base, {
      deletionProtection: false,
      tags: { team: "licensing" },
      size: { storage: "300GB" },
      parameters: { work_mem: "32MB", max_connections: "300" },
      backups: { retention: "30d", archiveRetention: "730d" },
      encryption: { keyRotation: "180d", passwordRotation: "30d" },
      maintenance: { minorVersions: "automatic" },
      pool: { serverConnections: 60 },
    });
    const { steps, errors } = await stack.preview(base);
    expect(errors).toEqual([]);
    expect(lost(steps)).toEqual([]);
    expect(steps.length).toBeGreaterThan(60);
    stack.configure(base);
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect((await stack.preview()).steps).toEqual([]);
    expect(invocations()).toBe(1);
  });

  it("is destroyed when told to, and leaves what a restore needs", async () => {
    const { code, output } = await stack.destroy();
    expect(code, output).toBe(0);
    const snapshots = await cloud.query("rds", "DescribeDBClusterSnapshots", { SnapshotType: "manual" });
    expect(snapshots).toMatch(/license-db-prod-final-[0-9a-f]{8}</);
    const done = cloud.requests().map(({ operation }) => operation);
    expect(done.filter((operation) => /DELETE \/backup-vaults\/[^/]+$/.test(operation))).toEqual([]);
    const states = await keyStates(cloud);
    // The data's and the archive's are as they were; the others go in 30 days.
    expect(states.filter(({ KeyState }) => KeyState === "Enabled")).toHaveLength(2);
    const dying = states.filter(({ KeyState }) => KeyState === "PendingDeletion");
    expect(dying).toHaveLength(2);
    for (const { DeletionDate } of dying) expect(DeletionDate * 1000).toBeGreaterThan(Date.now() + 29 * DAY);
  });
});

interface KeyState {
  readonly KeyState: string;
  /** Seconds since 1970. */
  readonly DeletionDate: number;
}

/** Of the customer's own keys. */
async function keyStates(cloud: Cloud): Promise<KeyState[]> {
  const kms = <T>(operation: string, parameters = {}) => cloud.json<T>("kms", `TrentService.${operation}`, parameters);
  const { Keys } = await kms<{ Keys: { KeyId: string }[] }>("ListKeys");
  const described = await Promise.all(
    Keys.map(
      async ({ KeyId }) =>
        (await kms<{ KeyMetadata: KeyState & { Description: string } }>("DescribeKey", { KeyId })).KeyMetadata,
    ),
  );
  // moto has keys of AWS's own, too.
  return described.filter(({ Description }) => Description.includes("license-db-prod"));
}
