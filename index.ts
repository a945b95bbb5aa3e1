import * as pulumi from "@pulumi/pulumi";
import { LicenseDbCluster } from "./components/licenseDbCluster";
import { chosenVendor, parseConfiguration } from "./components/spec/config";
import { expectationsOf } from "./components/spec/expectations";
import { poolSettings } from "./components/spec/pool";
import { PreflightError } from "./components/spec/problems";
import { readRawConfig, secretConfigKeys } from "./components/spec/rawConfig";
import { loadVendor } from "./components/vendors";

/** The stack: configuration in, one cluster, its outputs. The outputs' names are the same for every vendor. */
export = async () => {
  const raw = readRawConfig();
  const stack = pulumi.getStack();
  const chosen = chosenVendor(raw, stack);
  const vendor = chosen && (await loadVendor(chosen));
  const { spec, options } = parseConfiguration(raw, {
    project: pulumi.getProject(),
    stack,
    secretKeys: secretConfigKeys(),
    ...(vendor ? { vendorOptions: { [vendor.name]: vendor.options }, check: vendor.check } : {}),
  });
  // Without a known vendor the configuration was refused above.
  if (!vendor) throw new Error("no vendor was chosen");
  const obstacles = (await vendor.preflight?.(spec, options)) ?? [];
  if (obstacles.length > 0) throw new PreflightError(obstacles, vendor.name, stack);
  const cluster = new LicenseDbCluster(spec.name, { spec, vendor, options });
  return { vendor: vendor.name, ...cluster.outputs, pool: poolSettings(spec), expectations: expectationsOf(spec) };
};
