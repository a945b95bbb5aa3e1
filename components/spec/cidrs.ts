/** Blocks of IPv4 addresses, cut by arithmetic alone. */
import * as ipaddr from "ipaddr.js"; // CIDR arithmetic

/**
 * One of the equal parts of a block. Which one depends on `slot` alone, so that parts taken later move none taken before.
 * @param cidr of the whole: "10.42.0.0/16"
 * @param parts how many there are; a power of two
 * @param slot from 0
 * @returns "10.42.32.0/20"
 * @throws RangeError for a block that is none, or a slot there is not.
 */
export function partOfBlock(cidr: string, parts: number, slot: number): string {
  if (!ipaddr.IPv4.isValidCIDR(cidr)) throw new RangeError(`"${cidr}" is no block of IPv4 addresses`);
  if (!Number.isInteger(slot) || slot < 0 || slot >= parts)
    throw new RangeError(`there is no part ${slot} of ${parts}`);
  const [, bits] = ipaddr.IPv4.parseCIDR(cidr);
  const partBits = bits + Math.log2(parts);
  if (!Number.isInteger(partBits) || partBits > 32) throw new RangeError(`"${cidr}" does not fall into ${parts} parts`);
  const first = toNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr)) + slot * 2 ** (32 - partBits);
  return `${fromNumber(first)}/${partBits}`;
}

const toNumber = (address: ipaddr.IPv4): number =>
  address.toByteArray().reduce((number, byte) => number * 256 + byte, 0);

const fromNumber = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
