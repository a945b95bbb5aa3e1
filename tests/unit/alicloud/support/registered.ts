import * as pulumi from "@pulumi/pulumi";
import { findRegion } from "../../../../components/alicloud/regions";
import { Site } from "../../../../components/alicloud/site";
import { type Configured, configured, REGION } from "./configured";

export const ACCOUNT = "1234567890123456";

export interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** The SDK has it, but leaves it out of its types. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

/** What `make` registers, each resource with its resolved inputs, and what it gives back. */
export async function registeredBy<T>(
  make: (site: Site) => T,
  { spec, options }: Configured = configured("prod"),
): Promise<{ readonly made: readonly Made[]; readonly given: T }> {
  const made: Made[] = [];
  await pulumi.runtime.setMocks({
    call: () => {
      throw new Error("nobody may be asked while resources are registered");
    },
    newResource: ({ type, name, inputs }) => {
      if (type !== "test:index:Root") made.push({ type, name, inputs });
      return { id: `${name}-id`, state: { ...inputs, arn: arnOf(type, name, inputs) } };
    },
  });
  const region = findRegion(REGION);
  if (!region) throw new Error(`${REGION} is no region`);
  const given = make(new Site(spec, options, region, new pulumi.ComponentResource("test:index:Root", "root")));
  await waitForRPCs();
  return { made, given };
}

function arnOf(type: string, name: string, inputs: Readonly<Record<string, unknown>>): string {
  return type.startsWith("alicloud:ram/")
    ? `acs:ram::${ACCOUNT}:role/${String(inputs.roleName).toLowerCase()}`
    : `acs:kms:${REGION}:${ACCOUNT}:key/${name}-id`;
}

/** The value of an output that is known. */
export const resolved = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => {
    output.apply((value) => {
      resolve(value as T);
    });
  });
