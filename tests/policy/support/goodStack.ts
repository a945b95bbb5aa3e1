import type { VendorName } from "../../../policy/facts/kinds";
import type { Resource } from "../../../policy/facts/resource";
import { runProgram } from "../../support/program";
import { expectations } from "../../support/vendors";
import { asResources } from "./resources";

type Configuration = Readonly<Record<string, unknown>>;

/** Somebody to tell, where a vendor's own tests name nobody. */
const TOLD: Partial<Record<VendorName, Configuration>> = {
  local: {
    alerts: { contacts: ["dba@example.com", "https://hooks.example.com/token"] },
    local: { monitoring: { mail: { host: "smtp.example.com" } } },
  },
};

interface Options {
  /** In place of whole keys. */
  readonly configuration?: Configuration;
  /** As a preview shows it. */
  readonly preview?: boolean;
}

/** A stack of the repository's, as the program registers it for a vendor; with somebody to tell. */
export async function goodStack(
  vendor: VendorName,
  stack: "prod" | "dev" | "local",
  { configuration: more, preview = false }: Options = {},
): Promise<readonly Resource[]> {
  const expected = expectations[vendor];
  if (!expected) throw new Error(`tests/support/vendors.ts lacks ${vendor}`);
  const { configuration, settings = {}, outputs } = expected;
  const whole = { vendor, ...configuration, ...TOLD[vendor], ...more };
  const { resources } = await runProgram({ stack, configuration: whole, settings, outputs, preview });
  return asResources(resources);
}
