import type { Spec } from "../spec/spec";
import { volumeRates } from "./capacity";
import type { AwsOptions } from "./options";
import { topologyOf } from "./topology";

/** Each member's volume, as RDS takes it. */
export interface Volume {
  readonly storageType: AwsOptions["storage"]["type"];
  /** GiB. */
  readonly allocatedStorage: number;
  /** Undefined: the type's own, which nobody may set. */
  readonly iops: number | undefined;
  /** MiB/s. Undefined: the type's own. */
  readonly storageThroughput: number | undefined;
}

const GB = 1024 ** 3;
const MB = 1024 ** 2;

/** GiB from which on gp3 is striped over four volumes, and its figures can be set. */
export const STRIPED = 400;
const LARGEST = 65_536;

interface Limits {
  /** GiB. */
  readonly least: number;
  readonly iops: readonly [least: number, most: number];
  /** Operations for each GiB. */
  readonly perGb: readonly [least: number, most: number];
}

/** Of RDS for PostgreSQL. Source: RDS User Guide, "Amazon RDS DB instance storage"; API reference, CreateDBCluster. */
const limits: Readonly<Record<AwsOptions["storage"]["type"], Limits>> = {
  gp3: { least: 20, iops: [12_000, 64_000], perGb: [0, 500] },
  io1: { least: 100, iops: [1000, 256_000], perGb: [0.5, 50] },
  io2: { least: 100, iops: [1000, 256_000], perGb: [0.5, 50] },
};
const THROUGHPUT: readonly [least: number, most: number] = [500, 4000];
/** MiB/s for each operation a second, at most. */
const THROUGHPUT_PER_IOPS = 0.25;

type Asked = Pick<Spec, "replicas" | "size">;

/**
 * The volume of each member. From 400 GiB on gp3's figures are named even if nobody asked for others: unnamed, the
 * provider sends those of the smaller volume along when it grows past that, and RDS refuses them.
 */
export function volumeOf(spec: Asked, { storage }: Pick<AwsOptions, "storage">): Volume {
  const allocatedStorage = spec.size.storage / GB;
  const fixed = storage.type === "gp3" && allocatedStorage < STRIPED;
  const rates = volumeRates(spec.size.storage, storage);
  const hasThroughput = storage.type === "gp3" && !fixed && topologyOf(spec) === "instance";
  return {
    storageType: storage.type,
    allocatedStorage,
    iops: fixed ? undefined : rates.iops,
    storageThroughput: hasThroughput ? rates.throughput / MB : undefined,
  };
}

/** What RDS would refuse, as sentences. */
export function storageProblems(spec: Asked, { storage }: Pick<AwsOptions, "storage">): string[] {
  const { type, iops, throughput } = storage;
  const gb = spec.size.storage / GB;
  const limit = limits[type];
  const gp3 = type === "gp3";
  const small = gp3 && gb < STRIPED;
  const perGb = (iops ?? 0) / gb;
  const rules: readonly [broken: boolean, message: string][] = [
    [!Number.isInteger(gb), `size.storage is ${gb.toFixed(2)} GB: RDS sells whole gigabytes; round it`],
    [
      gb < limit.least || gb > LARGEST,
      `size.storage is ${gb} GB: a volume of type ${type} has ${limit.least} to ${LARGEST} GB; change it, or aws.storage.type`,
    ],
    [
      small && (iops !== undefined || throughput !== undefined),
      `aws.storage.${iops === undefined ? "throughput" : "iops"} is set: below ${STRIPED} GB gp3 has 3000 operations and 125 MB a second, which cannot be changed; leave it out, raise size.storage, or take io2`,
    ],
    [
      !gp3 && iops === undefined,
      `aws.storage.iops is missing: type ${type} needs it; write ${limit.iops[0]} or more, or take gp3`,
    ],
    [
      !small && outside(iops, limit.iops),
      `aws.storage.iops is ${iops}: type ${type} has ${limit.iops.join(" to ")} operations a second here; write a number within that`,
    ],
    [
      !small && iops !== undefined && outside(perGb, limit.perGb),
      `aws.storage.iops is ${iops} for ${gb} GB: type ${type} has ${limit.perGb.join(" to ")} operations for each GB; change it, or size.storage`,
    ],
    [
      !gp3 && throughput !== undefined,
      `aws.storage.throughput is ${throughput}: that of type ${type} follows from its operations; leave it out`,
    ],
    [
      gp3 && throughput !== undefined && topologyOf(spec) === "cluster",
      `aws.storage.throughput is ${throughput}: that of a Multi-AZ DB cluster cannot be chosen; leave it out`,
    ],
    [
      gp3 && !small && outside(throughput, THROUGHPUT),
      `aws.storage.throughput is ${throughput}: gp3 has ${THROUGHPUT.join(" to ")} MB a second; write a number within that`,
    ],
    [
      gp3 && !small && (throughput ?? 0) > volumeRates(spec.size.storage, storage).iops * THROUGHPUT_PER_IOPS,
      `aws.storage.throughput is ${throughput}: gp3 has a quarter of its operations at most, in MB a second; lower it, or raise aws.storage.iops`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, message]) => message);
}

const outside = (value: number | undefined, [least, most]: readonly [number, number]): boolean =>
  value !== undefined && (value < least || value > most);
