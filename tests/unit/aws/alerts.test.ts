import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { awsAlerts, type PlannedAlarm, plannedAlarms } from "../../../components/aws/alerts";
import { type Capacity, capacityOf, volumeRates } from "../../../components/aws/capacity";
import { type AlertId, alerts, findAlert } from "../../../components/catalogue/alerts";
import { someOptions, specOf } from "./support/registered";

const GB = 1024 ** 3;
const MB = 1024 ** 2;
const prod = specOf("prod");
const three = capacityOf(prod, someOptions, 3);
const one = capacityOf(specOf("dev"), someOptions, 1);
const planned = (capacity: Capacity = three, thresholds = prod.alerts.thresholds) =>
  plannedAlarms("license-db-prod", thresholds, capacity);
const named = (name: string, capacity: Capacity = three) => {
  const found = planned(capacity).find((alarm) => alarm.name === name);
  if (!found) throw new Error(`no alarm ${name}`);
  return found;
};
const plain = ({ statistic, fires, limit, periods, queries }: PlannedAlarm) => ({
  statistic,
  fires,
  limit,
  periods,
  metrics: queries.map((query) => ("metric" in query ? query.metric : query.expression)),
});

describe("R16's four, as the requirements have them", () => {
  it.each([1, 2, 3])("on member %i: CPU, memory, disk", (member) => {
    expect(plain(named(`cpu-${member}`))).toEqual({
      statistic: "Average",
      fires: "above",
      limit: 80,
      periods: 5,
      metrics: ["CPUUtilization"],
    });
    // 85 % of 16 GB used is 2.4 GB free, of 200 GB it is 30 GB.
    const memory = { fires: "below", limit: Math.round(2.4 * GB), periods: 3, metrics: ["FreeableMemory"] };
    expect(plain(named(`memory-${member}`))).toMatchObject(memory);
    expect(plain(named(`disk-${member}`))).toMatchObject({
      fires: "below",
      limit: 30 * GB,
      periods: 1,
      metrics: ["FreeStorageSpace"],
    });
    expect(named(`cpu-${member}`).members).toEqual([member - 1]);
  });

  it("over all members: replication lag, at 60 s", () => {
    expect(plain(named("replication-lag"))).toEqual({
      statistic: "Maximum",
      fires: "above",
      limit: 30,
      periods: 1,
      metrics: ["ReplicaLag", "ReplicaLag", "ReplicaLag", "MAX([m1, m2, m3])"],
    });
  });
});

describe("every alert of the catalogue", () => {
  it.each(alerts.map(({ id }) => id))("%s is measured, reported or impossible, and says so", (id) => {
    const told = awsAlerts[id];
    const alarms = planned().filter(({ alert }) => alert.id === id);
    if (told.by === "metric") expect(alarms.length).toBeGreaterThan(0);
    else {
      expect(alarms).toEqual([]);
      expect(told.note).toMatch(/^\S.{20,}$/);
    }
  });

  it("has an alarm for each member where every member is measured, else one", () => {
    for (const { id, scope } of alerts) {
      const alarms = planned().filter(({ alert, name }) => alert.id === id && !name.includes("local"));
      if (awsAlerts[id].by === "metric") expect(alarms, id).toHaveLength(scope === "every member" ? 3 : 1);
      for (const { members } of alarms) expect(members, id).toHaveLength(scope === "every member" ? 1 : 3);
    }
  });

  it("looks at nothing that needs replicas where there are none", () => {
    const ids = planned(one).map(({ alert }) => alert.id);
    expect(ids).not.toContain("replicationLag");
    expect(ids).not.toContain("missingReplicas");
    expect(ids).toEqual(expect.arrayContaining(["cpu", "memory", "disk", "transactionAge"]));
    expect(plain(named("transaction-age", one)).metrics).toEqual(["MaximumUsedTransactionIDs"]);
  });

  it("counts the members that report", () => {
    const alarm = named("missing-replicas");
    expect(alarm).toMatchObject({ fires: "below", limit: 3, periods: 5, missing: "breaching" });
    expect(plain(alarm).metrics.slice(3)).toEqual(["m1 * 0 + 1", "m2 * 0 + 1", "m3 * 0 + 1", "SUM([up1, up2, up3])"]);
  });

  it("watches disks of the machine's own, where it has them", () => {
    expect(named("disk-local-2")).toMatchObject({ fires: "below", limit: 15 });
    expect(planned(one).some(({ name }) => name.includes("local"))).toBe(false);
  });

  it("compares a volume's use with what the volume is good for", () => {
    expect(plain(named("disk-io-1")).metrics.slice(4)).toEqual([
      "100 * (m1 + m2) / 3000",
      `100 * (m3 + m4) / ${125 * MB}`,
      "MAX([operations, bytes])",
    ]);
  });
});

describe("an alarm", () => {
  const thresholds = fc.record({
    above: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double({ min: 0, max: 100, noNaN: true })),
    for: fc.integer({ min: 0, max: 86_400 }),
  });
  const capacities = fc.record<Capacity>({
    members: fc.constantFrom(1, 3),
    vcpu: fc.integer({ min: 1, max: 192 }),
    memory: fc.integer({ min: 1, max: 1536 }).map((size) => size * GB),
    storage: fc.integer({ min: 20, max: 65_536 }).map((size) => size * GB),
    maxConnections: fc.integer({ min: 10, max: 10_000 }),
    iops: fc.integer({ min: 1000, max: 256_000 }),
    throughput: fc.integer({ min: 125, max: 4000 }).map((size) => size * MB),
    localDisk: fc.boolean(),
  });

  it("is one that CloudWatch takes, whatever is asked", () => {
    fc.assert(
      fc.property(fc.constantFrom(...alerts.map(({ id }) => id)), thresholds, capacities, (id, threshold, capacity) => {
        for (const alarm of planned(capacity, { ...prod.alerts.thresholds, [id]: threshold })) {
          expect(Number.isFinite(alarm.limit)).toBe(true);
          expect(alarm.periods).toBeGreaterThanOrEqual(1);
          // A day at most, and ten queries at most.
          expect(alarm.periods * 60).toBeLessThanOrEqual(86_400);
          expect(alarm.queries.length).toBeLessThanOrEqual(10);
          expect(alarm.description.length).toBeLessThanOrEqual(1024);
          expect(alarm.name).toMatch(/^[a-z][a-z0-9-]*$/);
          const ids = alarm.queries.map((query) => query.id);
          expect(new Set(ids).size).toBe(ids.length);
        }
        const names = planned(capacity).map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it("lasts at least as long as asked, and not a minute longer", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400 }), (seconds) => {
        const [alarm] = planned(one, { cpu: { above: 80, for: seconds } });
        const lasts = (alarm?.periods ?? 0) * 60;
        expect(lasts).toBeGreaterThanOrEqual(seconds);
        expect(lasts - Math.max(seconds, 1)).toBeLessThan(60);
      }),
    );
  });

  it.each<[AlertId, "memory" | "storage"]>([
    ["memory", "memory"],
    ["disk", "storage"],
  ])("%s fires exactly when more than the percentage is used", (id, whole) => {
    fc.assert(
      fc.property(
        capacities,
        fc.integer({ min: 0, max: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (capacity, above, part) => {
          const alarm = planned(capacity, { [id]: { above, for: 0 } }).find(({ name }) => name === `${id}-1`);
          const freeBytes = Math.round(part * capacity[whole]);
          const usedPercent = 100 * (1 - freeBytes / capacity[whole]);
          // Not within the byte that is rounded.
          fc.pre(Math.abs(usedPercent - above) > 1e-6);
          expect(freeBytes < (alarm?.limit ?? 0)).toBe(usedPercent > above);
        },
      ),
    );
  });

  it("tells a person what it is, on which member, and what to do first", () => {
    const { description } = named("disk-2");
    const alert = findAlert("disk");
    expect(description).toContain("CRITICAL: The disk is filling (member 2 of license-db-prod).");
    expect(description).toContain("> 85 %");
    expect(description).toContain(alert?.runbook);
    expect(named("cpu-1").description).toContain("> 80 % for 5 min");
  });
});

describe("a member", () => {
  it.each([
    ["gp3 below 400 GiB", 399 * GB, { type: "gp3" as const }, { iops: 3000, throughput: 125 * MB }],
    ["gp3 from 400 GiB on", 400 * GB, { type: "gp3" as const }, { iops: 12_000, throughput: 500 * MB }],
    [
      "gp3 with more",
      400 * GB,
      { type: "gp3" as const, iops: 16_000, throughput: 1000 },
      { iops: 16_000, throughput: 1000 * MB },
    ],
    ["io2", 200 * GB, { type: "io2" as const, iops: 4000 }, { iops: 4000, throughput: 1000 * MB }],
  ])("%s", (_, storage, options, rates) => {
    expect(volumeRates(storage, options)).toEqual(rates);
  });

  it.each([
    ["db.m6gd.2xlarge", 3, true],
    ["db.r6idn.2xlarge", 3, true],
    ["db.x2iedn.xlarge", 3, true],
    ["db.m5d.xlarge", 3, true],
    ["db.m6id.xlarge", 1, true],
    ["db.m6g.xlarge", 1, false],
    ["db.t4g.xlarge", 1, false],
  ])("%s of %i has disks of its own: %s", (instanceClass, members, localDisk) => {
    const spec = members === 1 ? specOf("dev") : prod;
    expect(capacityOf(spec, { ...someOptions, instanceClass }, members).localDisk).toBe(localDisk);
  });

  it("is measured by the class that was chosen, which may be larger than what was asked for", () => {
    const larger = capacityOf(prod, { ...someOptions, instanceClass: "db.r6gd.2xlarge" }, 3);
    expect(larger).toMatchObject({ vcpu: 8, memory: 64 * GB });
    expect(three).toMatchObject({ vcpu: 4, memory: 16 * GB });
  });
});
