import { describe, expect, it } from "vitest";
import { expectations } from "../support/aws";
import { isOneOf, runProgram, type Which } from "../support/program";

const { settings = {}, outputs } = expectations;

async function registered(configuration: Readonly<Record<string, unknown>>, stack = "prod") {
  const { resources } = await runProgram({
    stack,
    configuration: { vendor: "aws", ...configuration },
    settings,
    outputs,
  });
  return { resources, component: `license-db-${stack}` };
}

/** What no final snapshot and no archive could be read without. */
const readsSnapshots: readonly Which[] = ["aws:kms/key:Key data-key"];
const readsArchives: readonly Which[] = [
  "aws:kms/key:Key data-key",
  "aws:kms/key:Key archive-key",
  "aws:backup/vault:Vault",
  "aws:backup/vaultPolicy:VaultPolicy",
  // It deletes what has been kept long enough.
  "aws:iam/role:Role archive",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment archive",
];
const noArchive = { archiveRetention: "0" };

describe("what outlives the stack", () => {
  it.each([
    ["prod", {}, [...readsSnapshots, ...readsArchives]],
    ["prod", { backups: noArchive }, readsSnapshots],
    ["prod", { backups: { ...noArchive, finalBackup: false } }, []],
    ["dev", {}, []],
    ["dev", { backups: { archiveRetention: "365d" } }, readsArchives],
  ] as const)("%s with %j", async (stack, configuration, expected) => {
    const { resources, component } = await registered(configuration, stack);
    const outlives = resources.filter(({ retainOnDelete }) => retainOnDelete).map(({ urn }) => urn);
    const wanted = resources.filter((resource) => isOneOf(expected, resource, component)).map(({ urn }) => urn);
    expect(outlives.sort()).toEqual(wanted.sort());
    expect(wanted).toHaveLength(new Set(expected).size);
  });
});

describe("the keys", () => {
  it("encrypt whatever can be encrypted with them", async () => {
    const { resources } = await registered(expectations.configuration);
    const keyed = new Map<string, readonly string[]>([
      ["aws:rds/cluster:Cluster", ["kmsKeyId", "masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId"]],
      ["aws:secretsmanager/secret:Secret", ["kmsKeyId"]],
      ["aws:cloudwatch/logGroup:LogGroup", ["kmsKeyId"]],
      ["aws:sns/topic:Topic", ["kmsMasterKeyId"]],
      ["aws:backup/vault:Vault", ["kmsKeyArn"]],
    ]);
    for (const [type, fields] of keyed) {
      const found = resources.filter((resource) => resource.type === type);
      expect(found, type).not.toEqual([]);
      for (const { name, inputs } of found) {
        for (const field of fields) expect(String(inputs[field]), `${name}: ${field}`).toMatch(/-key(-id)?$/);
      }
    }
  });

  it("rotate, and let nobody in by a wildcard", async () => {
    const { resources } = await registered({});
    const keys = resources.filter(({ type }) => type === "aws:kms/key:Key");
    expect(keys).toHaveLength(4);
    for (const { name, inputs } of keys) {
      expect(inputs, name).toMatchObject({ enableKeyRotation: true, rotationPeriodInDays: 365 });
      const { Statement } = JSON.parse(String(inputs.policy)) as { Statement: { Principal: unknown }[] };
      for (const { Principal } of Statement) expect(JSON.stringify(Principal), name).not.toMatch(/"\*"/);
    }
  });
});

describe("a stack", () => {
  it("has tags on everything that takes tags, the user's among them", async () => {
    const { resources } = await registered({ tags: { team: "licensing" } });
    const tagged = resources.filter(({ inputs }) => "tags" in inputs);
    expect(tagged.length).toBeGreaterThan(40);
    for (const { name, inputs } of tagged) {
      expect(inputs.tags, name).toMatchObject({ team: "licensing", "managed-by": "license-db", environment: "prod" });
    }
  });

  it("names its region on everything that has one", async () => {
    const { resources } = await registered({});
    const global = /^(license-db|random|aws:iam)[:/]/;
    for (const { type, name, inputs } of resources.filter((resource) => !global.test(resource.type))) {
      expect(inputs.region, `${type} ${name}`).toBe("eu-central-1");
    }
  });

  it("opens the database to those who are named, and to nobody by default", async () => {
    const rules = async (access: Readonly<Record<string, unknown>>) =>
      (await registered({ access })).resources
        .filter(({ type }) => type === "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        .map(({ inputs }) => inputs);
    const closed = await rules({});
    expect(closed.filter(({ cidrIpv4, cidrIpv6 }) => cidrIpv4 ?? cidrIpv6)).toEqual([]);
    const open = await rules({ allowedCidrs: ["10.1.0.0/16"], allowedSecurityGroups: ["sg-0123456789abcdef0"] });
    const added = open.length - closed.length;
    // One for the proxy, one for the database itself.
    expect(added).toBe(4);
    for (const { ipProtocol, fromPort, toPort } of open) {
      expect(ipProtocol).toBe("tcp");
      expect(fromPort).toBe(toPort);
    }
  });
});
