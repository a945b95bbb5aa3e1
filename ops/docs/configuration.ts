/** docs/configuration.md, from the tables of fields, so that it never says anything else than the program does. */
import { join } from "node:path";
import { alerts } from "../../components/catalogue/alerts";
import { configurationFields, type VendorSections, vendorNames } from "../../components/spec/configuration";
import { seed } from "../../components/spec/defaults";
import type { Field } from "../../components/spec/fields";
import { formatDuration } from "../../components/spec/units";
import { builtVendors, loadVendor } from "../../components/vendors";
import { profiles } from "../../stacks";
import { code, markdown } from "./markdown";

export const configurationDoc = join(__dirname, "../../docs/configuration.md");

const vendors: ReadonlySet<string> = new Set(vendorNames);

/** The whole file. `sections`: the fields of the vendors that are built. */
export function renderConfiguration(sections: VendorSections): string {
  const fields = Object.entries(configurationFields(sections)) as [string, Field<unknown>][];
  const parts = [
    opening,
    table(fields.flatMap(([key, one]) => (vendors.has(key) ? [] : rows(key, one)))),
    environments(),
    "## Parameters\n\nWhat a stack starts from (R6 to R9); `parameters` changes them one by one.\n",
    markdown([["parameter", "value"], ...Object.entries(seed.parameters).map((row) => row.map(code))]),
    alertList(),
    ...fields.flatMap(([key, one]) => (key in sections && one.fields ? [vendorSection(key, one)] : [])),
  ];
  return parts.join("\n");
}

const opening = `<!-- Written by \`npm run docs\` from components/spec/configuration.ts: change that. -->
# Configuration

Every key stands in \`Pulumi.<stack>.yaml\` under the namespace \`license-db:\`, or is set by
\`pulumi config set --path 'license-db:size.memory' 32GB\`. What is left out keeps its default. Everything is checked before
anything is built, and all mistakes are said at once.

Units: sizes are \`kB\`, \`MB\`, \`GB\`, \`TB\` (1 GB is 1024 MB); durations \`ms\`, \`s\`, \`m\`, \`h\`, \`d\`, \`w\`, \`y\` (365 days), also
together (\`1h30m\`); windows are a weekday (none: daily), a time from and to, and a time zone (none: the stack's own).

## Keys
`;

function rows(path: string, one: Field<unknown>): string[][] {
  const { doc, requirement = "", default: value, allowed, example } = one;
  if (one.fields && path !== "alerts.thresholds") {
    const below = Object.entries(one.fields).flatMap(([key, inner]) => rows(`${path}.${key}`, inner));
    return [[`**${code(path)}**`, doc, "", "", requirement], ...below];
  }
  const example_ = example === undefined ? "" : ` (${code(example)})`;
  const takes = one.fields ? "see [Alerts](#alerts)" : `${allowed}${example_}`;
  return [[code(path), doc, takes, value === undefined ? "" : code(written(value)), requirement]];
}

const table = (body: readonly (readonly string[])[]): string =>
  markdown([["key", "what for", "takes", "default", "requirement"], ...body]);

function environments(): string {
  const leaves = (value: unknown, path: string): [string, string][] =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === "" ? key : `${path}.${key}`))
      : [[path, written(value)]];
  const changed = Object.entries(profiles).map(([name, profile]) => {
    const entries = leaves(profile, "").map(([path, value]) =>
      path === "timeZone" && name === "local" ? "`timeZone`: this machine's" : `\`${path}: ${value}\``,
    );
    return [code(name), entries.join(", ")];
  });
  return `
## Environments

The defaults above are production's. A stack called \`local\`, \`dev\` or \`prod\` takes the environment's; any other takes
what its \`environment\` says, or \`prod\`.

${markdown([["stack", "says"], ...changed])}`;
}

function alertList(): string {
  const body = alerts.map(({ id, title, measures, unit, threshold, severity, requirement, scope, runbook }) => {
    const above = unit === "s" ? formatDuration(threshold.above) : `${threshold.above}${unit && ` ${unit}`}`;
    const time = threshold.for === 0 ? "" : ` for ${formatDuration(threshold.for)}`;
    return [code(id), `${title}: ${measures}, of ${scope}`, `> ${above}${time}`, severity, requirement, runbook];
  });
  const head = ["id", "what", "fires at", "severity", "requirement", "first step"];
  return `
## Alerts

\`alerts.thresholds.<id>\` takes \`above\` (in the alert's own unit: a percentage, a duration or a count) and \`for\` (a duration).

${markdown([head, ...body])}`;
}

function vendorSection(vendor: string, { doc, fields = {} }: Field<unknown>): string {
  const body = Object.entries(fields).flatMap(([key, one]) => rows(`${vendor}.${key}`, one));
  return `\n## \`${vendor}\`\n\n${doc}\n\n${table(body)}`;
}

const written = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
/** The sections of the vendors that are built. */
export async function builtSections(): Promise<VendorSections> {
  const loaded = await Promise.all(builtVendors.map(loadVendor));
  return Object.fromEntries(loaded.map(({ name, options }) => [name, options]));
}
