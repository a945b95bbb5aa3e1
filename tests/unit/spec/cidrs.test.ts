import fc from "fast-check";
import * as ipaddr from "ipaddr.js";
import { expect, it } from "vitest";
import { partOfBlock } from "../../../components/spec/cidrs";

const rangeOf = (cidr: string): readonly [first: number, last: number] => {
  const number = (address: ipaddr.IPv4) => address.toByteArray().reduce((sum, byte) => sum * 256 + byte, 0);
  return [number(ipaddr.IPv4.networkAddressFromCIDR(cidr)), number(ipaddr.IPv4.broadcastAddressFromCIDR(cidr))];
};

it("cuts a block into equal parts that fill it, one behind the other", () => {
  const cut = fc.record({
    address: fc.tuple(fc.nat(223), fc.nat(255), fc.nat(255), fc.nat(255)),
    bits: fc.integer({ min: 1, max: 28 }),
    split: fc.integer({ min: 0, max: 4 }),
  });
  fc.assert(
    fc.property(cut, ({ address, bits, split }) => {
      const whole = `${ipaddr.IPv4.networkAddressFromCIDR(`${address.join(".")}/${bits}`)}/${bits}`;
      const parts = Array.from({ length: 2 ** split }, (_, slot) => rangeOf(partOfBlock(whole, 2 ** split, slot)));
      const [first, last] = rangeOf(whole);
      expect(parts[0]?.[0]).toBe(first);
      expect(parts.at(-1)?.[1]).toBe(last);
      for (const [index, [start, end]] of parts.entries()) {
        expect(end - start).toBe((parts[0]?.[1] ?? 0) - first);
        expect(parts[index + 1]?.[0] ?? end + 1).toBe(end + 1);
      }
    }),
  );
});

it.each([
  ["10.0.0.0", 4, 0],
  ["::/16", 4, 0],
  ["10.0.0.0/16", 4, 4],
  ["10.0.0.0/16", 4, -1],
  ["10.0.0.0/16", 3, 0],
  ["10.0.0.0/31", 4, 0],
])("refuses part of %s by %i: %i", (cidr, parts, slot) => {
  expect(() => partOfBlock(cidr, parts, slot)).toThrow(RangeError);
});
