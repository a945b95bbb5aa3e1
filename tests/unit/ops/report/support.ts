import type { ServerCounters, Snapshot, Statement } from "../../../../ops/report/snapshot";

export const statement = (id: string, calls: number, more: Partial<Statement> = {}): Statement => ({
  id,
  text: `select ${id}`,
  calls,
  time: calls * 2,
  rows: calls,
  hit: 0,
  read: 0,
  io: 0,
  temp: 0,
  ...more,
});

export const server = (statements: readonly Statement[], more: Partial<ServerCounters> = {}): ServerCounters => ({
  name: "member-1",
  role: "primary",
  startedAt: "2026-01-01T00:00:00.000Z",
  statementsSince: "2026-01-01T00:00:00.000Z",
  statements,
  database: { xact_commit: 0, xact_rollback: 0, blks_hit: 0, blks_read: 0, deadlocks: 0, temp_bytes: 0, conflicts: 0 },
  ...more,
});

export const snapshot = (
  takenAt: string,
  servers: readonly ServerCounters[],
  more: Partial<Snapshot> = {},
): Snapshot => ({
  takenAt,
  stack: "prod",
  vendor: "local",
  database: "license_management",
  version: "15.18",
  servers,
  databaseBytes: 1e9,
  tables: [],
  indexes: [],
  pendingRestart: [],
  transactionAge: 1,
  connections: { used: 10, most: 200 },
  lag: [],
  audit: { available: false, loaded: false },
  ...more,
});
