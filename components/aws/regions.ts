import * as pulumi from "@pulumi/pulumi";

export type Partition = "aws" | "aws-cn" | "aws-us-gov";

export interface Region {
  /** "eu-central-1" */
  readonly name: string;
  readonly partition: Partition;
  /** Ids of the zones that can hold all of it ("euc1-az1"): an id means the same place in every account, a name does not. */
  readonly zones: readonly string[];
}

/** Zone numbers, unless a region has others. */
const THREE = [1, 2, 3];

/**
 * Every region with RDS: the prefix of its zone ids, and the numbers of its zones, those first that new accounts have.
 * Written down, so that a preview needs no cloud; what one account really has is asked by `preflight`.
 * Source: AWS Regions and Availability Zones, User Guide. Left out are zones in which a part of this is not to be had.
 */
const table: Readonly<
  Record<Partition, Readonly<Record<string, readonly [prefix: string, zones?: readonly number[]]>>>
> = {
  aws: {
    "af-south-1": ["afs1"],
    "ap-east-1": ["ape1"],
    "ap-east-2": ["ape2"],
    // 3 takes no new accounts
    "ap-northeast-1": ["apne1", [1, 2, 4]],
    "ap-northeast-2": ["apne2", [1, 2, 3, 4]],
    "ap-northeast-3": ["apne3"],
    "ap-south-1": ["aps1"],
    "ap-south-2": ["aps2"],
    "ap-southeast-1": ["apse1"],
    "ap-southeast-2": ["apse2"],
    "ap-southeast-3": ["apse3"],
    "ap-southeast-4": ["apse4"],
    "ap-southeast-5": ["apse5"],
    "ap-southeast-6": ["apse6"],
    "ap-southeast-7": ["apse7"],
    // 3 is on no list any more
    "ca-central-1": ["cac1", [1, 2, 4]],
    "ca-west-1": ["caw1"],
    "eu-central-1": ["euc1"],
    "eu-central-2": ["euc2"],
    "eu-north-1": ["eun1"],
    "eu-south-1": ["eus1"],
    "eu-south-2": ["eus2"],
    "eu-west-1": ["euw1"],
    "eu-west-2": ["euw2", [1, 2, 3, 4]],
    "eu-west-3": ["euw3"],
    "il-central-1": ["ilc1"],
    "me-central-1": ["mec1"],
    "me-south-1": ["mes1"],
    "mx-central-1": ["mxc1"],
    "sa-east-1": ["sae1"],
    // 3 has no RDS Proxy, and few instance classes
    "us-east-1": ["use1", [1, 2, 4, 5, 6]],
    "us-east-2": ["use2"],
    // 2 has no RDS Proxy, and takes no new accounts: too few zones for a cluster
    "us-west-1": ["usw1", [1, 3]],
    "us-west-2": ["usw2", [1, 2, 3, 4]],
  },
  "aws-cn": {
    // 3 is on no list any more
    "cn-north-1": ["cnn1", [1, 2, 4]],
    "cn-northwest-1": ["cnnw1"],
  },
  "aws-us-gov": {
    "us-gov-east-1": ["usge1"],
    "us-gov-west-1": ["usgw1"],
  },
};

export const regions: readonly Region[] = Object.entries(table).flatMap(([partition, its]) =>
  Object.entries(its).map(([name, [prefix, zones = THREE]]) => ({
    name,
    partition: partition as Partition,
    zones: zones.map((zone) => `${prefix}-az${zone}`),
  })),
);

export const findRegion = (name: string): Region | undefined => regions.find((region) => region.name === name);

/** The domain of a partition's endpoints. */
export const domainOf = ({ partition }: Pick<Region, "partition">): string =>
  partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";

/** Where the provider itself looks, in its order. Undefined: nobody said. */
export const chosenRegionName = (): string | undefined =>
  new pulumi.Config("aws").get("region") || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || undefined;

/** @throws Error when no region is chosen, or one that is not known. */
export function chosenRegion(): Region {
  const name = chosenRegionName();
  if (name === undefined) {
    throw new Error("no AWS region is chosen: set one, as in `pulumi config set aws:region eu-central-1`");
  }
  const region = findRegion(name);
  if (region) return region;
  const known = regions.map((one) => one.name).join(", ");
  throw new Error(`aws:region is "${name}", which is no known region: write one of ${known}`);
}
