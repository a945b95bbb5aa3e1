import { describe, expect, it } from "vitest";
import { forcesTls } from "../../../components/alicloud/instances";
import type { Raw } from "./support/configured";
import { members } from "./support/members";
import { resolved } from "./support/registered";

const INSTANCE = "alicloud:rds/instance:Instance";
const READER = "alicloud:rds/readOnlyInstance:ReadOnlyInstance";

describe("the instances of a production stack", () => {
  it("are a primary with a standby in another zone, encrypted with our key, closed to strangers", async () => {
    const { one } = await members("prod", { access: { allowedCidrs: ["10.1.0.0/16"] } });
    const primary = one(INSTANCE);
    expect(primary.inputs).toMatchObject({
      engine: "PostgreSQL",
      engineVersion: "15.0",
      category: "HighAvailability",
      dbInstanceStorageType: "cloud_essd",
      instanceStorage: 200,
      instanceChargeType: "Postpaid",
      haConfig: "Auto",
      port: "5432",
      securityIps: ["10.1.0.0/16"],
      sslAction: "Open",
      caType: "aliyun",
      maintainTime: "02:00Z-04:00Z",
      autoUpgradeMinorVersion: "Manual",
      monitoringPeriod: 60,
      sqlCollectorStatus: "Enabled",
      sqlCollectorConfigValue: 180,
      storageAutoScale: "Disable",
      deletionProtection: true,
      forceRestart: true,
      encryptionKey: expect.any(String),
      roleArn: expect.stringMatching(/^acs:ram::\d+:role\//),
      pgHbaConfs: [
        {
          priorityId: 0,
          type: "hostssl",
          database: "all",
          user: "all",
          address: "0.0.0.0/0",
          method: "md5",
          mask: "",
          option: "",
        },
      ],
      tags: { Name: primary.name, environment: "prod" },
    });
    const { zoneId, zoneIdSlaveA, vswitchId } = primary.inputs as Record<string, string>;
    expect(zoneIdSlaveA).not.toBe(zoneId);
    expect(vswitchId?.split(",")).toHaveLength(2);
    expect(primary.inputs).not.toHaveProperty("tdeStatus");
    expect(primary.inputs).not.toHaveProperty("acl");
  });

  it("survive a failover, which swaps their zones, and keep the server's key out of plain state", async () => {
    const { one } = await members("prod");
    expect(one(INSTANCE)).toMatchObject({
      protect: true,
      ignored: ["zoneId", "zoneIdSlaveA", "vswitchId", "engineVersion"],
      secretOutputs: expect.arrayContaining(["serverKey"]),
    });
  });

  it("have two readers in different zones, made one after the other", async () => {
    const { made, instances } = await members("prod");
    const readers = made.filter(({ type }) => type === READER);
    expect(readers).toHaveLength(2);
    const [first, second] = readers;
    expect(new Set(readers.map(({ inputs }) => inputs.zoneId)).size).toBe(2);
    expect(second?.after).toContain(first?.name);
    for (const reader of readers) {
      expect(reader).toMatchObject({ protect: true, secretOutputs: expect.arrayContaining(["serverKey"]) });
      expect(reader.inputs).toMatchObject({
        engineVersion: "15.0",
        sslEnabled: 1,
        caType: "aliyun",
        securityIps: ["127.0.0.1"],
        deletionProtection: true,
        forceRestart: true,
        instanceType: expect.stringMatching(/^pgro\./),
      });
    }
    expect(instances.ready).toHaveLength(3);
  });

  it("start only when the service may use the key", async () => {
    const { one, made } = await members("prod");
    const rights = made.filter(({ type }) => /^alicloud:ram\/(rolePolicyAttachment|policy)/.test(type));
    expect(rights.length).toBeGreaterThan(0);
    expect(rights.some(({ name }) => one(INSTANCE).after.includes(name))).toBe(true);
  });

  it("are spoken to in plain text by nobody, unless the proxy may have to", async () => {
    expect(forcesTls({ replicas: 2 }, { proxy: false })).toBe(true);
    expect(forcesTls({ replicas: 0 }, { proxy: true })).toBe(true);
    const { one } = await members("prod", { alicloud: { proxy: true } });
    expect(one(INSTANCE).inputs.pgHbaConfs).toMatchObject([{ type: "host" }]);
  });
});

it("an upgrade that is announced is said to be somebody's to do, and changes no instance", async () => {
  const primaryOf = async (engine: Raw) => {
    const { one, warnings } = await members("prod", engine);
    const { engineVersion, ...others } = one(INSTANCE).inputs;
    return { others, ignored: one(INSTANCE).ignored, engineVersion, said: warnings.join("\n") };
  };
  const before = await primaryOf({});
  const announced = await primaryOf({ engine: { upgradeTo: "17" } });
  const chosen = await primaryOf({ engine: { version: "17", upgradeTo: "17" } });
  expect(before.said).not.toMatch(/keeps its version/);
  expect(announced.said).toMatch(/keeps its version.*to 17 as another instance; docs\/alicloud\.md/);
  expect(announced).toMatchObject({ others: before.others, engineVersion: "15.0" });
  // Replicas made anew are of it, and so is a stack that is not there yet.
  expect(chosen).toMatchObject({ engineVersion: "17.0", ignored: expect.arrayContaining(["engineVersion"]) });
});

it("a development stack is one instance, in one zone, that may go", async () => {
  const { one, made } = await members("dev");
  const primary = one(INSTANCE);
  expect(primary).toMatchObject({ protect: false, inputs: { category: "Basic", deletionProtection: false } });
  for (const left of ["zoneIdSlaveA", "haConfig"]) expect(primary.inputs).not.toHaveProperty(left);
  expect(String(primary.inputs.vswitchId)).not.toContain(",");
  expect(made.filter(({ type }) => type === READER)).toEqual([]);
});

it("transparent data encryption is with the same key, where it is asked for", async () => {
  const { one } = await members("prod", { alicloud: { encryption: { tde: true } } });
  const { tdeStatus, tdeEncryptionKey, encryptionKey } = one(INSTANCE).inputs;
  expect(tdeStatus).toBe("Enabled");
  expect(tdeEncryptionKey).toBe(encryptionKey);
});

it("an endpoint's port is a number, as clients want it", async () => {
  const { instances } = await members("prod", { access: { port: 3433 } });
  expect(await resolved(instances.writer)).toMatchObject({ port: 3433 });
});
