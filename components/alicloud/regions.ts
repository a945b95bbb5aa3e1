import * as pulumi from "@pulumi/pulumi";

/** A region, as far as the program needs to know it without asking anybody. */
export interface Region {
  /** "cn-hangzhou" */
  readonly name: string;
  /** Zone ids in the default order: the primary's, the standby's, then those the replicas take turns in. */
  readonly zones: readonly string[];
}

/**
 * Every public region with RDS for PostgreSQL: the letters of zones that have its cloud disks, those first in which new
 * classes, the database proxy and functions are to be had. Written down, so that a preview needs no cloud; what one
 * account really gets where is asked by `preflight`, and `network.zones` names others.
 */
const table: Readonly<Record<string, string>> = {
  "cn-beijing": "hik",
  "cn-chengdu": "ab",
  "cn-guangzhou": "ab",
  "cn-hangzhou": "hij",
  "cn-heyuan": "ab",
  "cn-hongkong": "bcd",
  "cn-huhehaote": "ab",
  "cn-qingdao": "bc",
  "cn-shanghai": "lng",
  "cn-shenzhen": "edf",
  "cn-wulanchabu": "abc",
  "cn-zhangjiakou": "abc",
  "ap-northeast-1": "abc",
  "ap-northeast-2": "ab",
  "ap-southeast-1": "abc",
  "ap-southeast-3": "ab",
  "ap-southeast-5": "abc",
  "ap-southeast-6": "ab",
  "ap-southeast-7": "a",
  "eu-central-1": "abc",
  "eu-west-1": "ab",
  "me-central-1": "ab",
  "me-east-1": "a",
  "na-south-1": "ab",
  "us-east-1": "ab",
  "us-west-1": "ab",
};

/** "cn-hangzhou" + "h" -> "cn-hangzhou-h", "eu-central-1" + "a" -> "eu-central-1a": a dash parts letters alone. */
const zoneId = (region: string, letter: string): string => `${region}${/\d$/.test(region) ? "" : "-"}${letter}`;

export const regions: readonly Region[] = Object.entries(table).map(([name, letters]) => ({
  name,
  zones: [...letters].map((letter) => zoneId(name, letter)),
}));

export const findRegion = (name: string): Region | undefined => regions.find((region) => region.name === name);

/** The letter of a zone of the region; undefined: the id is of no zone there. */
export function zoneLetter(region: Pick<Region, "name">, zone: string): string | undefined {
  const letter = zone.slice(-1);
  return /^[a-z]$/.test(letter) && zone === zoneId(region.name, letter) ? letter : undefined;
}

/** Where the provider itself looks, in its order. Undefined: nobody said. */
export const chosenRegionName = (): string | undefined =>
  new pulumi.Config("alicloud").get("region") ||
  process.env.ALICLOUD_REGION ||
  process.env.ALIBABA_CLOUD_REGION ||
  undefined;

/** What is wrong with the name of a region, as a sentence. */
export function regionProblem(name: string | undefined): string | undefined {
  if (name === undefined) {
    return "no Alibaba Cloud region is chosen: set one, as in `pulumi config set alicloud:region cn-hangzhou`";
  }
  if (findRegion(name)) return undefined;
  const known = regions.map((one) => one.name).join(", ");
  return `alicloud:region is "${name}", which is no known region: write one of ${known}`;
}

/** @throws Error when no region is chosen, or one that is not known. */
export function chosenRegion(): Region {
  const name = chosenRegionName();
  const region = name === undefined ? undefined : findRegion(name);
  if (!region) throw new Error(regionProblem(name));
  return region;
}
