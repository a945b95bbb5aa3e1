import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REGION, section } from "../support/alicloud";
import { every } from "../support/every";
import { Exit } from "./support/exit";
import { type Configuration, configured, open, preview } from "./support/preview";

const vpc = {
  vpcId: "vpc-bp1opxu1zkhn00g0000",
  zones: [`${REGION}-h`, `${REGION}-i`],
  vswitchIds: ["vsw-bp1ddbrxdlrcbim460000", "vsw-bp1ddbrxdlrcbim461111"],
};
const [instance, reader] = ["rds/instance:Instance", "rds/readOnlyInstance:ReadOnlyInstance"];

type Row = [string, "dev" | "prod", Configuration, Readonly<Record<string, number>>];
const PRODUCTION: Row = ["production", "prod", {}, { [instance]: 1, [reader]: 2, "oss/bucket:Bucket": 1 }];

describe("a preview without a cloud", () => {
  const exit = new Exit();
  beforeAll(() => exit.open());
  afterAll(() => exit.close());

  it.concurrent.each<Row>([
    ["development", "dev", {}, { [instance]: 1, [reader]: 0 }],
    // By themselves production's defaults are previewed in tests/policy/stacks.test.ts, too.
    ...(every ? [PRODUCTION] : []),
    [
      "as much as can be asked for at once",
      "prod",
      {
        ...section({
          proxy: true,
          encryption: { kmsInstanceId: "kst-hzz65f176a0ogplgq0000", tde: true },
          archive: { method: "crossRegion", region: "cn-shanghai" },
          storage: { performanceLevel: "PL2" },
        }),
        size: { storage: "500GB" },
        access: { allowedCidrs: ["10.0.0.0/8"], allowedSecurityGroups: ["sg-bp67acfmxazb4p000000"] },
        alerts: {
          contacts: [
            "dba@example.com",
            `https://oapi.dingtalk.com/robot/send?access_token=${"a".repeat(64)}`,
            "https://hooks.example.com/x",
          ],
        },
      },
      { "rds/rdsDbProxy:RdsDbProxy": 1, "kms/secret:Secret": 1, "kms/key:Key": 2, "cms/alarmContact:AlarmContact": 2 },
    ],
    [
      "in an existing VPC, with an existing key and role",
      "prod",
      {
        ...section({
          network: vpc,
          encryption: { keyId: "key-hzz62f1cb66fa42qo0000", roleArn: "acs:ram::1234567890123456:role/existing" },
        }),
        replicas: 3,
      },
      { "vpc/network:Network": 0, "vpc/switch:Switch": 0, "kms/key:Key": 0, [reader]: 3 },
    ],
  ])("%s: the provider's own checks pass, and nobody is called", async (_, stack, configuration, wanted) => {
    const offline = await open(stack);
    try {
      offline.configure(configured(offline, configuration));
      const { steps, failures } = await preview(offline);
      expect(failures).toEqual([]);
      expect(steps.filter(({ op }) => op !== "create")).toEqual([]);
      expect(steps.length).toBeGreaterThan(30);
      for (const [type, number] of Object.entries(wanted)) {
        expect(steps.filter((step) => step.type === `alicloud:${type}`).length, type).toBe(number);
      }
      expect(exit.asked).toEqual([]);
    } finally {
      offline.close();
    }
  });
});
