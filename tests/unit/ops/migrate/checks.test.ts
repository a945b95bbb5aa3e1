import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCEPTABLE, type Ends, judge } from "../../../../ops/migrate/checks";
import type { Survey, SurveyedTable } from "../../../../ops/migrate/survey";

const table = (name: string, more: Partial<SurveyedTable> = {}): SurveyedTable => ({
  ...{ schema: "licensing", name, bytes: 1e6, rows: 100, kind: "r", identity: "key" },
  ...more,
});

const end = (label: string, more: Partial<Survey> = {}): Survey => ({
  label,
  versionNumber: 150_018,
  version: "15.18",
  system: label,
  database: "product",
  encoding: "UTF8",
  collation: "C.UTF-8",
  collationProvider: "libc",
  inRecovery: false,
  settings: {
    wal_level: "logical",
    max_replication_slots: "10",
    max_wal_senders: "10",
    max_logical_replication_workers: "4",
    max_worker_processes: "8",
    max_slot_wal_keep_size: "-1",
    synchronous_standby_names: "1 (member-2)",
  },
  bytes: 1e7,
  tables: [],
  sequences: 1,
  unlogged: [],
  foreign: [],
  largeObjects: 0,
  extensions: [],
  availableExtensions: { pgcrypto: "1.3" },
  extensionData: [],
  publications: [],
  subscriptions: [],
  slots: [],
  walSenders: 0,
  prepared: 0,
  owners: ["owner"],
  grantees: [],
  untrusted: [],
  eventTriggers: [],
  user: "owner",
  superuser: true,
  replication: true,
  mayCreate: true,
  unreadable: [],
  virtualColumns: [],
  leftover: false,
  ...more,
});

const ends = (source: Partial<Survey> = {}, target: Partial<Survey> = {}, more: Partial<Ends> = {}): Ends => ({
  source: end("source", { tables: [table("customers")], ...source }),
  target: end("target", target),
  targetCluster: "patroni",
  freeBytes: 1e9,
  ...more,
});

const stops = (given: Ends, accepted: readonly string[] = []) =>
  judge(given, accepted)
    .filter(({ verdict }) => verdict === "stop")
    .map(({ name }) => name);
const warns = (given: Ends) =>
  judge(given)
    .filter(({ verdict }) => verdict === "warn")
    .map(({ name }) => name);

const with_ = (settings: Record<string, string>) => ({ settings: { ...end("x").settings, ...settings } });

describe("what stands in the way of a migration", () => {
  it("is nothing where all is well", () => {
    expect(judge(ends()).filter(({ verdict }) => verdict !== "ok")).toEqual([]);
  });

  it.each<[string, Ends]>([
    ["version", ends({ versionNumber: 110_022, version: "11.22" })],
    ["same database", ends({ system: "target" })],
    ["primary", ends({ inRecovery: true })],
    ["target empty", ends({}, { tables: [table("old")] })],
    ["left over", ends({ leftover: true })],
    ["encoding", ends({ encoding: "SQL_ASCII" })],
    ["encoding", ends({}, { encoding: "LATIN1" })],
    ["extensions", ends({ extensions: [{ name: "postgis", version: "3.4" }] })],
    ["tables", ends({ tables: [] })],
    ["replica identity", ends({ tables: [table("log", { identity: "none" })] })],
    ["large-objects", ends({ largeObjects: 2 })],
    ["unlogged-tables", ends({ unlogged: ["licensing.cache"] })],
    ["foreign-tables", ends({ foreign: ["licensing.elsewhere"] })],
    ["event-triggers", ends({ eventTriggers: ["guard"] })],
    ["languages", ends({ untrusted: ["plperlu"] })],
    ["virtual columns", ends({ versionNumber: 180_006, virtualColumns: ["licensing.a.b"] })],
    ["wal_level", ends(with_({ wal_level: "replica" }))],
    ["slots", ends({ ...with_({ max_replication_slots: "1" }), slots: [{ name: "x", active: true, logical: false }] })],
    ["slots", ends({}, { slots: [{ name: "license_db_migration_back", active: false, logical: true }] })],
    ["walsenders", ends({ walSenders: 9 })],
    ["workers", ends({}, with_({ max_logical_replication_workers: "0" }))],
    ["user", ends({ replication: false })],
    ["user", ends({ unreadable: ["licensing.secrets"] })],
    ["prepared transactions", ends({ prepared: 1 })],
    ["disk", ends({ bytes: 2e9 })],
  ])("%s", (name, given) => {
    expect(stops(given)).toEqual([name]);
    const check = judge(given).find((one) => one.name === name);
    expect(check?.mend).toBeTruthy();
  });

  it.each<[string, Ends]>([
    ["version", ends({ versionNumber: 160_001, version: "16.1" })],
    ["encoding", ends({ encoding: "LATIN1" })],
    ["collation", ends({ collation: "de_DE.utf8" })],
    ["extensions", ends({ extensions: [{ name: "pgcrypto", version: "1.2" }] })],
    ["replica identity", ends({ tables: [table("use", { identity: "full" })] })],
    ["way back", ends({ superuser: false })],
    ["way back", ends({}, with_({ wal_level: "replica" }))],
    ["slots", ends({ slots: [{ name: "forgotten", active: false, logical: false }] })],
    ["kept WAL", ends(with_({ max_slot_wal_keep_size: "1024" }))],
    ["target's failover", ends({}, with_({ synchronous_standby_names: "" }))],
    ["owners", ends({ grantees: ["reporting"] })],
    ["other replication", ends({ publications: ["cdc"] })],
  ])("is not, but is told: %s", (name, given) => {
    expect(stops(given)).toEqual([]);
    expect(warns(given)).toEqual([name]);
  });

  it("a partitioned table needs no identity of its own", () => {
    expect(stops(ends({ tables: [table("audit", { kind: "p", identity: "none" }), table("audit_1")] }))).toEqual([]);
  });

  it("may be left behind only where nothing else breaks by that, and by name", () => {
    const given = ends({ largeObjects: 1, unlogged: ["a.b"], prepared: 1 });
    expect(stops(given, ["large-objects"])).toEqual(["unlogged-tables", "prepared transactions"]);
    fc.assert(
      fc.property(fc.subarray([...ACCEPTABLE, "prepared transactions"]), (accepted) => {
        expect(stops(given, accepted)).toContain("prepared transactions");
      }),
    );
  });
});
