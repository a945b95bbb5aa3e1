import fc from "fast-check";
import * as ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { cidrName, ruleCidr, subnetCidr, VPC_PREFIX, vpcCidrProblem } from "../../../components/aws/cidrs";
import { regions } from "../../../components/aws/regions";

const zones = regions.flatMap((region) => region.zones);

/** First address of a block, and the one behind its last. */
function range(cidr: string): readonly [number, number] {
  const [address = "", bits] = cidr.split("/");
  const first = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return [first, first + 2 ** (32 - Number(bits))];
}

const vpc = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: VPC_PREFIX.least, max: VPC_PREFIX.most }))
  .map(([number, bits]) => {
    const address = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
    return `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/${bits}`).toString()}/${bits}`;
  });
const zone = fc.constantFrom(...zones);

describe("the subnets of a VPC", () => {
  it("lie in it, apart from each other, where AWS would put them", () => {
    fc.assert(
      fc.property(vpc, zone, zone, (block, one, other) => {
        expect(vpcCidrProblem(block)).toBeUndefined();
        const [outer, outerEnd] = range(block);
        const subnet = subnetCidr(block, one);
        const [first, end] = range(subnet);
        expect(first).toBeGreaterThanOrEqual(outer);
        expect(end).toBeLessThanOrEqual(outerEnd);
        // a block starts at a multiple of its size, and AWS takes none smaller than 16 addresses
        expect(first % (end - first)).toBe(0);
        expect(end - first).toBeGreaterThanOrEqual(16);
        const [otherFirst, otherEnd] = range(subnetCidr(block, other));
        const sameSlot = one.split("-az")[1] === other.split("-az")[1];
        expect(otherFirst < end && first < otherEnd).toBe(sameSlot);
      }),
    );
  });

  it("are the ones people expect", () => {
    expect(["euc1-az1", "euc1-az2", "euc1-az3"].map((one) => subnetCidr("10.90.0.0/16", one))).toEqual([
      "10.90.0.0/19",
      "10.90.32.0/19",
      "10.90.64.0/19",
    ]);
    expect(subnetCidr("255.255.255.0/24", "use1-az6")).toBe("255.255.255.160/27");
  });

  it.each([
    ["10.0.0.0/8", /between \/16 and \/24/],
    ["10.0.0.0/25", /between/],
    ["10.0.0.1/16", /write 10\.0\.0\.0\/16/],
    ["fd00::/48", /IPv4/],
    ["10.0.0.0", /IPv4/],
  ])("are not cut from %s", (block, message) => {
    expect(vpcCidrProblem(block)).toMatch(message);
    expect(() => subnetCidr(block, "euc1-az1")).toThrow(message);
  });

  it.each(["eu-central-1a", "euc1-az0", "euc1-az9", ""])("are in no zone %j", (bad) => {
    expect(() => subnetCidr("10.0.0.0/16", bad)).toThrow(/no zone id/);
  });
});

describe("a rule's block", () => {
  it("is written as AWS writes it", () => {
    expect(ruleCidr("10.1.0.0/16")).toEqual({ cidrIpv4: "10.1.0.0/16" });
    expect(ruleCidr("FD00:0:0:0::/8")).toEqual({ cidrIpv6: "fd00::/8" });
  });

  it("has a name of its own without what parts a URN", () => {
    const ipv6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([address, bits]) => `${address}/${bits}`);
    const ipv4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, bits]) => `${address}/${bits}`);
    const block = fc.oneof(ipv4, ipv6);
    fc.assert(
      fc.property(block, block, (one, other) => {
        expect(cidrName(one)).toMatch(/^[0-9a-f.]+-\d+$/);
        const same = JSON.stringify(ruleCidr(one)) === JSON.stringify(ruleCidr(other));
        expect(cidrName(one) === cidrName(other)).toBe(same);
      }),
    );
  });
});
