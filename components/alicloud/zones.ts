import * as ipaddr from "ipaddr.js"; // CIDR arithmetic
import { partOfBlock } from "../spec/cidrs";
import type { Spec } from "../spec/spec";
import type { AlicloudOptions } from "./options";
import { type Region, zoneLetter } from "./regions";

/** Which zone each member is in. */
export interface Placement {
  readonly primary: string;
  readonly standby?: string;
  readonly replicas: readonly string[];
}

/** A primary, a standby and replicas are spread over three where there are as many. */
const SPREAD = 3;

/** The zones, by id: those that were asked for, or the region's first. */
export function chosenZones(
  spec: Pick<Spec, "highAvailability">,
  options: Pick<AlicloudOptions, "network">,
  region: Region,
): readonly string[] {
  if (options.network.zones.length > 0) return options.network.zones;
  return region.zones.slice(0, spec.highAvailability ? SPREAD : 1);
}

/**
 * Who is where: the standby in the second zone, replicas taking turns in those behind it first, so that no two members
 * share a zone as long as there is another.
 * @param zones at least one; two with high availability
 */
export function placementOf(
  { highAvailability, replicas }: Pick<Spec, "highAvailability" | "replicas">,
  zones: readonly string[],
): Placement {
  const [primary, second] = zones;
  if (primary === undefined) throw new RangeError("a database needs a zone");
  if (!highAvailability) return { primary, replicas: [] };
  if (second === undefined) throw new RangeError("a standby needs a second zone");
  const turns = [...zones.slice(2), second, primary];
  return {
    primary,
    standby: second,
    replicas: Array.from({ length: replicas }, (_, i) => turns[i % turns.length] ?? second),
  };
}

/** A vswitch for each letter a zone's id may end in; a power of two. */
const SLOTS = 16;
export const LAST_LETTER = String.fromCharCode("a".charCodeAt(0) + SLOTS - 1);

/** Bits of a VPC's own prefix: /22 leaves 60 addresses in each of the sixteen vswitches. */
export const VPC_PREFIX = { least: 12, most: 22 } as const;

/** What is wrong with the block of a VPC, as a sentence. */
export function vpcCidrProblem(cidr: string): string | undefined {
  if (!ipaddr.IPv4.isValidCIDR(cidr)) return `"${cidr}" is no block of IPv4 addresses: write one as 10.42.0.0/16`;
  const [address, bits] = ipaddr.IPv4.parseCIDR(cidr);
  const { least, most } = VPC_PREFIX;
  if (bits < least || bits > most) return `"${cidr}" is /${bits}: a VPC here is between /${least} and /${most}`;
  const first = ipaddr.IPv4.networkAddressFromCIDR(cidr);
  if (address.toString() !== first.toString()) return `"${cidr}" starts inside its block: write ${first}/${bits}`;
  if (first.range() === "private") return undefined;
  return `"${cidr}" is not private: take a part of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`;
}

/**
 * A zone's vswitch: a sixteenth of the VPC's block, the same one whichever other zones are chosen, so that a change of
 * zones moves no vswitch that stays.
 * @param cidr of the VPC: "10.42.0.0/16"
 * @returns "10.42.112.0/20" for "cn-hangzhou-h"
 * @throws RangeError for a block or a zone that the options' rules refuse first.
 */
export function vswitchCidr(cidr: string, region: Pick<Region, "name">, zone: string): string {
  const letter = zoneLetter(region, zone);
  if (letter === undefined) throw new RangeError(`"${zone}" is no zone of ${region.name}`);
  return partOfBlock(cidr, SLOTS, letter.charCodeAt(0) - "a".charCodeAt(0));
}
