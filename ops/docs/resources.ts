/** The part of a cloud's docs that comes from code: which resources there are, and which requirement each is for. */
import * as pulumi from "@pulumi/pulumi";
import { LicenseDbCluster } from "../../components/licenseDbCluster";
import { parseConfiguration } from "../../components/spec/config";
import type { VendorName } from "../../components/spec/spec";
import type { RequirementId } from "../../components/vendor";
import { loadVendor } from "../../components/vendors";
import { code, markdown } from "./markdown";

/** What one type of resource is there for. */
export interface ResourcePurpose {
  readonly requirements: readonly RequirementId[];
  readonly purpose: string;
}

/** One cloud's documentation. */
export interface Documented {
  readonly vendor: VendorName;
  /** The file with the marks between which the table is written. */
  readonly doc: string;
  /** By type: "rds.Cluster". */
  readonly purposes: Readonly<Record<string, ResourcePurpose>>;
  /** Where these stand, for whoever has to add one. */
  readonly purposesFile: string;
  /** Configuration of the provider. */
  readonly region: Readonly<Record<string, string>>;
  /** Stacks whose resources are listed: "prod" and "dev" as they stand, and what configuration adds. */
  readonly stacks: Readonly<Record<string, { readonly stack: string; readonly configuration: object }>>;
}

/** By stack, how many resources of each type ("rds.Cluster") it has. */
export type RegisteredTypes = Readonly<Record<string, ReadonlyMap<string, number>>>;

/** The SDK has it, but leaves it out of its types. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

/** Runs the vendor's program for each stack the way a preview does, without a cloud, and counts what it registers. */
export async function registeredTypes(documented: Documented): Promise<RegisteredTypes> {
  const counted: Record<string, ReadonlyMap<string, number>> = {};
  // One after the other: the engine's stand-in is one for all.
  for (const name of Object.keys(documented.stacks)) counted[name] = await typesOf(documented, name);
  return counted;
}

async function typesOf(documented: Documented, name: string): Promise<ReadonlyMap<string, number>> {
  const { stack, configuration } = documented.stacks[name] ?? { stack: name, configuration: {} };
  const counts = new Map<string, number>();
  pulumi.runtime.setAllConfig({ ...documented.region }, []);
  const project = "license-db";
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => {
        throw new Error(`${token} was called while resources were registered: a preview asks nobody`);
      },
      newResource: ({ type, inputs }) => {
        const short = shortType(documented.vendor, type);
        if (short) counts.set(short, (counts.get(short) ?? 0) + 1);
        // As in a preview: what only creation tells is not known.
        return { id: "", state: inputs };
      },
    },
    project,
    stack,
    true,
  );
  const vendor = await loadVendor(documented.vendor);
  const { spec, options } = parseConfiguration(
    { vendor: vendor.name, ...configuration },
    { project, stack, vendorOptions: { [vendor.name]: vendor.options }, check: vendor.check },
  );
  new LicenseDbCluster(spec.name, { spec, vendor, options });
  await waitForRPCs();
  return counts;
}

/**
 * "aws:rds/cluster:Cluster" -> "rds.Cluster", "random:index/randomId:RandomId" -> "random.RandomId", of a provider of ours
 * "alicloudfc:index:Invocation" -> "alicloudfc.Invocation"; else: no provider's.
 */
function shortType(vendor: VendorName, type: string): string | undefined {
  const [, provider, module, name] = /^(\w+):(\w+)(?:\/\w+|(?<=:index)):(\w+)$/.exec(type) ?? [];
  return name && `${provider === vendor ? module : provider}.${name}`;
}

/**
 * The table of resources.
 * @throws Error for a type that is registered and has no purpose, or has one and is never registered.
 */
export function renderResources({ purposes, purposesFile }: Documented, registered: RegisteredTypes): string {
  const found = new Set(Object.values(registered).flatMap((counts) => [...counts.keys()]));
  const unexplained = [...found].filter((type) => !Object.hasOwn(purposes, type));
  const stale = Object.keys(purposes).filter((type) => !found.has(type));
  if (unexplained.length > 0 || stale.length > 0) {
    throw new Error(
      `${purposesFile} lacks ${unexplained.join(", ") || "nothing"} and has too much: ${stale.join(", ") || "nothing"}`,
    );
  }
  const count = (stack: string, type: string) => String(registered[stack]?.get(type) ?? "");
  const rows = Object.entries(purposes).map(([type, { requirements, purpose }]) => [
    code(type),
    purpose,
    requirements.join(", "),
    count("prod", type),
    count("dev", type),
  ]);
  return markdown([["resource", "for", "requirements", "prod", "dev"], ...rows]);
}

const startOf = (file: string) => `<!-- resources: written by \`npm run docs\` from ${file} and the program itself -->`;
const END = "<!-- end of resources -->";

/** `text` with the table between its two marks. */
export function withResources(documented: Documented, text: string, registered: RegisteredTypes): string {
  const start = startOf(documented.purposesFile);
  const [before, rest] = text.split(start);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${documented.doc} lacks ${start} or ${END}`);
  return `${before}${start}\n\n${renderResources(documented, registered)}\n${END}${after}`;
}
