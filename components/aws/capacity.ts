import type { Bytes, Spec } from "../spec/spec";
import { memberClass } from "./classes";
import type { AwsOptions } from "./options";

/** What one member has: the whole that percentages of alerts are of. */
export interface Capacity {
  readonly members: number;
  readonly vcpu: number;
  readonly memory: Bytes;
  readonly storage: Bytes;
  readonly maxConnections: number;
  /** Operations and bytes a second that the volume is good for. */
  readonly iops: number;
  readonly throughput: Bytes;
  /** It has disks of its own beside the volume, for temporary files. */
  readonly localDisk: boolean;
}

const MB = 1024 ** 2;
const GB = 1024 ** 3;

/** gp3 is striped from here on, and has four times as much of everything. */
const STRIPED = 400 * GB;
/** The largest operation a volume counts as one. */
const OPERATION = 256 * 1024;

/** What a volume of this size is good for each second. */
export function volumeRates(storage: Bytes, { type, iops, throughput }: AwsOptions["storage"]) {
  // Provisioned operations bring their throughput along.
  if (type !== "gp3") return { iops: iops ?? 0, throughput: (iops ?? 0) * OPERATION };
  const [operations, megabytes] = storage < STRIPED ? [3000, 125] : [12_000, 500];
  return { iops: iops ?? operations, throughput: (throughput ?? megabytes) * MB };
}

/** "db.m6gd.xlarge", "db.r6idn.xlarge": a "d" behind the generation. */
const hasLocalDisk = (className: string): boolean => /^db\.[a-z]+\d+[a-z]*d[a-z]*\./.test(className);

/** What each of `members` has: the class may be larger than what was asked for. */
export function capacityOf(spec: Spec, options: AwsOptions, members: number): Capacity {
  const { name, vcpu, memory } = memberClass(spec, options);
  return {
    members,
    vcpu,
    memory,
    storage: spec.size.storage,
    maxConnections: Number(spec.parameters.max_connections),
    ...volumeRates(spec.size.storage, options.storage),
    localDisk: hasLocalDisk(name),
  };
}
