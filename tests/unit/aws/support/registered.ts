import * as pulumi from "@pulumi/pulumi";
import type { AwsOptions } from "../../../../components/aws/options";
import type { Region } from "../../../../components/aws/regions";
import { Site } from "../../../../components/aws/site";
import { parseSpec } from "../../../../components/spec/config";
import type { Spec } from "../../../../components/spec/spec";

const DAY = 86_400;
export const ACCOUNT = "123456789012";
export const region: Region = {
  name: "eu-central-1",
  partition: "aws",
  zones: ["euc1-az1", "euc1-az2", "euc1-az3"],
};

export const specOf = (stack: "dev" | "prod", configuration: Readonly<Record<string, unknown>> = {}): Spec =>
  parseSpec({ vendor: "aws", ...configuration }, { project: "license-db", stack });

export const someOptions: AwsOptions = {
  storage: { type: "gp3" },
  network: { cidr: "10.90.0.0/24", zones: [], subnetIds: [], secretsEndpoint: true },
  proxy: true,
  backups: { vaultLock: { enabled: false, changeableFor: 3 * DAY } },
  logRetention: 90 * DAY,
  keyAdministrators: [],
  preflight: false,
};

export interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The SDK has it, but leaves it out of its types. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

/** What `make` registers: each resource with its resolved inputs. */
export async function registeredBy(
  make: (site: Site) => void,
  spec: Spec = specOf("prod"),
  options: AwsOptions = someOptions,
): Promise<readonly Made[]> {
  const made: Made[] = [];
  await pulumi.runtime.setMocks({
    call: () => {
      throw new Error("nobody may be asked while resources are registered");
    },
    newResource: ({ type, name, inputs }) => {
      if (type !== "test:index:Root") made.push({ type, name, inputs });
      const arn = `arn:aws:${type.split(":")[1]?.split("/")[0]}:${region.name}:${ACCOUNT}:${name}`;
      const dnsEntries = [{ dnsName: `${name}.vpce.amazonaws.com` }];
      const answers = { dnsEntries, endpoint: `${name}.example.com`, outputs: { RotationLambdaARN: arn } };
      return { id: `${name}-id`, state: { arn, name, ownerId: ACCOUNT, ...answers, ...inputs } };
    },
  });
  make(new Site(spec, options, region, new pulumi.ComponentResource("test:index:Root", "root")));
  await waitForRPCs();
  return made;
}
