import * as pulumi from "@pulumi/pulumi";
import { LicenseDbCluster } from "../../components/licenseDbCluster";
import { parseConfiguration } from "../../components/spec/config";
import { loadVendor } from "../../components/vendors";
import { expectations } from "../support/aws";

/** The SDK has it, but leaves it out of its types. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

declare const gc: () => void;

/** So many clusters in one program, under mocks; prints what they took: {"seconds", "megabytes"}. */
async function main(count: number): Promise<void> {
  pulumi.runtime.setAllConfig({ ...expectations.settings }, []);
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs,
      newResource: ({ type, name, inputs }) => ({
        id: `${name}-id`,
        state: { ...inputs, ...expectations.outputs[type]?.(inputs, name) },
      }),
    },
    "license-db",
    "prod",
  );
  const vendor = await loadVendor("aws");
  const make = (name: string) => {
    const { spec, options } = parseConfiguration(
      { vendor: "aws", environment: "prod" },
      {
        project: "license-db",
        stack: name,
        secretKeys: new Set<string>(),
        vendorOptions: { aws: vendor.options },
        check: vendor.check,
      },
    );
    return new LicenseDbCluster(spec.name, { spec, vendor, options });
  };
  // What is loaded and compiled but once is no cluster's.
  make("first");
  await waitForRPCs();
  gc();
  const before = process.memoryUsage().heapUsed;
  const began = process.cpuUsage();
  const made = Array.from({ length: count }, (_, index) => make(`stack-${index}`));
  await waitForRPCs();
  const { user, system } = process.cpuUsage(began);
  const seconds = (user + system) / 1e6;
  gc();
  const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  if (made.length !== count) throw new Error(`${made.length} clusters, not ${count}`);
  console.log(JSON.stringify({ seconds, megabytes }));
}

main(Number(process.argv[2])).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
