/** What one look at the servers found; kept, so that the next report can tell what the time between has brought. */
export interface Snapshot {
  /** ISO 8601. */
  readonly takenAt: string;
  readonly stack: string;
  readonly vendor: string;
  readonly database: string;
  /** "15.18" */
  readonly version: string;
  readonly servers: readonly ServerCounters[];
  readonly databaseBytes: number;
  readonly tables: readonly Table[];
  readonly indexes: readonly Index[];
  /** Settings that wait for a restart. */
  readonly pendingRestart: readonly string[];
  /** Percent of the transaction ids there are. */
  readonly transactionAge: number;
  readonly connections: { readonly used: number; readonly most: number };
  /** Seconds, of each standby the primary sends to. */
  readonly lag: readonly { readonly name: string; readonly seconds: number; readonly bytes: number }[];
  readonly audit: Audit;
}

/** Counters of one server: they are its own, whichever role it has, and begin anew when it loses them. */
export interface ServerCounters {
  readonly name: string;
  readonly role: "primary" | "replica";
  /** ISO 8601. */
  readonly startedAt: string;
  /** When pg_stat_statements was last emptied. */
  readonly statementsSince: string;
  readonly statements: readonly Statement[];
  /** Of the application's database, by pg_stat_database's names. */
  readonly database: Readonly<Record<DatabaseCounter, number>>;
}

export const DATABASE_COUNTERS = [
  "xact_commit",
  "xact_rollback",
  "blks_hit",
  "blks_read",
  "deadlocks",
  "temp_bytes",
  "conflicts",
] as const;
export type DatabaseCounter = (typeof DATABASE_COUNTERS)[number];

/** One statement of pg_stat_statements, all roles together. Only ever grows until it is forgotten. */
export interface Statement extends Counts {
  /** queryid */
  readonly id: string;
  /** Without literals. */
  readonly text: string;
}

export interface Counts {
  readonly calls: number;
  /** Milliseconds. */
  readonly time: number;
  readonly rows: number;
  /** Pages of 8 kB found in memory, and not. */
  readonly hit: number;
  readonly read: number;
  /** Milliseconds spent reading and writing files. */
  readonly io: number;
  /** Pages written to temporary files. */
  readonly temp: number;
}

export interface Table {
  readonly name: string;
  /** With its indexes and whatever is stored out of line. */
  readonly bytes: number;
  readonly rows: number;
  readonly dead: number;
  /** What a table of these rows would not need, in bytes of its own file: an estimate out of the planner's statistics. */
  readonly bloat: number;
  /** On every server, since their counters began. */
  readonly sequentialScans: number;
  readonly sequentialRows: number;
  readonly indexScans: number;
  readonly analyzed: boolean;
}

export interface Index {
  readonly name: string;
  readonly table: string;
  readonly bytes: number;
  /** On every server, since their counters began. */
  readonly scans: number;
  /** It keeps a rule (primary key, unique, exclusion), so it is needed whether or not it is read. */
  readonly rule: boolean;
  /** The same for indexes that do the same. */
  readonly shape: string;
}

export interface Audit {
  readonly available: boolean;
  readonly loaded: boolean;
  /** pgaudit.log, where it is loaded. */
  readonly log?: string;
}
