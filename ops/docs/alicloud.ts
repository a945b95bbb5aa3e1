import { join } from "node:path";
import { alicloudResources } from "./alicloudResources";
import type { Documented } from "./resources";

/** docs/alicloud.md, and the stacks whose resources it lists: the environments as they stand, and what configuration adds. */
export const alicloud: Documented = {
  vendor: "alicloud",
  doc: join(__dirname, "../../docs/alicloud.md"),
  purposes: alicloudResources,
  purposesFile: "ops/docs/alicloudResources.ts",
  region: { "alicloud:region": "cn-hangzhou" },
  stacks: {
    prod: { stack: "prod", configuration: {} },
    dev: { stack: "dev", configuration: {} },
    "prod, all asked for": {
      stack: "prod",
      configuration: {
        alerts: { contacts: ["dba@example.org"] },
        access: { allowedCidrs: ["10.0.0.0/16"] },
        alicloud: { proxy: true, encryption: { kmsInstanceId: "kst-hzz65f176a0ogplgq0000" } },
      },
    },
    "prod, copied to another region": {
      stack: "prod",
      configuration: { alicloud: { archive: { method: "crossRegion", region: "cn-shanghai" } } },
    },
  },
};
