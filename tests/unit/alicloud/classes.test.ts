import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  classes,
  findClass,
  maxConnectionsOf,
  primaryClass,
  readOnlyClass,
  readOnlyTwin,
  smallestClass,
  storageGb,
  storageType,
} from "../../../components/alicloud/classes";
import { configured } from "./support/configured";

const GB = 1024 ** 3;

describe("the table", () => {
  // A sample of the service's own list, with the connections it names.
  it.each([
    ["pg.n2.2c.1m", "Basic", "general", 2, 4, 400],
    ["pg.n4.6c.1m", "Basic", "general", 6, 24, 2400],
    ["pg.x8.medium.1", "Basic", "dedicated", 2, 16, 1600],
    ["pg.x4.4xlarge.1", "Basic", "dedicated", 32, 128, 12_800],
    ["pg.n4.12c.2m", "HighAvailability", "general", 12, 48, 4800],
    ["pg.x2.medium.2c", "HighAvailability", "dedicated", 2, 4, 400],
    ["pg.x4.large.2c", "HighAvailability", "dedicated", 4, 16, 1600],
    ["pg.x2.13large.2c", "HighAvailability", "dedicated", 52, 96, 9600],
    ["pg.x8.13xlarge.2c", "HighAvailability", "dedicated", 104, 768, 76_800],
    ["pg.x8.24xlarge.2c", "HighAvailability", "dedicated", 192, 1536, 153_600],
    ["pg.x4m.large.2c", "HighAvailability", "dedicated", 4, 16, 1600],
    ["pgro.n4.8c.1m", "ReadOnly", "general", 8, 32, 3200],
    ["pgro.x4.large.1c", "ReadOnly", "dedicated", 4, 16, 1600],
    ["pgro.x2m.8xlarge.1c", "ReadOnly", "dedicated", 64, 128, 12_800],
  ] as const)("has %s", (code, category, family, vcpu, memory, connections) => {
    const found = findClass(code);
    expect(found).toMatchObject({ category, family, vcpu, memory: memory * GB });
    expect(found && maxConnectionsOf(found)).toBe(connections);
  });

  it("names each class once", () => {
    expect(new Set(classes.map(({ code }) => code)).size).toBe(classes.length);
  });

  it("has readers for every dedicated primary", () => {
    const primaries = classes.filter(
      ({ category, family }) => category === "HighAvailability" && family === "dedicated",
    );
    expect(primaries.length).toBeGreaterThan(50);
    for (const primary of primaries)
      expect(readOnlyTwin(primary)?.code).toBe(primary.code.replace(/^pg/, "pgro").replace(/2c$/, "1c"));
  });
});

describe("the smallest class", () => {
  it("has the size, takes the key, and nothing smaller would do", () => {
    const { spec } = configured("prod");
    const asked = fc.record({
      vcpu: fc.integer({ min: 1, max: 200 }),
      memory: fc.integer({ min: 1, max: 1600 }).map((gb) => gb * GB),
      highAvailability: fc.boolean(),
      atRest: fc.boolean(),
    });
    fc.assert(
      fc.property(asked, ({ vcpu, memory, highAvailability, atRest }) => {
        const encryption = { ...spec.encryption, atRest };
        const size = { vcpu, memory, storage: 200 * GB };
        const found = smallestClass({ size, highAvailability, encryption });
        const category = highAvailability ? "HighAvailability" : "Basic";
        const family = atRest || highAvailability ? "dedicated" : "general";
        const fits = classes.filter(
          (one) =>
            one.category === category &&
            one.family === family &&
            !one.onlyNamed &&
            one.vcpu >= vcpu &&
            one.memory >= memory,
        );
        if (found === undefined) {
          expect(fits).toEqual([]);
          return;
        }
        expect(fits).toContain(found);
        const smaller = fits.filter((one) => one.vcpu <= found.vcpu && one.memory <= found.memory);
        expect(smaller).toEqual([found]);
      }),
      { numRuns: 500 },
    );
  });

  it("of production is dedicated, with readers of the same size", () => {
    const { spec, options } = configured("prod");
    expect(primaryClass(spec, options)).toBe("pg.x4.large.2c");
    expect(readOnlyClass(spec, options)).toBe("pgro.x4.large.1c");
    expect([storageType(options), storageGb(spec)]).toEqual(["cloud_essd", 200]);
  });

  it("of development takes a key, or is small where none is asked for", () => {
    const of = (raw = {}) => {
      const { spec, options } = configured("dev", raw);
      return primaryClass(spec, options);
    };
    expect(of()).toBe("pg.x8.medium.1");
    expect(of({ encryption: { atRest: false } })).toBe("pg.n2.2c.1m");
  });
});
