import { CreateAliasCommand, CreateKeyCommand, KMSClient, ListKeyRotationsCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silent } from "../../components/local/tools/reporter";
import type { Context } from "../../ops/cli/operation";
import type { Stack } from "../../ops/cli/stack";
import { rotateSecret } from "../../ops/rotate/aws";
import { rotateKeys } from "../../ops/rotate/keys";
import { SecretsManager } from "./support/secretsManager";

const REGION = "eu-central-1";
let secrets: SecretsManager;
let kms: KMSClient;
const before = { ...process.env };

beforeAll(async () => {
  secrets = await SecretsManager.start();
  // Where the SDKs find it, as an operator's own settings would tell them.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: secrets.url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  kms = new KMSClient({ region: REGION });
});
afterAll(() => {
  kms?.destroy();
  secrets?.stop();
  process.env = before;
});

function context<Options>(stack: Partial<Stack>, options: Options, confirmed: string[][] = []) {
  return {
    stack: {
      name: "prod",
      vendor: "aws",
      username: "license_app",
      cluster: { kind: "cluster", id: "license-db-prod", region: REGION },
      ...stack,
    },
    options,
    report: silent,
    signal: new AbortController().signal,
    confirm: async (consequences: readonly string[]) => void confirmed.push([...consequences]),
  } as unknown as Context<Options>;
}

const SOON = { between: 20, most: 1_000 };

describe("the password of a stack on AWS", () => {
  it("is rotated by Secrets Manager, once somebody has confirmed", async () => {
    const passwordSecret = await secrets.create("once", { username: "license_app", password: "old" });
    const version = await secrets.versionId(passwordSecret);
    const confirmed: string[][] = [];
    const unconfirmed = { ...context({ passwordSecret }, {}), confirm: () => Promise.reject(new Error("nobody")) };
    await expect(rotateSecret(unconfirmed, ["change it"], SOON)).rejects.toThrow("nobody");
    expect(await secrets.versionId(passwordSecret)).toBe(version);

    const { data } = await rotateSecret(context({ passwordSecret }, {}, confirmed), ["change it"], SOON);
    expect(confirmed).toEqual([["change it"]]);
    expect(data).toMatchObject({ secret: passwordSecret, version: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect((data as { version: string }).version).not.toBe(version);
    expect(JSON.stringify(data)).not.toContain("old");
  });

  it("is seen through where a rotation is under way, and said not to be finished where it hangs", async () => {
    const passwordSecret = await secrets.create("twice", { username: "license_app", password: "old" });
    const pending = await secrets.put(passwordSecret, JSON.stringify({ password: "new" }), "AWSPENDING");
    await expect(rotateSecret(context({ passwordSecret }, {}), [], SOON)).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining("the same command again waits on"),
    });
    const waiting = rotateSecret(context({ passwordSecret }, {}), [], { between: 20, most: 10_000 });
    await new Promise((later) => setTimeout(later, 200));
    await secrets.makeCurrent(passwordSecret, pending);
    expect((await waiting).data).toMatchObject({ version: pending });
  });

  it("is nowhere to be found without the secret's name", async () => {
    await expect(rotateSecret(context({}, {}), [], SOON)).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe("the keys of a stack on AWS", () => {
  const rotations = async (KeyId: string) => (await kms.send(new ListKeyRotationsCommand({ KeyId }))).Rotations?.length;

  it("get new material: those that are the stack's, and no others", async () => {
    const keys: Record<string, string> = {};
    for (const alias of ["license-db-prod-data", "license-db-prod-logs", "license-db-prod-2-data", "elsewhere"]) {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      keys[alias] = KeyMetadata?.KeyId ?? "";
      await kms.send(new CreateAliasCommand({ AliasName: `alias/${alias}`, TargetKeyId: keys[alias] }));
    }
    const counts = () => Promise.all(Object.values(keys).map(rotations));
    const dry = await rotateKeys(context({}, { dryRun: true }));
    expect(dry.text).toBe("It would rotate alias/license-db-prod-data.\nIt would rotate alias/license-db-prod-logs.");
    expect(await counts()).toEqual([0, 0, 0, 0]);
    const confirmed: string[][] = [];
    await rotateKeys(context({}, {}, confirmed));
    expect(confirmed).toHaveLength(1);
    expect(await counts()).toEqual([1, 1, 0, 0]);
  });

  it("are of this account and of AWS, or it says what to do instead", async () => {
    const strange = { cluster: { kind: "cluster", id: "license-db-test", region: REGION } } as const;
    await expect(rotateKeys(context(strange, {}))).rejects.toThrow("No key has an alias of stack prod");
    await expect(rotateKeys(context({ vendor: "alicloud" }, {}))).rejects.toThrow("aliyun kms CreateKeyVersion");
    await expect(rotateKeys(context({ vendor: "local" }, {}))).rejects.toThrow("one key alone");
  });
});
