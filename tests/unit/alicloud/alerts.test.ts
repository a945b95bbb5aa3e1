import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alicloudAlerts, type PlannedAlarm, plannedAlarms } from "../../../components/alicloud/alerts";
import { awsAlerts, plannedAlarms as plannedOnAws } from "../../../components/aws/alerts";
import { type AlertId, alerts } from "../../../components/catalogue/alerts";
import { configured } from "./support/configured";

const GB = 1024 ** 3;
const { spec } = configured("prod");
const production = { storage: 200 * GB, replicas: 2 };
const planned = (thresholds = spec.alerts.thresholds, capacity = production) => plannedAlarms(thresholds, capacity);
const named = (name: string): PlannedAlarm => {
  const found = planned().find((alarm) => alarm.name === name);
  if (!found) throw new Error(`no alarm ${name}`);
  return found;
};

describe("R16's four, as the requirements have them", () => {
  it.each(["primary", "reader-1", "reader-2"])("on the %s: CPU, memory, disk", (member) => {
    expect(named(`cpu-${member}`)).toMatchObject({ metric: "cpu_usage", limit: 80, times: 5, level: "warn" });
    expect(named(`memory-${member}`)).toMatchObject({ metric: "mem_usage", limit: 85, times: 3, level: "critical" });
    expect(named(`disk-${member}`)).toMatchObject({ metric: "local_fs_size_usage", limit: 85, times: 1 });
  });

  it("on the readers alone: replication lag", () => {
    const lag = planned().filter(({ alert }) => alert.id === "replicationLag");
    expect(lag.map(({ member }) => member)).toEqual([1, 2]);
    for (const one of lag) expect(one).toMatchObject({ metric: "PG_RO_ReadLag", limit: 30, times: 1 });
  });
});

describe("every alert of the catalogue", () => {
  it.each(alerts.map(({ id }) => id))("%s is measured, reported or the service's, and says so", (id) => {
    const told = alicloudAlerts[id];
    const alarms = planned().filter(({ alert }) => alert.id === id);
    if (told.by === "metric") expect(alarms.length).toBeGreaterThan(0);
    else {
      expect(alarms).toEqual([]);
      expect(told.note).toMatch(/^\S.{20,}$/);
    }
  });

  it("is looked at on the members it concerns", () => {
    const members = (id: AlertId) => planned().flatMap(({ alert, member }) => (alert.id === id ? [member] : []));
    expect(members("connections")).toEqual(["primary", 1, 2]);
    expect(members("slotLag")).toEqual(["primary"]);
    expect(members("transactionAge")).toEqual(["primary"]);
  });

  it("turns percentages into what the metric counts", () => {
    expect(named("transaction-age-primary")).toMatchObject({ metric: "PG_DBAge", limit: 1e9 });
    // 20 % of 200 GB, in MB
    expect(named("wal-disk-reader-2")).toMatchObject({ metric: "local_pg_wal_dir_size", limit: 40_960 });
  });

  it("is as severe and lasts as long as on AWS, where both measure it", () => {
    const capacity = {
      members: 3,
      vcpu: 4,
      memory: 16 * GB,
      storage: 200 * GB,
      maxConnections: 200,
      iops: 3000,
      throughput: 1,
      localDisk: false,
    };
    const onAws = plannedOnAws("license-db-prod", spec.alerts.thresholds, capacity);
    const both = alerts.filter(({ id }) => alicloudAlerts[id].by === "metric" && awsAlerts[id].by === "metric");
    expect(both.length).toBeGreaterThan(7);
    for (const { id } of both) {
      const ours = planned().find(({ alert }) => alert.id === id);
      const theirs = onAws.find(({ alert }) => alert.id === id);
      expect(ours?.times, id).toBe(theirs?.periods);
      expect(ours?.alert.severity, id).toBe(theirs?.alert.severity);
    }
  });
});

it("has rules that CloudMonitor takes, whatever is asked", () => {
  const thresholds = fc.record({ above: fc.integer({ min: 0, max: 100 }), for: fc.integer({ min: 0, max: 86_400 }) });
  const capacities = fc.record({
    storage: fc.integer({ min: 20, max: 64_000 }).map((size) => size * GB),
    replicas: fc.integer({ min: 0, max: 5 }),
  });
  const ids = fc.constantFrom(...alerts.map(({ id }) => id));
  fc.assert(
    fc.property(ids, thresholds, capacities, (id, threshold, capacity) => {
      const alarms = planned({ ...spec.alerts.thresholds, [id]: threshold }, capacity);
      expect(new Set(alarms.map(({ name }) => name)).size).toBe(alarms.length);
      for (const { name, limit, times, member } of alarms) {
        expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
        expect(Number.isFinite(limit)).toBe(true);
        expect(times).toBeGreaterThanOrEqual(1);
        if (member !== "primary") expect(member).toBeLessThanOrEqual(capacity.replicas);
      }
      for (const { alert, times } of alarms.filter((alarm) => alarm.alert.id === id)) {
        expect(times * 60, alert.id).toBeGreaterThanOrEqual(threshold.for);
        expect((times - 1) * 60, alert.id).toBeLessThan(Math.max(threshold.for, 1));
      }
    }),
  );
});
