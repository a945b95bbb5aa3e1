import type { Spec } from "../spec/spec";
import type { Region } from "./regions";
import { topologyOf } from "./topology";

/** A zone, by the id that means the same place in every account and by the account's own name. */
export interface Zone {
  readonly id: string;
  readonly name: string;
}

export interface SubnetAnswer {
  readonly id: string;
  /** Absent: there is no such subnet. */
  readonly found?: {
    /** Whether it is in the VPC that was named. */
    readonly inVpc: boolean;
    readonly zone: string;
    /** An internet gateway that its routes lead to. */
    readonly gateway?: string;
  };
}

/** How many zones the database needs its subnets and its class in. */
export interface Needed {
  readonly zones: number;
  readonly subnetZones: number;
  /** "a Multi-AZ DB cluster" */
  readonly whole: string;
}

export function neededBy(spec: Pick<Spec, "replicas" | "highAvailability">): Needed {
  if (topologyOf(spec) === "cluster") return { zones: 3, subnetZones: 3, whole: "a Multi-AZ DB cluster" };
  // RDS wants a second zone for the subnets of every database, standby or not.
  return spec.highAvailability
    ? { zones: 2, subnetZones: 2, whole: "an instance with a standby" }
    : { zones: 1, subnetZones: 2, whole: "an instance" };
}

/** Zones that were chosen for new subnets, and those that this account can use. */
export function zoneProblems(region: Region, wanted: readonly string[], open: readonly Zone[]): readonly string[] {
  const ids = open.map(({ id }) => id);
  const closed = wanted.filter((zone) => !ids.includes(zone));
  if (closed.length === 0) return [];
  const usable = region.zones.filter((zone) => ids.includes(zone));
  return [
    `this account cannot use ${closed.join(", ")} of ${region.name}: set license-db:aws.network.zones to some of ${usable.join(", ") || "another region's"}`,
  ];
}

/** Where a class is sold, against where it is wanted. */
export function offerProblems(
  needed: Needed,
  offer: {
    readonly what: string;
    readonly region: string;
    /** Zone ids; undefined: nowhere in the region. */
    readonly sold: readonly string[] | undefined;
    readonly wanted: readonly string[];
  },
): readonly string[] {
  const { what, region, sold, wanted } = offer;
  if (sold === undefined) {
    return [`RDS does not sell ${what} as ${needed.whole} in ${region}: set license-db:aws.instanceClass to another`];
  }
  const both = wanted.filter((zone) => sold.includes(zone));
  if (new Set(both).size >= needed.zones) return [];
  return [
    `${needed.whole} needs ${what} in ${needed.zones} of the zones ${wanted.join(", ")}; RDS sells it in ${both.join(", ") || "none"} of them: set license-db:aws.instanceClass to another, or choose subnets in ${sold.join(", ") || "another region"}`,
  ];
}

/** Subnets of the user's own VPC. */
export function subnetProblems(needed: Needed, subnets: readonly SubnetAnswer[]): readonly string[] {
  const key = "license-db:aws.network.subnetIds";
  const wrong = subnets.flatMap(({ id, found }) => {
    if (!found) return [`${key} names ${id}, which is not there: write the id of a subnet of this account and region`];
    if (!found.inVpc) return [`${key} names ${id}, which is not in license-db:aws.network.vpcId: write one that is`];
    return found.gateway === undefined
      ? []
      : [`${key} names ${id}, which has a route to the internet (${found.gateway}): write one that has none (R11)`];
  });
  const zones = new Set(subnets.flatMap(({ found }) => (found ? [found.zone] : [])));
  const few = subnets.length > 0 && wrong.length === 0 && zones.size < needed.subnetZones;
  const written = [...zones].sort().join(", ");
  const message = `${key} has subnets in ${written}; ${needed.whole} needs ${needed.subnetZones} zones: add subnets in others`;
  return few ? [...wrong, message] : wrong;
}
