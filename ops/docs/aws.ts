import { join } from "node:path";
import { awsResources } from "./awsResources";
import type { Documented } from "./resources";

/** docs/aws.md, and the stacks whose resources it lists: the environments as they stand, and what configuration adds. */
export const aws: Documented = {
  vendor: "aws",
  doc: join(__dirname, "../../docs/aws.md"),
  purposes: awsResources,
  purposesFile: "ops/docs/awsResources.ts",
  region: { "aws:region": "eu-central-1" },
  stacks: {
    prod: { stack: "prod", configuration: {} },
    dev: { stack: "dev", configuration: {} },
    "prod, all asked for": {
      stack: "prod",
      configuration: {
        alerts: { contacts: ["dba@example.org"] },
        access: { allowedCidrs: ["10.0.0.0/16"] },
        aws: { backups: { vaultLock: { enabled: true } } },
      },
    },
    "dev, backed up elsewhere": {
      stack: "dev",
      configuration: { aws: { backups: { copyRegion: "eu-west-1" } } },
    },
  },
};
