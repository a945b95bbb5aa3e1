import * as pulumi from "@pulumi/pulumi";
import { afterEach, expect, it, vi } from "vitest";
import { preflight } from "../../../components/alicloud/preflight";
import { configured, type Raw, REGION } from "./support/configured";

const IDENTITY = "alicloud:index/getCallerIdentity:getCallerIdentity";
const CLASSES = "alicloud:rds/getInstanceClasses:getInstanceClasses";
const ROLES = "alicloud:ram/getRoles:getRoles";

type Answers = Readonly<Record<string, (inputs: Readonly<Record<string, unknown>>) => Record<string, unknown>>>;

const good: Answers = {
  [IDENTITY]: () => ({ accountId: "1234567890123456" }),
  [CLASSES]: () => ({ instanceClasses: [{ instanceClass: "pg.x4.large.2c" }] }),
  [ROLES]: () => ({ roles: [] }),
};

/** As gRPC tells what went wrong in the provider. */
const refuse = (details: string) => () => {
  throw Object.assign(new Error(details), { details });
};

/** What the pre-flight of production says to such an account, and which questions it asked. */
async function asked(answers: Answers, raw: Raw = {}, provider: Readonly<Record<string, string>> = {}) {
  const calls: { readonly token: string; readonly inputs: Readonly<Record<string, unknown>> }[] = [];
  pulumi.runtime.setAllConfig({ "alicloud:region": REGION, ...provider });
  await pulumi.runtime.setMocks({
    newResource: refuse("nothing may be registered"),
    call: ({ token, inputs }) => {
      calls.push({ token, inputs });
      const answer = answers[token];
      if (!answer) throw new Error(`${token} was not expected`);
      return answer(inputs);
    },
  });
  const { spec, options } = configured("prod", raw);
  return { obstacles: await preflight(spec, options), calls };
}

const warned = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
vi.spyOn(pulumi.log, "info").mockResolvedValue();

afterEach(() => {
  vi.unstubAllEnvs();
  warned.mockClear();
  pulumi.runtime.setAllConfig({});
});

it("finds nothing against an account that can hold production", async () => {
  const { obstacles, calls } = await asked(good);
  expect(obstacles).toEqual([]);
  const zones = calls.filter(({ token }) => token === CLASSES).map(({ inputs }) => inputs);
  expect(zones).toEqual([
    expect.objectContaining({ zoneId: "cn-hangzhou-h", engineVersion: "15.0", category: "HighAvailability" }),
    expect.objectContaining({ zoneId: "cn-hangzhou-i", dbInstanceStorageType: "cloud_essd" }),
  ]);
});

it.each([
  ["the option", { alicloud: { preflight: false } }, {}],
  ["a preview without the cloud", {}, { "alicloud:skipRegionValidation": "true" }],
])("asks nobody with %s", async (_, raw, provider) => {
  expect(await asked({}, raw, provider)).toEqual({ obstacles: [], calls: [] });
});

it("stops at credentials that are none, and says where to get some", async () => {
  const { obstacles, calls } = await asked({ [IDENTITY]: refuse("no valid credential sources found") });
  expect(obstacles).toEqual([expect.stringMatching(/no valid credential sources.*ALIBABA_CLOUD_ACCESS_KEY_ID/)]);
  expect(calls).toHaveLength(1);
});

it.each([
  ["that the shell lacks", "", 1],
  ["that the shell has, too", "an-id", 0],
])("says of keys in the stack's configuration %s that functions are called with the shell's", async (_, id, times) => {
  for (const name of ["ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"]) vi.stubEnv(name, "");
  vi.stubEnv("ALIBABA_CLOUD_ACCESS_KEY_ID", id);
  expect((await asked(good, {}, { "alicloud:accessKey": "an-id" })).obstacles).toEqual([]);
  const said = warned.mock.calls.filter(([message]) => /alicloud:accessKey.*ALIBABA_CLOUD_ACCESS_KEY_ID/.test(message));
  expect(said).toHaveLength(times);
});

it("tells everything that rules the stack out, and how to overrule it", async () => {
  const arn = "acs:ram::1234567890123456:role/aliyunrdsinstanceencryptiondefaultrole";
  const { obstacles } = await asked({
    ...good,
    [CLASSES]: ({ zoneId }) => ({
      instanceClasses: zoneId === "cn-hangzhou-i" ? [] : [{ instanceClass: "pg.x4.large.2c" }],
    }),
    [ROLES]: () => ({ roles: [{ arn, description: "of somebody else" }] }),
  });
  expect(obstacles).toEqual([
    expect.stringMatching(/^pg\.x4\.large\.2c is not on sale in cn-hangzhou-i: /),
    expect.stringContaining(`roleArn to ${arn}`),
  ]);
  for (const obstacle of obstacles) expect(obstacle).toContain("alicloud.preflight false");
});

it("goes on with a warning where a question is not answered", async () => {
  const { obstacles } = await asked({ ...good, [ROLES]: refuse("Forbidden.RAM") });
  expect(obstacles).toEqual([]);
  expect(warned.mock.calls.map(([message]) => message)).toEqual([
    expect.stringMatching(/RDS's role for keys.*Forbidden\.RAM/),
  ]);
});
