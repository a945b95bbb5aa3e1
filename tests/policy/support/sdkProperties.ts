import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const found = new Map<string, readonly string[]>();

/** Switches that a type has and `given` does not name, by the SDK's own declarations; none for types that have no SDK. */
export function unsetFlags(type: string, given: readonly string[]): readonly string[] {
  const known = found.get(type) ?? flagsOf(type);
  found.set(type, known);
  return known.filter((flag) => !given.includes(flag));
}

/** "aws:rds/cluster:Cluster" -> what is `boolean` in ClusterArgs of @pulumi/aws/rds/cluster.d.ts */
function flagsOf(type: string): readonly string[] {
  const [, provider, folder, file, name] = /^(aws|alicloud):(\w+)\/(\w+):(\w+)$/.exec(type) ?? [];
  if (provider === undefined || folder === undefined || file === undefined) return [];
  const place = join(dirname(require.resolve(`@pulumi/${provider}/package.json`)), folder);
  // Files' names are of their own case.
  const declared = existsSync(place)
    ? readdirSync(place).find((one) => one.toLowerCase() === `${file.toLowerCase()}.d.ts`)
    : undefined;
  if (declared === undefined) throw new Error(`${type} is nowhere in the SDK`);
  const text = readFileSync(join(place, declared), "utf8");
  const [, body = ""] = new RegExp(`export interface ${name}Args \\{([\\s\\S]*?)\\n\\}`).exec(text) ?? [];
  return [...body.matchAll(/^ {4}(\w+)\??: pulumi\.Input<boolean \| undefined>/gm)].map(([, flag]) => flag ?? "");
}
