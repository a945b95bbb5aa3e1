import { describe, expect, it } from "vitest";
import { thisProcess } from "../../../components/local/tools/processes";
import { ask } from "./python";

const figuresOf = (seen: object): Record<string, number> => {
  const [text = ""] = ask<object, string>("figures", [seen]);
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").pop())]),
  );
};

describe("what the watcher tells", () => {
  const primary = { replica: false, connections: 12, max_connections: 200, lag: 0, waiting: 3, waiting_for: 61.5 };

  it("is of the primary that WAL waits, and of a replica not: it archives nothing", () => {
    expect(figuresOf({ member: "member-1", row: primary })).toEqual({
      'license_db_member_primary{member="member-1"}': 1,
      'license_db_connections{member="member-1"}': 12,
      'license_db_max_connections{member="member-1"}': 200,
      'license_db_archive_waiting{member="member-1"}': 3,
      'license_db_archive_waiting_seconds{member="member-1"}': 61.5,
    });
    const replica = figuresOf({ member: "member-2", row: { ...primary, replica: true } });
    expect(replica['license_db_member_primary{member="member-2"}']).toBe(0);
    expect(Object.keys(replica).join()).not.toMatch(/archive/);
    const idle = figuresOf({ member: "m", row: { ...primary, waiting: 0, waiting_for: null } });
    expect(idle['license_db_archive_waiting_seconds{member="m"}']).toBe(0);
  });

  it("counts a backup's age from when the cluster was made while there is none yet", () => {
    const failure = { at: 150, message: "no space", inARow: 4 };
    const status = {
      daily: { lastSuccess: null, lastFailure: failure },
      archive: { lastSuccess: 120, lastFailure: null },
    };
    expect(figuresOf({ status, madeAt: 100 })).toEqual({
      'license_db_backup_last_success_seconds{kind="daily"}': 100,
      'license_db_backup_last_success_seconds{kind="archive"}': 120,
      'license_db_backup_failures_in_a_row{kind="daily"}': 4,
      'license_db_backup_failures_in_a_row{kind="archive"}': 0,
    });
    expect(Object.keys(figuresOf({ status: { daily: status.daily }, madeAt: 1 })).join()).not.toMatch(/archive/);
  });

  it("gives a pooler's times in seconds, and leaves its own database out", () => {
    const stats = [
      {
        database: "licenses",
        total_xact_count: 5,
        total_query_count: 9,
        total_query_time: 2_500_000,
        total_wait_time: 1_000,
      },
      { database: "pgbouncer", total_xact_count: 1, total_query_count: 1, total_query_time: 1, total_wait_time: 1 },
    ];
    const pools = [
      { database: "licenses", user: 'a "b"', cl_active: 7, cl_waiting: 1, sv_active: 2, sv_idle: 3, maxwait: 4 },
    ];
    const told = figuresOf({ pooler: "writer", stats, pools });
    expect(told['pgbouncer_stats_queries_duration_seconds_total{pooler="writer",database="licenses"}']).toBe(2.5);
    expect(
      told['pgbouncer_pools_client_waiting_connections{pooler="writer",database="licenses",user="a \\"b\\""}'],
    ).toBe(1);
    expect(Object.keys(told).join()).not.toMatch(/database="pgbouncer"/);
  });

  it("tells the moments of the last drill of each kind, and which one runs", () => {
    const process = { pid: 1, started: "x" };
    const drills = {
      switchover: { begin: 200, process },
      failover: { begin: 100, fault: 105.5, end: 120, process },
      restore: { begin: 50, fault: 51, process },
    };
    expect(figuresOf({ drills, running: ["switchover"] })).toEqual({
      'license_db_drill{drill="failover"}': 0,
      'license_db_drill_moment_seconds{drill="failover",moment="begin"}': 100,
      'license_db_drill_moment_seconds{drill="failover",moment="fault"}': 105.5,
      'license_db_drill_moment_seconds{drill="failover",moment="end"}': 120,
      // It was killed.
      'license_db_drill{drill="restore"}': 0,
      'license_db_drill_moment_seconds{drill="restore",moment="begin"}': 50,
      'license_db_drill_moment_seconds{drill="restore",moment="fault"}': 51,
      'license_db_drill{drill="switchover"}': 1,
      'license_db_drill_moment_seconds{drill="switchover",moment="begin"}': 200,
    });
  });

  it("takes no process for one that runs but that itself: neither one that ended, nor a later one of its number", () => {
    const self = thisProcess();
    const cases = [self, { ...self, started: self.started.replace(/\d+$/, "1") }, { ...self, pid: 2 ** 22 + 1 }];
    expect(ask("runs", cases)).toEqual([true, false, false]);
  });
});
