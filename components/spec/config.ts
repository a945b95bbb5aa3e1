import { type ProfileName, profileNames, profiles } from "../../stacks";
import { type Configuration, configurationFields, majorOf, type VendorSections, vendorNames } from "./configuration";
import { seed, seedParameters } from "./defaults";
import { addProblem, group, type Place, within } from "./fields";
import { resourceName } from "./names";
import { ConfigurationError, formatPath, type Problem } from "./problems";
import type { Profile } from "./profile";
import { rules } from "./rules";
import type { Spec, VendorName } from "./spec";
import { parseTimeZone } from "./timeZones";
import { parseSize } from "./units";

export { ConfigurationError, type Problem } from "./problems";

export interface SpecContext<Options = unknown> {
  /** Pulumi's project. */
  readonly project: string;
  /** Pulumi's stack, without organization and project. */
  readonly stack: string;
  /** The fields of the chosen vendor's own section; see `chosenVendor`. */
  readonly vendorOptions?: VendorSections;
  /** The vendor's further rules (`Vendor.check`); asked once everything else is right. */
  readonly check?: (spec: Spec, options: Options) => readonly string[];
  /** The top-level keys whose values are encrypted: no message shows what is in them. */
  readonly secretKeys?: ReadonlySet<string>;
  /** Where clocks change, windows are compared over the year from here. Default: now. */
  readonly now?: Date;
}

/** The vendor the configuration names, or its environment's; undefined when it names none there is. */
export function chosenVendor(raw: Readonly<Record<string, unknown>>, stack: string): VendorName | undefined {
  const written = own(raw, "vendor") ?? (profiles[profileOf(raw, stack)] as Profile).vendor;
  return vendorNames.find((name) => name === written);
}

/**
 * The whole configuration of a stack, read and checked.
 * @param raw the values of the namespace `license-db`; see `readRawConfig`.
 * @throws {ConfigurationError} everything that is wrong, at once.
 */
export function parseConfiguration<Options = unknown>(
  raw: Readonly<Record<string, unknown>>,
  context: SpecContext<Options>,
): { readonly spec: Spec; readonly options: Options } {
  const { project, stack, vendorOptions = {}, secretKeys } = context;
  const profileName = profileOf(raw, stack);
  const profile: Profile = profiles[profileName];
  const problems: Problem[] = [];
  const root: Place = {
    path: [],
    preset: { ...profile, parameters: { ...seedParameters(memoryOf(raw, profile)), ...profile.parameters } },
    reading: { timeZone: timeZoneOf(raw, profile) },
    problems,
    ...(secretKeys === undefined ? {} : { secretKeys }),
  };

  const vendor = chosenVendor(raw, stack);
  const section = vendor === undefined ? undefined : vendorOptions[vendor];
  const fields = configurationFields(vendor === undefined || section === undefined ? {} : { [vendor]: section });
  const read = group(fields, { doc: "" }).read(raw, root);
  if (!read) throw new ConfigurationError(problems, stack);
  checkEnvironment(read.environment, stack, root);
  checkRules({ ...read, environment: profileName }, problems, context.now ?? new Date());
  if (problems.length > 0) throw new ConfigurationError(problems, stack);

  const { environment: _, local, aws, alicloud, ...configuration } = read;
  const spec: Spec = {
    name: resourceName(project, stack),
    environment: stack,
    profile: profileName,
    ...configuration,
    engine: { major: majorOf(configuration.engine.version) ?? 15, ...configuration.engine },
  };
  const options = ({ local, aws, alicloud }[spec.vendor] ?? {}) as Options;
  const broken = context.check?.(spec, options) ?? [];
  if (broken.length > 0)
    throw new ConfigurationError(
      broken.map((mend) => vendorProblem(spec.vendor, mend)),
      stack,
    );
  return { spec, options };
}

/** `parseConfiguration`, for whoever needs the spec alone. */
export function parseSpec(raw: Readonly<Record<string, unknown>>, context: SpecContext): Spec {
  return parseConfiguration(raw, context).spec;
}

/** Whose defaults count: those of the stack's own name, else what it says, else production's. */
function profileOf(raw: Readonly<Record<string, unknown>>, stack: string): ProfileName {
  const named = profileNames.find((name) => name === stack);
  return named ?? profileNames.find((name) => name === own(raw, "environment")) ?? "prod";
}

/** A stack called "prod" with the defaults of "dev" would be a trap. */
function checkEnvironment(written: ProfileName | undefined, stack: string, root: Place): void {
  if (written === undefined || written === stack || !profileNames.some((name) => name === stack)) return;
  addProblem(within(root, "environment"), `"${written}"`, {
    allowed: `only "${stack}" in a stack of that name`,
    mend: "Leave it out, or give the stack another name.",
  });
}

function checkRules(configuration: Configuration, problems: Problem[], now: Date): void {
  const wrong = problems.map(({ path }) => path);
  const touched = (path: string): boolean =>
    wrong.some(
      (one) => one === path || [".", "["].some((next) => one.startsWith(path + next) || path.startsWith(one + next)),
    );
  for (const { at, reads, broken, value, allowed, mend } of rules) {
    const paths = [at, ...reads].map((path) => formatPath(path.split(".")));
    if (paths.some(touched) || !broken(configuration, now)) continue;
    problems.push({
      path: formatPath(at.split(".")),
      value: value(configuration),
      allowed: allowed(configuration),
      mend,
    });
  }
}

function vendorProblem(vendor: VendorName, message: string): Problem {
  return {
    path: formatPath([vendor]),
    value: "this configuration",
    allowed: `what vendor ${vendor} can do`,
    mend: message,
  };
}

/** Read ahead, as the defaults of parameters depend on it; what is wrong with it is said later. */
function memoryOf(raw: Readonly<Record<string, unknown>>, profile: Profile): number {
  const parsed = parseSize(own(own(raw, "size"), "memory") ?? profile.size?.memory ?? seed.size.memory);
  return parsed.ok ? parsed.value : Number.POSITIVE_INFINITY;
}

/** Read ahead, as windows without a zone are local to it. */
function timeZoneOf(raw: Readonly<Record<string, unknown>>, profile: Profile): string {
  const parsed = parseTimeZone(own(raw, "timeZone") ?? profile.timeZone ?? seed.timeZone);
  return parsed.ok ? parsed.value : "UTC";
}

function own(object: unknown, key: string): unknown {
  return typeof object === "object" && object !== null && Object.hasOwn(object, key)
    ? (object as Record<string, unknown>)[key]
    : undefined;
}
