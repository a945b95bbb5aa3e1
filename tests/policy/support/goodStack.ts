import type { VendorName } from "../../../policy/facts/kinds";
import type { Resource } from "../../../policy/facts/resource";
import { runProgram } from "../../support/program";
import { expectations } from "../../support/vendors";
import { asResources } from "./resources";

/** A stack of the repository's, as the program registers it for a vendor; with somebody to tell. */
export async function goodStack(vendor: VendorName, stack: "prod" | "dev"): Promise<readonly Resource[]> {
  const expected = expectations[vendor];
  if (!expected) throw new Error(`tests/support/vendors.ts lacks ${vendor}`);
  const { configuration, settings = {}, outputs } = expected;
  const { resources } = await runProgram({ stack, configuration: { vendor, ...configuration }, settings, outputs });
  return asResources(resources);
}
