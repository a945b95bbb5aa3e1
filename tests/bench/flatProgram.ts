import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../ops/setup/session";
import { type Registered, Secret } from "../support/program";

/** Characters: whoever writes a program by hand has longer texts in files. */
const LONG = 100_000;

/** This project's own providers, by name: where each is. */
export const ownProviders: ReadonlyMap<string, string> = new Map(
  (
    parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8")) as {
      plugins: { providers: { name: string; path: string }[] };
    }
  ).plugins.providers.map(({ name, path }) => [name, join(ROOT, path)]),
);

/** For these there is no package to import. */
const isOwn = (type: string): boolean => ownProviders.has(type.split(":")[0] ?? "");

/**
 * A program without a component, a loop or a function: one statement for each resource, its inputs written out. What it
 * registers is what a person would who wrote it by hand.
 *
 * @returns its files, by name: index.ts, and what that reads.
 */
export function flatProgram(resources: readonly Registered[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const custom = resources.filter((resource) => resource.custom);
  const packages = [...new Set(custom.flatMap(({ type }) => (isOwn(type) ? [] : packageOf(type))))].sort();
  const names = new Map(custom.map(({ urn }, index) => [urn, `resource${index}`]));
  const program = [
    'import { readFileSync } from "node:fs";',
    'import * as pulumi from "@pulumi/pulumi";',
    ...packages.map((name) => `import * as ${identifier(name)} from "${name}";`),
    ...inOrder(custom).map((resource) => statement(resource, names, files)),
    "",
  ].join("\n");
  return { ...files, "index.ts": program };
}

function statement(
  { urn, type, name, inputs, dependsOn, protect }: Registered,
  names: ReadonlyMap<string, string>,
  files: Record<string, string>,
): string {
  const after = dependsOn.flatMap((one) => names.get(one) ?? []);
  const make = isOwn(type)
    ? `new pulumi.CustomResource(${JSON.stringify(type)}, `
    : `new ${identifier(packageOf(type))}.${type.split(":")[2]}(`;
  const options = `{ protect: ${protect}, dependsOn: [${after.join(", ")}] }`;
  return `const ${names.get(urn)} = ${make}${JSON.stringify(name)}, ${literal(inputs, files)}, ${options});`;
}

/** Each behind what it depends on. */
function inOrder(resources: readonly Registered[]): Registered[] {
  const known = new Set(resources.map(({ urn }) => urn));
  const done = new Set<string>();
  const sorted: Registered[] = [];
  while (sorted.length < resources.length) {
    const next = resources.filter(
      ({ urn, dependsOn }) => !done.has(urn) && dependsOn.every((one) => done.has(one) || !known.has(one)),
    );
    if (next.length === 0) throw new Error("the resources depend on each other in a circle");
    for (const resource of next) done.add(resource.urn);
    sorted.push(...next);
  }
  return sorted;
}

/** "aws:rds/cluster:Cluster" -> "@pulumi/aws/rds"; "random:index/randomId:RandomId" -> "@pulumi/random". */
function packageOf(type: string): string {
  const [name = "", path = ""] = type.split(":");
  const folder = path.split("/")[0];
  return folder === "index" ? `@pulumi/${name}` : `@pulumi/${name}/${folder}`;
}

const identifier = (name: string): string => name.replace(/[^a-z]+/g, "_");

function literal(value: unknown, files: Record<string, string>): string {
  if (value instanceof Secret) return `pulumi.secret(${literal(value.value, files)})`;
  if (Array.isArray(value)) return `[${value.map((one) => literal(one, files)).join(", ")}]`;
  if (typeof value === "string" && value.length > LONG) {
    const name = `text${Object.keys(files).length}`;
    files[name] = value;
    return `readFileSync(${JSON.stringify(name)}, "utf8")`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const object = value as Record<string, unknown>;
  // The one function there is: its code is in a file beside the program.
  if ("archive" in object) {
    return 'new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.FileAsset("function.js") })';
  }
  return `{ ${Object.entries(object)
    .map(([key, one]) => `${JSON.stringify(key)}: ${literal(one, files)}`)
    .join(", ")} }`;
}
