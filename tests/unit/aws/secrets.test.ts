import type * as kms from "@pulumi/aws/kms";
import type * as rds from "@pulumi/aws/rds";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iamUsername, LONGEST_USERNAME } from "../../../components/aws/iamRole";
import type { Instances } from "../../../components/aws/instances";
import type { Keys } from "../../../components/aws/keys";
import type { Network } from "../../../components/aws/network";
import type { AwsOptions } from "../../../components/aws/options";
import { createProxy, type EntryPoint, idleTimeout, poolSize } from "../../../components/aws/proxy";
import { passwordRotationDays, rotationApplication } from "../../../components/aws/rotation";
import { createSecrets } from "../../../components/aws/secrets";
import type { Site } from "../../../components/aws/site";
import { topologyOf } from "../../../components/aws/topology";
import { ACCOUNT, type Made, registeredBy, someOptions, specOf } from "./support/registered";

const MASTER = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:rds!cluster-1`;
const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/secrets`;
const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:license-db-prod-application";
const key = (use: string) => ({ arn: pulumi.output(`arn:aws:kms:eu-central-1:${ACCOUNT}:key/${use}`) }) as kms.Key;

const network: Network = {
  vpcId: pulumi.output("vpc-1"),
  accountId: pulumi.output(ACCOUNT),
  subnetIds: ["subnet-1", "subnet-2", "subnet-3"].map((id) => pulumi.output(id)),
  databaseGroup: pulumi.output("sg-database"),
  functionGroup: pulumi.output("sg-function"),
  proxyGroup: pulumi.output("sg-proxy"),
  secretsUrl: pulumi.output("https://secretsmanager.eu-central-1.amazonaws.com"),
  functionReady: [],
};
const keys: Keys = { data: key("data"), secrets: key("secrets"), logs: key("logs") };
const instances = ({ spec }: Site): Instances => ({
  topology: topologyOf(spec),
  resource: {} as rds.Cluster,
  identifier: pulumi.output(spec.name),
  arn: pulumi.output("arn"),
  resourceId: pulumi.output("cluster-ABC"),
  writer: pulumi.output({ host: "writer.example.com", port: 5432 }),
  reader: pulumi.output({ host: "reader.example.com", port: 5432 }),
  members: [],
  masterSecret: pulumi.output(MASTER),
  className: "db.m6gd.xlarge",
});

async function made(stack: "dev" | "prod" = "prod", options: Partial<AwsOptions> = {}) {
  let entry: EntryPoint | undefined;
  const resources = await registeredBy(
    (site) => {
      const secrets = createSecrets(site, network, keys, instances(site));
      entry = createProxy(site, network, keys, instances(site), secrets);
    },
    specOf(stack),
    { ...someOptions, ...options },
  );
  return { resources, entry: entry as EntryPoint };
}

const of = (resources: readonly Made[], type: string, name?: string) =>
  resources.filter((one) => one.type.endsWith(`:${type}`) && (name === undefined || one.name === name));
const inputs = (resources: readonly Made[], type: string, name?: string) => of(resources, type, name)[0]?.inputs ?? {};

interface Policy {
  readonly Statement: readonly {
    readonly Action: readonly string[];
    readonly Resource: unknown;
    Condition?: unknown;
  }[];
}
const policy = (text: unknown): Policy => JSON.parse(String(text)) as Policy;
const value = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => void output.apply(resolve));

describe("the application's secret", () => {
  it("is encrypted with the customer's key, and has no value in the state", async () => {
    const { resources } = await made();
    expect(inputs(resources, "Secret")).toMatchObject({ kmsKeyId: KEY, recoveryWindowInDays: 30 });
    expect(inputs((await made("dev")).resources, "Secret")).toMatchObject({ recoveryWindowInDays: 7 });
    expect(of(resources, "SecretVersion")).toEqual([]);
    expect(JSON.stringify(resources)).not.toMatch(/"password"/);
  });

  it("is rotated, as the master's is, after the function has run", async () => {
    const rules = { automaticallyAfterDays: 90 };
    const { resources } = await made();
    expect(inputs(resources, "SecretRotation", "license-db-prod-master")).toMatchObject({
      secretId: MASTER,
      rotationRules: rules,
    });
    expect(inputs(resources, "SecretRotation", "license-db-prod-application")).toMatchObject({ rotationRules: rules });
    expect(inputs(resources, "CloudFormationStack")).toMatchObject({
      applicationId:
        "arn:aws:serverlessrepo:us-east-1:297356227824:applications/SecretsManagerRDSPostgreSQLRotationSingleUser",
      parameters: {
        functionName: "license-db-prod-rotation",
        endpoint: "https://secretsmanager.eu-central-1.amazonaws.com",
        vpcSubnetIds: "subnet-1,subnet-2,subnet-3",
        vpcSecurityGroupIds: "sg-function",
        kmsKeyArn: KEY,
      },
    });
    // Its log is there first, under the name Lambda will give it.
    expect(of(resources, "LogGroup").map(({ inputs: { name } }) => name)).toContain(
      "/aws/lambda/license-db-prod-rotation",
    );
  });

  it.each([
    ["aws", "us-east-1:297356227824"],
    ["aws-cn", "cn-north-1:193023089310"],
    ["aws-us-gov", "us-gov-west-1:023102451235"],
  ] as const)("is rotated by AWS's function in %s, too", (partition, repository) => {
    const { id, version } = rotationApplication(partition);
    expect(id).toBe(
      `arn:${partition}:serverlessrepo:${repository}:applications/SecretsManagerRDSPostgreSQLRotationSingleUser`,
    );
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("is rotated after whole days that Secrets Manager takes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 86_400, max: 365 * 86_400 }), (seconds) => {
        const days = passwordRotationDays(seconds);
        expect(Number.isInteger(days) && days >= 1 && days <= 1_000).toBe(true);
        expect(days * 86_400).toBeLessThanOrEqual(seconds);
      }),
    );
  });
});

describe("the function", () => {
  it("runs in the subnets, without a secret in its environment or its input", async () => {
    const { resources } = await made();
    const { environment, vpcConfig, ...rest } = inputs(resources, "Function");
    expect(environment).toBeUndefined();
    expect(vpcConfig).toEqual({ subnetIds: ["subnet-1", "subnet-2", "subnet-3"], securityGroupIds: ["sg-function"] });
    expect(rest).toMatchObject({ runtime: "nodejs22.x", handler: "index.handler", timeout: 300 });
    expect(JSON.parse(String(inputs(resources, "Invocation").input))).toEqual({
      masterSecret: MASTER,
      applicationSecret: SECRET,
      secretsUrl: "https://secretsmanager.eu-central-1.amazonaws.com",
      host: "writer.example.com",
      port: 5432,
      database: "license_management",
      username: "license_app",
      iamUsername: "license_app_iam",
      extensions: ["pgcrypto", "pg_stat_statements"],
    });
  });

  it("runs again when its code or the database is another, and else never", async () => {
    const [one, two] = [await made(), await made()].map(({ resources }) => inputs(resources, "Invocation"));
    expect(one?.triggers).toEqual({ code: expect.stringMatching(/^[0-9a-f]{64}$/), database: "cluster-ABC" });
    expect(two).toEqual(one);
  });

  it("may read two secrets, write one, and use the key through Secrets Manager alone", async () => {
    const { resources } = await made();
    const { Statement: statements } = policy(inputs(resources, "RolePolicy", "license-db-prod-set-up").policy);
    const allowed = (action: string) => statements.filter(({ Action }) => Action.includes(action));
    expect(allowed("secretsmanager:GetSecretValue").map(({ Resource }) => Resource)).toEqual([[MASTER, SECRET]]);
    expect(allowed("secretsmanager:PutSecretValue").map(({ Resource }) => Resource)).toEqual([SECRET]);
    for (const action of ["kms:Decrypt", "kms:GenerateDataKey"]) {
      expect(allowed(action)).toMatchObject([
        {
          Resource: KEY,
          Condition: { StringEquals: { "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com" } },
        },
      ]);
    }
    const anywhere = statements.filter(({ Resource }) => Resource === "*").flatMap(({ Action }) => Action);
    expect(anywhere.every((action) => /^(ec2:|secretsmanager:GetRandomPassword$)/.test(action))).toBe(true);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
  });
});

describe("the right to connect", () => {
  it("is for the IAM role of this database, and its secret", async () => {
    const { resources } = await made();
    expect(policy(inputs(resources, "Policy").policy).Statement).toMatchObject([
      {
        Action: ["rds-db:connect"],
        Resource: `arn:aws:rds-db:eu-central-1:${ACCOUNT}:dbuser:cluster-ABC/license_app_iam`,
      },
      { Action: ["secretsmanager:GetSecretValue"], Resource: [SECRET] },
      { Action: ["kms:Decrypt"], Resource: KEY },
    ]);
  });

  it("names a role PostgreSQL does not cut short", () => {
    expect(iamUsername("a".repeat(LONGEST_USERNAME))).toHaveLength(63);
  });
});

describe("the proxy", () => {
  it("of a cluster has a writer's and a reader's endpoint, takes TLS alone, and knows the application alone", async () => {
    const { resources, entry } = await made();
    expect(inputs(resources, "Proxy")).toMatchObject({
      name: "license-db-prod-proxy",
      engineFamily: "POSTGRESQL",
      requireTls: true,
      debugLogging: false,
      idleClientTimeout: 1_800,
      vpcSecurityGroupIds: ["sg-proxy"],
      auths: [
        {
          authScheme: "SECRETS",
          clientPasswordAuthType: "POSTGRES_SCRAM_SHA_256",
          description: "license_app",
          iamAuth: "DISABLED",
          secretArn: SECRET,
        },
      ],
    });
    expect(inputs(resources, "ProxyTarget")).toMatchObject({ dbClusterIdentifier: "license-db-prod" });
    expect(inputs(resources, "ProxyEndpoint")).toMatchObject({ targetRole: "READ_ONLY" });
    expect(await value(entry.writer)).toEqual({ host: "license-db-prod-proxy.example.com", port: 5432 });
    expect(await value(entry.reader)).toEqual({ host: "license-db-prod-read-only.example.com", port: 5432 });
    expect(await value(entry.endpoints)).toEqual({
      directWriter: { host: "writer.example.com", port: 5432 },
      directReader: { host: "reader.example.com", port: 5432 },
    });
    expect(of(resources, "LogGroup").map(({ inputs: { name } }) => name)).toContain(
      "/aws/rds/proxy/license-db-prod-proxy",
    );
  });

  it("of one instance has no reader of its own", async () => {
    const { resources, entry } = await made("dev");
    expect(of(resources, "ProxyEndpoint")).toEqual([]);
    expect(inputs(resources, "ProxyTarget")).toMatchObject({ dbInstanceIdentifier: "license-db-dev" });
    expect(await value(entry.reader)).toEqual(await value(entry.writer));
    expect(await value(entry.endpoints)).toEqual({ directWriter: { host: "writer.example.com", port: 5432 } });
  });

  it("is left out when it is not wanted", async () => {
    const { resources, entry } = await made("prod", { proxy: false });
    expect(resources.filter(({ type }) => type.includes("proxy"))).toEqual([]);
    expect(await value(entry.writer)).toEqual({ host: "writer.example.com", port: 5432 });
    expect(await value(entry.reader)).toEqual({ host: "reader.example.com", port: 5432 });
    expect(await value(entry.endpoints)).toEqual({});
  });

  it("takes as many of the server's connections as the pool is to have", () => {
    expect(poolSize(specOf("prod"), 200)).toEqual({ most: 40, idle: 20 });
    const pool = fc.record({ serverConnections: fc.integer({ min: 1, max: 10_000 }) });
    fc.assert(
      fc.property(pool, fc.integer({ min: 10, max: 10_000 }), ({ serverConnections }, maxConnections) => {
        const { most, idle } = poolSize({ pool: { ...specOf("prod").pool, serverConnections } }, maxConnections);
        expect(most >= 1 && most <= 100 && idle >= 0 && idle <= most).toBe(true);
        const wanted = Math.min(100, (100 * serverConnections) / maxConnections);
        expect(Math.abs(most - Math.max(1, wanted))).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it("keeps an idle connection for longer than the application does, as far as RDS lets it", () => {
    const { pool } = specOf("prod");
    const idle = (seconds: number) =>
      idleTimeout({ pool: { ...pool, application: { ...pool.application, idleTimeout: seconds } } });
    expect([30, 1_000.5, 86_400].map(idle)).toEqual([1_800, 2_001, 28_800]);
  });
});
