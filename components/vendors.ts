import type { VendorName } from "./spec/spec";
import type { Vendor } from "./vendor";

/** Every vendor, by its word in the configuration; a vendor's code (and its SDK) is loaded only when it is chosen. */
const vendors: Partial<Record<VendorName, () => Promise<{ readonly vendor: Vendor }>>> = {
  local: () => import("./local"),
  aws: () => import("./aws"),
  alicloud: () => import("./alicloud"),
};

export const builtVendors = Object.keys(vendors) as readonly VendorName[];

export async function loadVendor(name: VendorName): Promise<Vendor> {
  const load = vendors[name];
  if (!load) throw new Error(`vendor "${name}" is not built yet; there is ${builtVendors.join(", ")}`);
  return (await load()).vendor;
}
