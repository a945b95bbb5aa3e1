/** The part of docs/aws.md that comes from code: which resources there are, and which requirement each is for. */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LicenseDbCluster } from "../../components/licenseDbCluster";
import { parseConfiguration } from "../../components/spec/config";
import { loadVendor } from "../../components/vendors";
import { awsResources } from "./awsResources";
import { code, markdown } from "./markdown";

export const awsDoc = join(__dirname, "../../docs/aws.md");

/** Stacks whose resources are listed: the environments as they stand, and what configuration adds. */
const stacks = {
  prod: { stack: "prod", configuration: {} },
  dev: { stack: "dev", configuration: {} },
  "prod, all asked for": {
    stack: "prod",
    configuration: {
      alerts: { contacts: ["dba@example.org"] },
      access: { allowedCidrs: ["10.0.0.0/16"] },
      aws: { backups: { vaultLock: { enabled: true } } },
    },
  },
  "dev, backed up elsewhere": {
    stack: "dev",
    configuration: { aws: { backups: { copyRegion: "eu-west-1" } } },
  },
} as const;

export type StackName = keyof typeof stacks;

/** By stack, how many resources of each type ("rds.Cluster") it has. */
export type RegisteredTypes = Readonly<Record<StackName, ReadonlyMap<string, number>>>;

/** The SDK has it, but leaves it out of its types. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

/** Runs the vendor's program for each stack the way a preview does, without a cloud, and counts what it registers. */
export async function registeredTypes(): Promise<RegisteredTypes> {
  const counted: Partial<Record<StackName, ReadonlyMap<string, number>>> = {};
  for (const name of Object.keys(stacks) as StackName[]) counted[name] = await typesOf(name);
  return counted as RegisteredTypes;
}

async function typesOf(name: StackName): Promise<ReadonlyMap<string, number>> {
  const { stack, configuration } = stacks[name];
  const counts = new Map<string, number>();
  pulumi.runtime.setAllConfig({ "aws:region": "eu-central-1" }, []);
  const project = "license-db";
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => {
        throw new Error(`${token} was called while resources were registered: a preview asks nobody`);
      },
      newResource: ({ type, inputs }) => {
        const short = shortType(type);
        if (short) counts.set(short, (counts.get(short) ?? 0) + 1);
        // As in a preview: what only creation tells is not known.
        return { id: "", state: inputs };
      },
    },
    project,
    stack,
    true,
  );
  const vendor = await loadVendor("aws");
  const { spec, options } = parseConfiguration(
    { vendor: "aws", ...configuration },
    { project, stack, vendorOptions: { aws: vendor.options }, check: vendor.check },
  );
  new LicenseDbCluster(spec.name, { spec, vendor, options });
  await waitForRPCs();
  return counts;
}

/** "aws:rds/cluster:Cluster" -> "rds.Cluster", "random:index/randomId:RandomId" -> "random.RandomId"; else: no provider's. */
function shortType(type: string): string | undefined {
  const [, provider, module, name] = /^(\w+):(\w+)\/\w+:(\w+)$/.exec(type) ?? [];
  return name && `${provider === "aws" ? module : provider}.${name}`;
}

/**
 * The table of resources.
 * @throws Error for a type that is registered and has no purpose, or has one and is never registered.
 */
export function renderResources(registered: RegisteredTypes): string {
  const found = new Set(Object.values(registered).flatMap((counts) => [...counts.keys()]));
  const unexplained = [...found].filter((type) => !Object.hasOwn(awsResources, type));
  const stale = Object.keys(awsResources).filter((type) => !found.has(type));
  if (unexplained.length > 0 || stale.length > 0) {
    throw new Error(
      `ops/docs/awsResources.ts lacks ${unexplained.join(", ") || "nothing"} and has too much: ${stale.join(", ") || "nothing"}`,
    );
  }
  const count = (stack: StackName, type: string) => String(registered[stack].get(type) ?? "");
  const rows = Object.entries(awsResources).map(([type, { requirements, purpose }]) => [
    code(type),
    purpose,
    requirements.join(", "),
    count("prod", type),
    count("dev", type),
  ]);
  return markdown([["resource", "for", "requirements", "prod", "dev"], ...rows]);
}

const START = "<!-- resources: written by `npm run docs` from ops/docs/awsResources.ts and the program itself -->";
const END = "<!-- end of resources -->";

/** `text` with the table between its two marks. */
export function withResources(text: string, registered: RegisteredTypes): string {
  const [before, rest] = text.split(START);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`docs/aws.md lacks ${START} or ${END}`);
  return `${before}${START}\n\n${renderResources(registered)}\n${END}${after}`;
}
