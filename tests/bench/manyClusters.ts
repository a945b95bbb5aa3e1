import * as pulumi from "@pulumi/pulumi";
import { LicenseDbCluster } from "../../components/licenseDbCluster";
import { parseConfiguration } from "../../components/spec/config";
import type { VendorName } from "../../components/spec/spec";
import { loadVendor } from "../../components/vendors";
import { expectations } from "../support/vendors";

/** The SDK has it, but leaves it out of its types. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

declare const gc: () => void;

/** So many clusters in one program, under mocks; prints what they took: {"seconds", "megabytes"}. */
async function main(name: VendorName, count: number): Promise<void> {
  const expected = expectations[name];
  if (!expected) throw new Error(`tests/support/vendors.ts lacks ${name}`);
  pulumi.runtime.setAllConfig({ ...expected.settings }, []);
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs,
      newResource: ({ type, name, inputs }) => ({
        id: `${name}-id`,
        state: { ...inputs, ...expected.outputs[type]?.(inputs, name) },
      }),
    },
    "license-db",
    "prod",
  );
  const vendor = await loadVendor(name);
  const make = (stack: string) => {
    const { spec, options } = parseConfiguration(
      { vendor: name, environment: "prod", ...expected.configuration },
      {
        project: "license-db",
        stack,
        secretKeys: new Set<string>(),
        vendorOptions: { [name]: vendor.options },
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

main(process.argv[2] as VendorName, Number(process.argv[3])).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
