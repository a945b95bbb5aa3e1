/** docs/capabilities.md: how each vendor meets each requirement, from the vendors themselves. */
import { join } from "node:path";
import { parseConfiguration } from "../../components/spec/config";
import type { Capability, RequirementId } from "../../components/vendor";
import { builtVendors, loadVendor } from "../../components/vendors";
import { markdown } from "./markdown";

export const capabilitiesDoc = join(__dirname, "../../docs/capabilities.md");

/** By vendor, in the order in which they are built. */
export type Capabilities = Readonly<Record<string, Readonly<Record<RequirementId, Capability>>>>;

/** What each vendor says of a production stack that somebody is told of. */
export async function productionCapabilities(): Promise<Capabilities> {
  const answers = await Promise.all(
    builtVendors.map(async (name) => {
      const vendor = await loadVendor(name);
      const { spec, options } = parseConfiguration(
        { vendor: name, alerts: { contacts: ["dba@example.org"] }, timeZone: "UTC" },
        { project: "license-db", stack: "prod", vendorOptions: { [name]: vendor.options } },
      );
      return [name, vendor.capabilities(spec, options)] as const;
    }),
  );
  return Object.fromEntries(answers);
}

const REQUIREMENTS = Array.from({ length: 21 }, (_, index): RequirementId => `R${index + 1}`);

/**
 * The whole file.
 * @throws Error for a vendor that leaves a requirement without an answer.
 */
export function renderCapabilities(capabilities: Capabilities): string {
  const vendors = Object.keys(capabilities);
  const rows = REQUIREMENTS.map((id) => [
    id,
    ...vendors.map((vendor) => {
      const answer = capabilities[vendor]?.[id];
      if (!answer) throw new Error(`vendor ${vendor} says nothing of ${id}`);
      return `**${answer.status}**: ${answer.note}`;
    }),
  ]);
  return `<!-- Written by \`npm run docs\` from each vendor's capabilities.ts: change those. -->
# What each vendor does about each requirement

Of a production stack with a contact, as it stands. **native**: as asked for; **otherwise**: the nearest that protects the
data, and what is different; **not possible**: not at all. A stack's own answers are its output \`capabilities\`.

${markdown([["", ...vendors.map((vendor) => `\`${vendor}\``)], ...rows])}`;
}
