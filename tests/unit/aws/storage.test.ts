import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AwsOptions } from "../../../components/aws/options";
import { storageProblems, volumeOf } from "../../../components/aws/storage";

const GB = 1024 ** 3;
type Storage = AwsOptions["storage"];
const asked = (storage: number, replicas = 2) => ({
  replicas,
  size: { vcpu: 4, memory: 16 * GB, storage: storage * GB },
});
const gp3: Storage = { type: "gp3" };

describe("volumes", () => {
  it("below 400 GB gp3's figures are fixed, and not sent", () => {
    expect(volumeOf(asked(200), { storage: gp3 })).toEqual({
      ...{ storageType: "gp3", allocatedStorage: 200, iops: undefined, storageThroughput: undefined },
    });
  });

  it("from 400 GB on they are named, so that a volume that grows past it takes none of the smaller one's along", () => {
    expect(volumeOf(asked(400), { storage: gp3 })).toMatchObject({ iops: 12_000, storageThroughput: undefined });
    expect(volumeOf(asked(400, 0), { storage: gp3 })).toMatchObject({ iops: 12_000, storageThroughput: 500 });
    const more: Storage = { type: "gp3", iops: 16_000, throughput: 1000 };
    expect(volumeOf(asked(400, 0), { storage: more })).toMatchObject({ iops: 16_000, storageThroughput: 1000 });
    expect(volumeOf(asked(200), { storage: { type: "io2", iops: 3000 } })).toMatchObject({
      ...{ storageType: "io2", iops: 3000, storageThroughput: undefined },
    });
  });

  it.each<[gb: number, replicas: number, storage: Storage]>([
    [20, 0, gp3],
    [65_536, 2, gp3],
    [400, 2, { type: "gp3", iops: 12_000 }],
    [400, 0, { type: "gp3", iops: 16_000, throughput: 4000 }],
    [100, 2, { type: "io1", iops: 1000 }],
    [200, 2, { type: "io2", iops: 10_000 }],
  ])("%i GB with %i replicas as %o will do", (gb, replicas, storage) => {
    expect(storageProblems(asked(gb, replicas), { storage })).toEqual([]);
  });

  it.each<[gb: number, replicas: number, storage: Storage, said: RegExp]>([
    [20.5, 2, gp3, /20\.50 GB: RDS sells whole gigabytes/],
    [19, 0, gp3, /a volume of type gp3 has 20 to 65536 GB/],
    [50, 2, { type: "io1", iops: 1000 }, /a volume of type io1 has 100 to/],
    [200, 2, { type: "gp3", iops: 3000 }, /iops is set: below 400 GB/],
    [200, 0, { type: "gp3", throughput: 500 }, /throughput is set: below 400 GB/],
    [400, 2, { type: "gp3", iops: 3000 }, /iops is 3000: type gp3 has 12000 to 64000/],
    [200, 2, { type: "io2" }, /iops is missing: type io2 needs it/],
    [200, 2, { type: "io2", iops: 20_000 }, /for 200 GB: type io2 has 0\.5 to 50/],
    [20_000, 2, { type: "io1", iops: 2000 }, /for 20000 GB: type io1 has 0\.5 to 50/],
    [200, 2, { type: "io2", iops: 3000, throughput: 500 }, /follows from its operations/],
    [400, 2, { type: "gp3", throughput: 500 }, /of a Multi-AZ DB cluster cannot be chosen/],
    [400, 0, { type: "gp3", throughput: 100 }, /gp3 has 500 to 4000 MB/],
    [400, 0, { type: "gp3", throughput: 3500 }, /a quarter of its operations/],
  ])("%d GB with %i replicas as %o is refused", (gb, replicas, storage, said) => {
    const problems = storageProblems(asked(gb, replicas), { storage });
    expect(problems.join("\n")).toMatch(said);
  });

  it("what is not refused has figures for every size where it must", () => {
    const storages = fc.record(
      {
        type: fc.constantFrom<Storage["type"]>("gp3", "io1", "io2"),
        iops: fc.integer({ min: 1, max: 300_000 }),
        throughput: fc.integer({ min: 1, max: 5000 }),
      },
      { requiredKeys: ["type"] },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70_000 }), fc.constantFrom(0, 2), storages, (gb, replicas, storage) => {
        if (storageProblems(asked(gb, replicas), { storage }).length > 0) return;
        const volume = volumeOf(asked(gb, replicas), { storage });
        const free = storage.type !== "gp3" || gb >= 400;
        expect(volume.iops !== undefined).toBe(free);
        if (volume.iops !== undefined) expect(volume.iops).toBeGreaterThanOrEqual(1000);
        if (volume.storageThroughput !== undefined) {
          expect(volume.storageThroughput).toBeLessThanOrEqual((volume.iops ?? 0) / 4);
        }
      }),
      { numRuns: 500 },
    );
  });
});
