import { requiredParameters } from "./requirements";
/** What a database is, read back from what a vendor registered; in nobody's own terms. */
export interface Facts {
  /** The primary and its replicas. */
  readonly members: number;
  /** A commit waits for a second member. */
  readonly synchronous: boolean;
  /** Nothing that holds data can be deleted. */
  readonly protected: boolean;
  readonly finalBackup: boolean;
  readonly database: string;
  readonly username: string;
  readonly port: number;
  /** CIDR blocks beside the database's own place. */
  readonly openTo: readonly string[];
  /** Days. */
  readonly backupsKept: number;
  /** Days that recovery to a point in time reaches back, at least. */
  readonly pointInTime: number;
  /** Days; 0: no monthly archive. */
  readonly archivesKept: number;
  /** Start of the daily backup, and the zone that means: "01:00 UTC". */
  readonly backupAt: string;
  /** Of PostgreSQL, as `SHOW` prints them. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** One thing somebody asks for, and what must then hold, whoever the vendor is. */
export interface Scenario {
  readonly name: string;
  /** Its name chooses the defaults. */
  readonly stack: string;
  /** `license-db:` keys; the vendor is added. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly holds: Partial<Facts>;
}

/** R6 to R9, but for what the vendor's own machinery sets: listen_addresses and hot_standby. */
const { hot_standby: _, ...rest } = requiredParameters;
export const seedParameters: Readonly<Record<string, string>> = rest;

/** Written once; every vendor is held to them. */
export const scenarios: readonly Scenario[] = [
  {
    name: "production as it stands",
    stack: "prod",
    configuration: {},
    holds: {
      members: 3,
      synchronous: true,
      protected: true,
      finalBackup: true,
      database: "license_management",
      username: "license_app",
      port: 5432,
      openTo: [],
      backupsKept: 15,
      pointInTime: 7,
      archivesKept: 365,
      backupAt: "01:00 UTC",
      parameters: seedParameters,
    },
  },
  {
    name: "development as it stands",
    stack: "dev",
    configuration: {},
    holds: {
      members: 1,
      synchronous: false,
      protected: false,
      finalBackup: false,
      backupsKept: 7,
      pointInTime: 1,
      archivesKept: 0,
      parameters: { shared_buffers: "1GB", work_mem: "5MB", max_wal_size: "1GB" },
    },
  },
  {
    name: "a stack of its own name is production",
    stack: "team-7",
    configuration: {},
    holds: { members: 3, synchronous: true, protected: true, archivesKept: 365, parameters: seedParameters },
  },
  { name: "five replicas", stack: "prod", configuration: { replicas: 5 }, holds: { members: 6, synchronous: true } },
  {
    name: "a member alone",
    stack: "prod",
    configuration: { replicas: 0, highAvailability: false, synchronousReplication: false },
    holds: { members: 1, synchronous: false, protected: true },
  },
  {
    name: "speed before safety of the last commit",
    stack: "prod",
    configuration: { synchronousReplication: false },
    holds: { members: 3, synchronous: false },
  },
  {
    name: "names and port of its own",
    stack: "prod",
    configuration: { access: { database: "licenses", username: "app", port: 6432 } },
    holds: { database: "licenses", username: "app", port: 6432 },
  },
  {
    name: "two networks are let in",
    stack: "prod",
    configuration: { access: { allowedCidrs: ["10.1.0.0/16", "fd00::/8"] } },
    holds: { openTo: ["10.1.0.0/16", "fd00::/8"] },
  },
  {
    name: "backups kept longer, in the evening, without an archive",
    stack: "prod",
    configuration: {
      timeZone: "Asia/Shanghai",
      backups: { retention: "30d", pointInTimeRecovery: "14d", archiveRetention: "0", window: "22:30-23:30" },
    },
    holds: { backupsKept: 30, pointInTime: 14, archivesKept: 0, backupAt: "22:30 Asia/Shanghai" },
  },
  {
    name: "something to throw away",
    stack: "prod",
    configuration: { deletionProtection: false, backups: { finalBackup: false } },
    holds: { protected: false, finalBackup: false },
  },
  {
    name: "parameters of its own, written as people write them",
    stack: "prod",
    configuration: { parameters: { work_mem: "32 MB", autovacuum_naptime: "20s", log_statement: "DDL", jit: "off" } },
    holds: {
      parameters: { ...seedParameters, work_mem: "32MB", autovacuum_naptime: "20s", log_statement: "ddl", jit: "off" },
    },
  },
  {
    name: "change capture",
    stack: "prod",
    configuration: { parameters: { wal_level: "logical" } },
    holds: { parameters: { ...seedParameters, wal_level: "logical" } },
  },
];
