import type { Bytes, Spec } from "../spec/spec";
import type { AlicloudOptions } from "./options";

/** "Basic": one member. "HighAvailability": a primary and a standby that nobody reads from; read-only instances beside it. */
export type Category = "Basic" | "HighAvailability";

/** "general": members share processors with others', and storage takes no key of the customer's. */
export type Family = "dedicated" | "general";

export interface InstanceClass {
  /** "pg.x4.large.2c", "pgro.x4.large.1c" */
  readonly code: string;
  readonly category: Category | "ReadOnly";
  readonly family: Family;
  readonly vcpu: number;
  readonly memory: Bytes;
  /** Sold in some zones alone: taken when named, never by default. */
  readonly onlyNamed: boolean;
}

const GB = 1024 ** 3;

/**
 * Dedicated classes: vCPU of each size, and the GB of memory that a family of "x1" would have (two sizes have less than
 * 1 GB for each vCPU). "pg.x4.large.2c" is 4 vCPU and 4 x 4 GB.
 */
const dedicatedSizes: Readonly<Record<string, readonly [vcpu: number, memory: number]>> = {
  medium: [2, 2],
  large: [4, 4],
  xlarge: [8, 8],
  "3large": [12, 12],
  "2xlarge": [16, 16],
  "3xlarge": [24, 24],
  "4xlarge": [32, 32],
  "13large": [52, 48],
  "8xlarge": [64, 64],
  "12xlarge": [96, 96],
  "13xlarge": [104, 96],
  "16xlarge": [128, 128],
  "24xlarge": [192, 192],
};
const families = [2, 4, 8] as const;
/** Of the ARM classes ("pg.x4m.large.2c"). */
const armSizes = ["medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge"];

/** Dedicated classes without a standby: there are few, and none with less than 16 GB. */
const basicDedicated = ["x8.medium", "x8.large", "x8.xlarge", "x4.2xlarge", "x8.2xlarge", "x4.4xlarge", "x8.4xlarge"];

/** General classes: "pg.n4.2c.2m" is 2 vCPU and 2 x 4 GB. vCPU of each, by family. */
const generalVcpus: Readonly<Record<InstanceClass["category"], Readonly<Record<string, readonly number[]>>>> = {
  HighAvailability: { n2: [2, 4, 8], n4: [2, 4, 6, 8, 12] },
  Basic: { n2: [1, 2, 4], n4: [2, 4, 6] },
  ReadOnly: { n2: [2, 4, 8], n4: [2, 4, 8] },
};
const armGeneralVcpus = [2, 4, 8];

function dedicated(category: InstanceClass["category"], kind: string, arm = false): InstanceClass {
  const [family = "", size = ""] = kind.split(".");
  const [vcpu, memory] = dedicatedSizes[size] ?? [0, 0];
  const [prefix, end] = { HighAvailability: ["pg", "2c"], Basic: ["pg", "1"], ReadOnly: ["pgro", "1c"] }[category];
  const code = `${prefix}.${family}${arm ? "m" : ""}.${size}.${end}`;
  const gb = memory * Number(family.slice(1));
  return { code, category, family: "dedicated", vcpu, memory: gb * GB, onlyNamed: arm };
}

function general(category: InstanceClass["category"], family: string, vcpu: number, arm = false): InstanceClass {
  const [prefix, end] = { HighAvailability: ["pg", "2m"], Basic: ["pg", "1m"], ReadOnly: ["pgro", "1m"] }[category];
  const code = `${prefix}.${family}${arm ? "m" : ""}.${vcpu}c.${end}`;
  return { code, category, family: "general", vcpu, memory: vcpu * Number(family.slice(1)) * GB, onlyNamed: arm };
}

/**
 * Every class on sale for PostgreSQL on ESSDs.
 * Source: Primary, and Read-only ApsaraDB RDS for PostgreSQL instance types (product overview). Left out are those for
 * trying out (1 GB for each vCPU, or "e") and those with an enclave.
 */
export const classes: readonly InstanceClass[] = [
  ...(["HighAvailability", "ReadOnly"] as const).flatMap((category) => [
    ...Object.keys(dedicatedSizes).flatMap((size) => families.map((n) => dedicated(category, `x${n}.${size}`))),
    ...armSizes.flatMap((size) => families.map((n) => dedicated(category, `x${n}.${size}`, true))),
    ...["n2", "n4"].flatMap((family) => armGeneralVcpus.map((vcpu) => general(category, family, vcpu, true))),
  ]),
  ...basicDedicated.map((kind) => dedicated("Basic", kind)),
  ...Object.entries(generalVcpus).flatMap(([category, its]) =>
    Object.entries(its).flatMap(([family, vcpus]) =>
      vcpus.map((vcpu) => general(category as InstanceClass["category"], family, vcpu)),
    ),
  ),
];

export const findClass = (code: string): InstanceClass | undefined => classes.find((one) => one.code === code);

/** Connections a class takes: the service sets `max_connections` from it. */
export const maxConnectionsOf = ({ memory }: Pick<InstanceClass, "memory">): number => (memory / GB) * 100;

export const categoryOf = ({ highAvailability }: Pick<Spec, "highAvailability">): Category =>
  highAvailability ? "HighAvailability" : "Basic";

/**
 * The smallest class that has the size. Members of production do not share processors, and storage that is encrypted with
 * the customer's key wants a dedicated class, too. Undefined: there is none.
 */
export function smallestClass(spec: Pick<Spec, "size" | "highAvailability" | "encryption">): InstanceClass | undefined {
  const category = categoryOf(spec);
  const needsDedicated = spec.highAvailability || spec.encryption.atRest;
  return classes
    .filter(
      (one) => one.category === category && !one.onlyNamed && one.family === (needsDedicated ? "dedicated" : "general"),
    )
    .filter(({ vcpu, memory }) => vcpu >= spec.size.vcpu && memory >= spec.size.memory)
    .sort((a, b) => a.vcpu - b.vcpu || a.memory - b.memory)[0];
}

/** The read-only class of the same family, vCPU and memory. Undefined: there is none. */
export function readOnlyTwin(primary: InstanceClass): InstanceClass | undefined {
  return classes.find(
    (one) =>
      one.category === "ReadOnly" &&
      one.family === primary.family &&
      one.onlyNamed === primary.onlyNamed &&
      one.vcpu === primary.vcpu &&
      one.memory === primary.memory,
  );
}

/**
 * The class of the primary: the one that is named, or the smallest that fits.
 * @throws RangeError where the options' rules refuse first.
 */
export function primaryClassOf(spec: Spec, { instanceClass }: Pick<AlicloudOptions, "instanceClass">): InstanceClass {
  const chosen = instanceClass === undefined ? smallestClass(spec) : findClass(instanceClass);
  if (!chosen) throw new RangeError("no instance class has what size asks for");
  return chosen;
}

/** The class of the primary, as `instanceType` of rds.Instance takes it. */
export const primaryClass = (spec: Spec, options: AlicloudOptions): string => primaryClassOf(spec, options).code;

/**
 * The class of the readers, as `instanceType` of rds.ReadOnlyInstance takes it.
 * @throws RangeError where the options' rules refuse first.
 */
export function readOnlyClass(spec: Spec, options: AlicloudOptions): string {
  const chosen = options.readOnlyClass ?? readOnlyTwin(primaryClassOf(spec, options))?.code;
  if (chosen === undefined) throw new RangeError("no read-only class is as large as the primary's");
  return chosen;
}

/** What each performance level of an ESSD is called, and the least GB it is sold with. */
export const performanceLevels = {
  PL1: { storageType: "cloud_essd", leastGb: 20 },
  PL2: { storageType: "cloud_essd2", leastGb: 500 },
  PL3: { storageType: "cloud_essd3", leastGb: 1500 },
} as const;
export const MOST_GB = 64_000;
export const STEP_GB = 5;

/** "cloud_essd", "cloud_essd2", "cloud_essd3": `dbInstanceStorageType`. */
export const storageType = ({ storage }: Pick<AlicloudOptions, "storage">): string =>
  performanceLevels[storage.performanceLevel].storageType;

/** GB: `instanceStorage`. */
export const storageGb = ({ size }: Pick<Spec, "size">): number => size.storage / GB;
