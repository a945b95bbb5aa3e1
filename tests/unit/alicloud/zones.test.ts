import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findRegion, regions, zoneLetter } from "../../../components/alicloud/regions";
import { chosenZones, LAST_LETTER, placementOf, vpcCidrProblem, vswitchCidr } from "../../../components/alicloud/zones";
import { configured, REGION } from "./support/configured";

const zonesOf = (count: number): string[] =>
  ["h", "i", "j", "k", "g", "b"].slice(0, count).map((one) => `${REGION}-${one}`);

describe("members", () => {
  it("share a zone only when there is no other left", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 0, max: 8 }), (count, replicas) => {
        const {
          primary,
          standby,
          replicas: readers,
        } = placementOf({ highAvailability: true, replicas }, zonesOf(count));
        expect(standby).not.toBe(primary);
        expect(readers).toHaveLength(replicas);
        const uses = zonesOf(count).map((zone) => readers.filter((one) => one === zone).length);
        expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(1);
        // R3: the primary and as many replicas as there are other zones
        const few = readers.slice(0, count - 1);
        expect(new Set([primary, ...few]).size).toBe(1 + few.length);
      }),
    );
  });

  it("are one without high availability", () => {
    expect(placementOf({ highAvailability: false, replicas: 0 }, zonesOf(1))).toEqual({
      primary: "cn-hangzhou-h",
      replicas: [],
    });
  });

  it("have no standby without a second zone", () => {
    expect(() => placementOf({ highAvailability: true, replicas: 2 }, zonesOf(1))).toThrow(RangeError);
  });
});

describe("the zones", () => {
  it.each(regions.map(({ name }) => name))("of %s are its own, each once, and each has a vswitch", (name) => {
    const region = findRegion(name);
    const zones = region?.zones ?? [];
    expect(new Set(zones).size).toBe(zones.length);
    for (const zone of zones) {
      expect(zoneLetter({ name }, zone) ?? "~", zone).toMatch(new RegExp(`^[a-${LAST_LETTER}]$`));
      expect(vswitchCidr("10.0.0.0/16", { name }, zone)).toMatch(/\/20$/);
    }
  });

  it("are three in production, one in development, and those that are named", () => {
    const region = findRegion(REGION);
    if (!region) throw new Error("no region");
    const chosen = (stack: string, raw = {}) => {
      const { spec, options } = configured(stack, raw);
      return chosenZones(spec, options, region);
    };
    expect(chosen("prod")).toEqual(["cn-hangzhou-h", "cn-hangzhou-i", "cn-hangzhou-j"]);
    expect(chosen("dev")).toEqual(["cn-hangzhou-h"]);
    const zones = ["cn-hangzhou-k", "cn-hangzhou-b"];
    expect(chosen("prod", { alicloud: { network: { zones } } })).toEqual(zones);
  });

  it("of another region are none here", () => {
    expect(zoneLetter({ name: "cn-hangzhou" }, "cn-shanghai-h")).toBeUndefined();
    expect(zoneLetter({ name: "cn-hangzhou" }, "cn-hangzhou-hh")).toBeUndefined();
    expect(zoneLetter({ name: "eu-central-1" }, "eu-central-1-a")).toBeUndefined();
    expect(() => vswitchCidr("10.0.0.0/16", { name: "cn-hangzhou" }, "cn-shanghai-h")).toThrow(RangeError);
  });
});

it("lets nobody take a block that is public, too small or not at its start", () => {
  expect(vpcCidrProblem("10.42.0.0/16")).toBeUndefined();
  expect(vpcCidrProblem("172.16.0.0/12")).toBeUndefined();
  expect(vpcCidrProblem("10.42.0.0/24")).toMatch(/between \/12 and \/22/);
  expect(vpcCidrProblem("10.42.1.0/16")).toMatch(/write 10\.42\.0\.0\/16/);
  expect(vpcCidrProblem("100.64.0.0/16")).toMatch(/not private/);
  expect(vpcCidrProblem("8.8.0.0/16")).toMatch(/not private/);
  expect(vpcCidrProblem("300.0.0.0/16")).toMatch(/no block/);
});
