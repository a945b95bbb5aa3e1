import * as ipaddr from "ipaddr.js"; // CIDR arithmetic
import { partOfBlock } from "../spec/cidrs";

/** More than any region has zones; a power of two. */
const SLOTS = 8;

/** Bits of a VPC's own prefix. RDS, the proxy and the functions each take addresses; /24 leaves 27 in each subnet. */
export const VPC_PREFIX = { least: 16, most: 24 } as const;

/** What is wrong with the block of a VPC, as a sentence. */
export function vpcCidrProblem(cidr: string): string | undefined {
  if (!ipaddr.IPv4.isValidCIDR(cidr)) return `"${cidr}" is no block of IPv4 addresses: write one as 10.42.0.0/16`;
  const [address, bits] = ipaddr.IPv4.parseCIDR(cidr);
  const { least, most } = VPC_PREFIX;
  if (bits < least || bits > most) return `"${cidr}" is /${bits}: a VPC here is between /${least} and /${most}`;
  const first = ipaddr.IPv4.networkAddressFromCIDR(cidr).toString();
  return address.toString() === first ? undefined : `"${cidr}" starts inside its block: write ${first}/${bits}`;
}

/**
 * A zone's subnet: an eighth of the VPC's block, the same one whichever other zones are chosen, so that a change of
 * zones moves no subnet that stays.
 * @param cidr of the VPC: "10.42.0.0/16"
 * @param zone its id: "euc1-az2"
 * @returns "10.42.32.0/19"
 * @throws RangeError for a block or a zone that the options' rules refuse first.
 */
export function subnetCidr(cidr: string, zone: string): string {
  const problem = vpcCidrProblem(cidr);
  if (problem !== undefined) throw new RangeError(problem);
  const slot = Number(/-az(\d+)$/.exec(zone)?.[1]) - 1;
  if (!(slot >= 0 && slot < SLOTS)) throw new RangeError(`"${zone}" is no zone id: it ends in az1 to az${SLOTS}`);
  return partOfBlock(cidr, SLOTS, slot);
}

/** A block as AWS gives it back, and which kind of rule it goes into. */
export function ruleCidr(cidr: string): { readonly cidrIpv4: string } | { readonly cidrIpv6: string } {
  const [address, bits] = ipaddr.parseCIDR(cidr);
  const text = `${address.toString()}/${bits}`;
  return address.kind() === "ipv4" ? { cidrIpv4: text } : { cidrIpv6: text };
}

/** A block as a part of a name: "10.1.0.0-16". No two blocks have the same, and none has the colons that part a URN. */
export function cidrName(cidr: string): string {
  const [address, bits] = ipaddr.parseCIDR(cidr);
  return `${address.toString().replaceAll(":", ".")}-${bits}`;
}
