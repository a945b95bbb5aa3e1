import type { Bytes, Spec } from "../spec/spec";
import type { AwsOptions } from "./options";
import { type Topology, topologyOf } from "./topology";

/** What one member can be made as. */
export interface InstanceClass {
  /** "db.m6gd.xlarge" */
  readonly name: string;
  readonly vcpu: number;
  readonly memory: Bytes;
}

const GB = 1024 ** 3;

/** vCPU of each size, as far as most families have it. */
const sizes: readonly (readonly [size: string, vcpu: number])[] = [
  ["large", 2],
  ["xlarge", 4],
  ["2xlarge", 8],
  ["4xlarge", 16],
  ["8xlarge", 32],
  ["12xlarge", 48],
  ["16xlarge", 64],
  ["24xlarge", 96],
  ["32xlarge", 128],
];

/** The classes of a family, up to its largest; `perCpu` is memory for each vCPU in GB. */
function family(name: string, perCpu: number, largest: string, without: readonly string[] = []): InstanceClass[] {
  const end = sizes.findIndex(([size]) => size === largest);
  return sizes
    .slice(0, end + 1)
    .filter(([size]) => !without.includes(size))
    .map(([size, vcpu]) => ({ name: `db.${name}.${size}`, vcpu, memory: vcpu * perCpu * GB }));
}

/** Burstable classes share their sizes: two processors at least, and memory in between. */
const burstable = (name: string): InstanceClass[] =>
  (
    [
      ["micro", 2, 1],
      ["small", 2, 2],
      ["medium", 2, 4],
      ["large", 2, 8],
      ["xlarge", 4, 16],
      ["2xlarge", 8, 32],
    ] as const
  ).map(([size, vcpu, memory]) => ({ name: `db.${name}.${size}`, vcpu, memory: memory * GB }));

/**
 * What each topology can be made of; of classes of one size the first is taken: Graviton, and what most regions have.
 * Multi-AZ DB clusters run on classes with disks of their own alone. Source: RDS User Guide, "DB instance classes" and
 * "Multi-AZ DB cluster deployments".
 */
export const instanceClasses: Readonly<Record<Topology, readonly InstanceClass[]>> = {
  cluster: [
    ...family("m6gd", 4, "16xlarge"),
    ...family("m6id", 4, "32xlarge"),
    ...family("m5d", 4, "24xlarge"),
    ...family("m6idn", 4, "32xlarge"),
    ...family("r6gd", 8, "16xlarge"),
    ...family("r6id", 8, "32xlarge"),
    ...family("r5d", 8, "24xlarge"),
    ...family("r6idn", 8, "32xlarge"),
    { name: "db.c6gd.medium", vcpu: 1, memory: 2 * GB },
    ...family("c6gd", 2, "16xlarge"),
    ...family("x2iedn", 32, "32xlarge", ["large", "12xlarge"]),
  ],
  instance: [
    ...family("m7g", 4, "16xlarge"),
    ...family("m6g", 4, "16xlarge"),
    ...family("m8g", 4, "16xlarge"),
    ...family("m7i", 4, "24xlarge"),
    ...family("m6i", 4, "32xlarge"),
    ...family("m5", 4, "24xlarge"),
    ...family("m6gd", 4, "16xlarge"),
    ...family("m6id", 4, "32xlarge"),
    ...family("r7g", 8, "16xlarge"),
    ...family("r6g", 8, "16xlarge"),
    ...family("r8g", 8, "16xlarge"),
    ...family("r7i", 8, "24xlarge"),
    ...family("r6i", 8, "32xlarge"),
    ...family("r5", 8, "24xlarge"),
    ...family("r6gd", 8, "16xlarge"),
    ...family("r6id", 8, "32xlarge"),
    ...burstable("t4g"),
    ...burstable("t3"),
  ],
};

type Asked = Pick<Spec, "replicas" | "size">;

const holds = (one: InstanceClass, { size }: Asked): boolean => one.vcpu >= size.vcpu && one.memory >= size.memory;

/** The class of that name, where the topology can be made of it. */
export const findClass = (topology: Topology, name: string): InstanceClass | undefined =>
  instanceClasses[topology].find((one) => one.name === name);

/** The smallest class with the size: the fewest vCPU, of these the least memory; one that is exactly as asked if there is one. */
export function smallestClass(asked: Asked): InstanceClass | undefined {
  const fitting = instanceClasses[topologyOf(asked)].filter((one) => holds(one, asked));
  // stable: of equals the first stays first
  return [...fitting].sort((a, b) => a.vcpu - b.vcpu || a.memory - b.memory)[0];
}

/**
 * What each member is made as.
 * @throws RangeError for what `classProblem` refuses first.
 */
export function memberClass(spec: Asked, { instanceClass }: Pick<AwsOptions, "instanceClass">): InstanceClass {
  const found = instanceClass === undefined ? smallestClass(spec) : findClass(topologyOf(spec), instanceClass);
  if (!found) throw new RangeError(classProblem(spec, { ...(instanceClass ? { instanceClass } : {}) }));
  return found;
}

/** "db.m6gd.xlarge" */
export const chosenClass = (spec: Asked, options: Pick<AwsOptions, "instanceClass">): string =>
  memberClass(spec, options).name;

const inWords = ({ vcpu, memory }: Pick<InstanceClass, "vcpu" | "memory">): string =>
  `${vcpu} vCPU and ${memory / GB} GB`;

/** What is wrong with the class that is asked for, or with the size if none is, as a sentence. */
export function classProblem(asked: Asked, { instanceClass }: Pick<AwsOptions, "instanceClass">): string | undefined {
  const topology = topologyOf(asked);
  const fitting = smallestClass(asked);
  if (instanceClass === undefined) {
    if (fitting) return undefined;
    return `size is ${inWords(asked.size)}: no class of a ${kindOf[topology]} has as much; ask for less`;
  }
  const found = findClass(topology, instanceClass);
  const mend = fitting ? `leave it out for ${fitting.name}` : "ask for less";
  if (!found) {
    return `aws.instanceClass is ${instanceClass}: a ${kindOf[topology]} is made of ${familiesOf(topology)}; ${mend}`;
  }
  if (holds(found, asked)) return undefined;
  return `aws.instanceClass is ${instanceClass}, which has ${inWords(found)}: size asks for ${inWords(asked.size)}; ${mend}, or lower size`;
}

const kindOf: Readonly<Record<Topology, string>> = { cluster: "Multi-AZ DB cluster", instance: "single instance" };

const familiesOf = (topology: Topology): string =>
  [...new Set(instanceClasses[topology].map(({ name }) => name.split(".").slice(0, 2).join(".")))].join(", ");
