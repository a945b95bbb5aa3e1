import { describe, expect, it } from "vitest";
import { expectations, section } from "../support/alicloud";
import { isOneOf, type Registered, runProgram, type Which } from "../support/program";

const { settings = {}, outputs, configuration: always } = expectations;

async function registered(configuration: Readonly<Record<string, unknown>>, stack = "prod") {
  const { resources } = await runProgram({
    stack,
    configuration: { vendor: "alicloud", ...always, ...configuration },
    settings,
    outputs,
  });
  return { resources, component: `license-db-${stack}` };
}
const ofType = (resources: readonly Registered[], type: string) =>
  resources.filter((one) => one.type === `alicloud:${type}`);

/** They go with their instance: deleting them one by one would stop at what the application owns. */
const goWithInstance: readonly Which[] = [
  "alicloud:rds/rdsAccount:RdsAccount",
  "alicloud:rds/database:Database",
  "alicloud:rds/accountPrivilege:AccountPrivilege",
];
/** The one key of the account's region: others may use it, and dumps cannot be read without it. */
const onlyKey: readonly Which[] = ["alicloud:kms/key:Key", "alicloud:kms/alias:Alias"];
const bucket: readonly Which[] = [
  "alicloud:oss/bucket:Bucket",
  "alicloud:oss/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "alicloud:oss/bucketPolicy:BucketPolicy",
  "random:index/randomId:RandomId archive",
];
const noArchive = { archiveRetention: "0" };
const kms = { encryption: { kmsInstanceId: "kst-hzz65f176a0ogplgq0000" } };

describe("what outlives the stack", () => {
  it.each([
    ["production", "prod", {}, [...onlyKey, ...bucket]],
    ["a last dump alone", "prod", { backups: noArchive }, [...onlyKey, ...bucket]],
    ["no dump at all", "prod", { backups: { ...noArchive, finalBackup: false } }, onlyKey],
    ["development", "dev", {}, onlyKey],
    [
      "a KMS instance",
      "prod",
      section(kms),
      ["alicloud:kms/key:Key archive", "alicloud:kms/alias:Alias archive", ...bucket],
    ],
  ] as const)("%s", async (_, stack, configuration, expected) => {
    const { resources, component } = await registered(configuration, stack);
    const outlives = resources.filter(({ retainOnDelete }) => retainOnDelete).map(({ urn }) => urn);
    const those = [...expected, ...goWithInstance];
    const wanted = resources.filter((resource) => isOneOf(those, resource, component)).map(({ urn }) => urn);
    expect(outlives.sort()).toEqual(wanted.sort());
    for (const one of those)
      expect(
        resources.some((resource) => isOneOf([one], resource, component)),
        one,
      ).toBe(true);
  });
});

describe("a stack", () => {
  it("encrypts what can be encrypted with keys of the account, which rotate", async () => {
    for (const more of [{}, section(kms)]) {
      const { resources } = await registered(more);
      const keys = ofType(resources, "kms/key:Key");
      expect(keys).toHaveLength("alicloud" in more ? 2 : 1);
      for (const { inputs } of keys) expect(inputs).toMatchObject({ automaticRotation: "Enabled" });
      const ids = keys.map(({ name }) => `${name}-id`);
      expect(ids).toContain(ofType(resources, "rds/instance:Instance")[0]?.inputs.encryptionKey);
      const rule = ofType(resources, "oss/bucket:Bucket")[0]?.inputs.serverSideEncryptionRule;
      expect(ids).toContain((rule as { kmsMasterKeyId: string }).kmsMasterKeyId);
    }
  });

  it("has tags on everything that takes tags, the user's among them", async () => {
    const { resources } = await registered({ tags: { team: "licensing" } });
    const tagged = resources.filter(({ inputs }) => "tags" in inputs);
    expect(tagged.length).toBeGreaterThan(30);
    for (const { name, inputs } of tagged) {
      expect(inputs.tags, name).toMatchObject({ team: "licensing", "managed-by": "license-db", environment: "prod" });
    }
  });

  it("opens no member to everybody, and none to anybody by default", async () => {
    const lists = async (access: Readonly<Record<string, unknown>>) => {
      const { resources } = await registered({ access });
      const members = ["rds/instance:Instance", "rds/readOnlyInstance:ReadOnlyInstance"];
      return members.flatMap((type) => ofType(resources, type)).map(({ inputs }) => inputs.securityIps);
    };
    expect(await lists({})).toEqual([["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"]]);
    expect(await lists({ allowedCidrs: ["10.1.0.0/16"] })).toEqual([["10.1.0.0/16"], ["10.1.0.0/16"], ["10.1.0.0/16"]]);
    await expect(lists({ allowedCidrs: ["0.0.0.0/0"] })).rejects.toThrow(/access\.allowedCidrs/);
  });

  it("takes existing places, and makes none of its own", async () => {
    const vswitchIds = ["vsw-bp1ddbrxdlrcbim460000", "vsw-bp1ddbrxdlrcbim461111"];
    const zones = ["cn-hangzhou-h", "cn-hangzhou-i"];
    const { resources } = await registered(
      section({ network: { vpcId: "vpc-bp1opxu1zkhn00g0000", zones, vswitchIds } }),
    );
    for (const type of ["vpc/network:Network", "vpc/switch:Switch", "vpc/flowLog:FlowLog"]) {
      expect(ofType(resources, type), type).toEqual([]);
    }
    const [primary] = ofType(resources, "rds/instance:Instance");
    expect(primary?.inputs).toMatchObject({ vpcId: "vpc-bp1opxu1zkhn00g0000", vswitchId: vswitchIds.join(",") });
  });

  it("says of parameters that are not its own to set what becomes of them", async () => {
    const asked = { max_connections: "300", jit: "off", log_statement: "ddl", work_mem: "32MB" };
    const { outputs: given } = await runProgram({
      stack: "prod",
      configuration: { vendor: "alicloud", ...always, parameters: asked },
      settings,
      outputs,
    });
    const report = given.parameters as Record<string, { requested: string; applied?: string; reason?: string }>;
    expect(report.work_mem).toMatchObject({ requested: "32MB", applied: "32MB" });
    for (const name of ["max_connections", "jit", "log_statement"] as const) {
      expect(report[name], name).toMatchObject({ requested: asked[name], change: "service" });
      expect(report[name], name).not.toHaveProperty("applied");
      expect(report[name]?.reason, name).toMatch(/RDS/);
    }
  });
});

describe("the last dump", () => {
  const INVOCATION = "alicloudfc:index:Invocation";
  const crossRegion = section({ archive: { method: "crossRegion", region: "cn-shanghai" } });

  it.each<[string, "dev" | "prod", Readonly<Record<string, unknown>>, boolean]>([
    ["production", "prod", {}, true],
    ["production without monthly dumps", "prod", { backups: noArchive }, true],
    ["development", "dev", {}, false],
    ["production that wants none", "prod", { backups: { finalBackup: false } }, false],
    ["no dump at all", "prod", { backups: { ...noArchive, finalBackup: false } }, false],
    ["copies in another region", "prod", crossRegion, false],
  ])("is what destroy takes, or not, and never what is left out: %s", async (_, stack, configuration, wanted) => {
    const { resources, component } = await registered(configuration, stack);
    const last = resources.find(({ type, name }) => type === INVOCATION && name === `${component}-final-dump`);
    // Taken out of the program it would be deleted, which is when it calls.
    expect(last?.inputs).toMatchObject({ account: { region: "cn-hangzhou" }, triggers: [] });
    const on = last?.inputs.on as Readonly<Record<string, unknown>>;
    expect(Object.keys(on)).toEqual(wanted ? ["destroy"] : []);
    if (wanted) {
      expect(on.destroy).toMatchObject({
        functionName: `${component}-archive`,
        event: { payload: "final" },
        asTask: true,
      });
    }
  });

  it("goes before everything else of the stack, but what neither the dump nor the database needs", async () => {
    const { resources, component } = await registered(section({ proxy: true }));
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    const waited = new Set<string>();
    const follow = (urn: string) => {
      if (waited.has(urn)) return;
      waited.add(urn);
      for (const needed of byUrn.get(urn)?.dependsOn ?? []) follow(needed);
    };
    follow(resources.find(({ name }) => name === `${component}-final-dump`)?.urn ?? "");
    const beside = resources.filter(({ urn, custom }) => custom && !waited.has(urn));
    expect(beside.map(({ type, name }) => `${type} ${name.slice(component.length + 1)}`).sort()).toEqual([
      "alicloud:cms/monitorGroupInstances:MonitorGroupInstances dashboard",
      "alicloud:fc/v3Trigger:V3Trigger archive",
      "alicloud:kms/alias:Alias data",
      "alicloud:log/store:Store flow-log",
      "alicloud:vpc/flowLog:FlowLog flow-log",
      "alicloudfc:index:Invocation set-up",
    ]);
  });

  it("calls as the stack's profile, where it has one", async () => {
    const { resources } = await runProgram({
      stack: "prod",
      configuration: { vendor: "alicloud", ...always },
      settings: { ...settings, "alicloud:profile": "licensing" },
      outputs,
    });
    for (const { inputs } of resources.filter(({ type }) => type === INVOCATION)) {
      expect(inputs.account).toEqual({ region: "cn-hangzhou", profile: "licensing" });
    }
  });
});

describe("a configuration that is refused registers nothing, and names the field", () => {
  const alicloud = section;
  it.each<[string, Readonly<Record<string, unknown>>, RegExp, Readonly<Record<string, string>>?]>([
    [
      "a small disk for its level",
      alicloud({ storage: { performanceLevel: "PL2" } }),
      /storage\.performanceLevel is PL2/,
    ],
    ["half a step of storage", { size: { storage: "203GB" } }, /size\.storage is 203GB.*205GB/],
    ["a zone of elsewhere", alicloud({ network: { zones: ["cn-shanghai-l"] } }), /network\.zones names cn-shanghai-l/],
    ["one zone for two", alicloud({ network: { zones: ["cn-hangzhou-h"] } }), /network\.zones.*two zones/],
    [
      "a class that is none",
      alicloud({ instanceClass: "pg.x4.larg.2c" }),
      /instanceClass.*did you mean pg\.x4\.large\.2c/,
    ],
    ["a class that shares", alicloud({ instanceClass: "pg.n4.4c.2m" }), /instanceClass.*\(R12\)/],
    ["backups kept for a day", { backups: { retention: "1d", pointInTimeRecovery: "1d" } }, /backups\.retention is 1d/],
    ["the log kept longer than backups", { backups: { pointInTimeRecovery: "30d" } }, /backups\.pointInTimeRecovery/],
    [
      "no robot of DingTalk",
      { alerts: { contacts: ["https://oapi.dingtalk.com/robot/T0KEN"] } },
      /alerts\.contacts\[0\]/,
    ],
    ["open to IPv6", { access: { allowedCidrs: ["fd00::/8"] } }, /access\.allowedCidrs has fd00::\/8/],
    [
      "a day that has not come",
      alicloud({ encryption: { passwordsSince: "2099-01-01" } }),
      /passwordsSince is 2099-01-01/,
    ],
    ["another major version at once", { engine: { version: "17" } }, /engine\.version.*engine\.upgradeTo/s],
    ["a minor version", { engine: { version: "15.8" } }, /engine\.version is "15\.8".*write "15"/],
    ["WAL that no replica could use", { parameters: { wal_level: "minimal" } }, /parameters\.wal_level/],
    ["an unknown key", alicloud({ proxi: true }), /alicloud\.proxi/],
    ["an unknown region", {}, /alicloud:region is "cn-hangzho"/, { "alicloud:region": "cn-hangzho" }],
    ["no region", {}, /no Alibaba Cloud region is chosen.*alicloud:region/, { "alicloud:region": "" }],
  ])("%s", async (_, configuration, message, otherSettings = {}) => {
    const types: string[] = [];
    const seen = new Proxy({}, { get: (_, type) => types.push(String(type)) && undefined });
    const refused = runProgram({
      stack: "prod",
      configuration: { vendor: "alicloud", ...section(), ...configuration },
      settings: { ...settings, ...otherSettings },
      outputs: seen,
    });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toThrow(/T0KEN/);
    expect(types).toEqual([]);
  });
});
