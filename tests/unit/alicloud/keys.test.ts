import { describe, expect, it } from "vitest";
import { ENCRYPTION_ROLE } from "../../../components/alicloud/encryptionRole";
import { createKeys } from "../../../components/alicloud/keys";
import { configured, type Raw } from "./support/configured";
import { ACCOUNT, type Made, registeredBy, resolved } from "./support/registered";

const DAY = 86_400;
const keys = (stack: "dev" | "prod", raw: Raw = {}) => registeredBy(createKeys, configured(stack, raw));
const ofType = (made: readonly Made[], type: string) => made.filter((one) => one.type === `alicloud:${type}`);
const roleArn = `acs:ram::${ACCOUNT}:role/${ENCRYPTION_ROLE.toLowerCase()}`;
const encryption = (section: object) => ({ alicloud: { encryption: section } });

/** The keys that RDS's role may use, as the attached policy says. */
function allowedKeys(made: readonly Made[]): unknown {
  const [policy] = ofType(made, "ram/policy:Policy");
  const { Statement } = JSON.parse(String(policy?.inputs.policyDocument));
  return Statement.filter(({ Action }: { Action: string[] }) => Action.includes("kms:Decrypt")).map(
    ({ Resource }: { Resource: string[] }) => Resource,
  );
}

describe("without a KMS instance", () => {
  it("one key, the account's only one, is for everything and rotates every year", async () => {
    const { made, given } = await keys("prod");
    expect(ofType(made, "kms/key:Key").map(({ inputs }) => inputs)).toMatchObject([
      { automaticRotation: "Enabled", rotationInterval: `${365 * DAY}s`, deletionProtection: "Enabled" },
    ]);
    expect(await resolved(given.archive.id)).toBe(await resolved(given.data.id));
    expect(ofType(made, "kms/alias:Alias").map(({ inputs }) => inputs.aliasName)).toEqual([
      "alias/license-db-prod-data",
    ]);
  });

  it("development's key may be deleted", async () => {
    const { made } = await keys("dev");
    const [key] = ofType(made, "kms/key:Key");
    expect(key?.inputs).toMatchObject({ deletionProtection: "Disabled" });
    expect(key?.inputs).not.toHaveProperty("deletionProtectionDescription");
  });
});

describe("with a KMS instance", () => {
  const kmsInstanceId = "kst-hzz65f176a";

  it("archives have a key of their own", async () => {
    const { made, given } = await keys("prod", {
      encryption: { keyRotation: "90d" },
      ...encryption({ kmsInstanceId }),
    });
    const both = ofType(made, "kms/key:Key").map(({ inputs }) => inputs);
    expect(both).toHaveLength(2);
    for (const inputs of both)
      expect(inputs).toMatchObject({ dkmsInstanceId: kmsInstanceId, rotationInterval: `${90 * DAY}s` });
    expect(await resolved(given.archive.id)).toBe("license-db-prod-archive-id");
    expect(await resolved(given.data.id)).toBe("license-db-prod-data-id");
  });

  it("nothing that is left behind has no key", async () => {
    const { made } = await keys("dev", encryption({ kmsInstanceId }));
    expect(ofType(made, "kms/key:Key").map(({ name }) => name)).toEqual(["license-db-dev-data"]);
  });
});

describe("RDS", () => {
  it("uses the data key and no other, as the role that is made for it", async () => {
    const { made, given } = await keys("prod");
    const [role] = ofType(made, "ram/role:Role");
    expect(role?.inputs.roleName).toBe(ENCRYPTION_ROLE);
    expect(JSON.parse(String(role?.inputs.assumeRolePolicyDocument)).Statement[0].Principal).toEqual({
      Service: ["rds.aliyuncs.com"],
    });
    expect(allowedKeys(made)).toEqual([[await resolved(given.data.arn)]]);
    expect(given.ready).toHaveLength(1);
    if (!given.disk) throw new Error("the disk has no key");
    expect(await resolved(given.disk.encryptionKey)).toBe("license-db-prod-data-id");
    expect(await resolved(given.disk.roleArn)).toBe(roleArn);
  });

  it("uses an existing key as an existing role", async () => {
    const { made, given } = await keys("prod", encryption({ keyId: "key-hzz62f1cb66", roleArn }));
    expect(ofType(made, "kms/key:Key")).toEqual([]);
    expect(ofType(made, "ram/role:Role")).toEqual([]);
    const arn = `acs:kms:cn-hangzhou:${ACCOUNT}:key/key-hzz62f1cb66`;
    expect(await resolved(given.data.arn)).toBe(arn);
    expect(allowedKeys(made)).toEqual([[arn]]);
    const [attachment] = ofType(made, "ram/rolePolicyAttachment:RolePolicyAttachment");
    expect(attachment?.inputs).toMatchObject({ roleName: ENCRYPTION_ROLE.toLowerCase(), policyType: "Custom" });
  });

  it("has no role where nothing is encrypted", async () => {
    const { made, given } = await keys("dev", { encryption: { atRest: false } });
    expect(given.disk).toBeUndefined();
    expect(given.ready).toEqual([]);
    expect(made.filter(({ type }) => type.startsWith("alicloud:ram/"))).toEqual([]);
  });
});
