/**
 * The specification of one license database: what is asked for, in vendor-neutral terms.
 *
 * Everything here is plain data (no Pulumi outputs): a spec is complete and validated before the first resource is
 * registered, so a bad configuration can never leave half a database behind. Sizes are bytes, durations are seconds,
 * times of day are minutes since midnight in the stack's own time zone.
 */

/** Bytes. Written "16GB" in configuration; 1 GB is 1024 MB, as in PostgreSQL. */
export type Bytes = number;
/** Seconds. Written "15d", "90s", "1h30m" in configuration. */
export type Seconds = number;
/** A PostgreSQL setting's value as the user means it, in the form of `SHOW`: "4GB", "200", "on". */
export type ParameterValue = string;

export type VendorName = "aws" | "alicloud" | "local";
/** Major versions of PostgreSQL. Stacks start on the first (R1); the others are what it can be upgraded to (R19). */
export type Major = 15 | 16 | 17;
export type Weekday = "Sun" | "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat";

/** A weekly or daily window, local to `timeZone` (an IANA name). */
export interface Window {
  /** Absent: every day. */
  readonly day?: Weekday;
  /** Minutes since midnight. */
  readonly start: number;
  /** Minutes since midnight; smaller than `start` when the window crosses midnight. */
  readonly end: number;
  readonly timeZone: string;
}

/** R1, R19: the version of PostgreSQL. */
export interface Engine {
  /** Of `version`. */
  readonly major: Major;
  /** "15", the newest minor version there is, or a minor version: "15.15". */
  readonly version: string;
  /**
   * The major version an upgrade was announced to. It is named a change ahead of the upgrade itself, and stays, so that
   * another `version` alone never upgrades anything.
   */
  readonly upgradeTo?: Major;
}

/** R2: what each member has. */
export interface Size {
  readonly vcpu: number;
  readonly memory: Bytes;
  readonly storage: Bytes;
}

/** R10, R11: who may connect, where, as whom. */
export interface Access {
  readonly database: string;
  readonly username: string;
  /** The writer's port. R10: 5432. */
  readonly port: number;
  /** The CIDR blocks that reach the port. Empty: this machine (local) or nobody but `allowedSecurityGroups` (clouds). */
  readonly allowedCidrs: readonly string[];
  readonly allowedSecurityGroups: readonly string[];
}

/** R5, R10: the pooler in front, and the pool of each application process. */
export interface Pool {
  /** Server connections the pooler keeps per database and role, on each of writer and reader. */
  readonly serverConnections: number;
  /** Client connections the pooler accepts, on each of writer and reader. */
  readonly clientConnections: number;
  /** The application's own pool (R10): connections, idle timeout, connection timeout. */
  readonly application: {
    readonly size: number;
    readonly idleTimeout: Seconds;
    readonly connectionTimeout: Seconds;
  };
}

/** R14: how long backups are kept, and when they are taken. */
export interface Backups {
  /** How long a daily full backup is kept. R14: 15 days. */
  readonly retention: Seconds;
  /** How far back point-in-time recovery reaches. R14: 7 days; at most `retention`. */
  readonly pointInTimeRecovery: Seconds;
  /** When the daily backup starts. */
  readonly window: Window;
  /** How long the monthly archive is kept. R14: 365 days; 0 switches it off. */
  readonly archiveRetention: Seconds;
  /** The most work a lost machine may cost. R4: under 5 minutes. */
  readonly recoveryPointObjective: Seconds;
  /** Take a last backup before the database is deleted. */
  readonly finalBackup: boolean;
}

/** R12, R13. */
export interface Encryption {
  /** Storage encrypted with a key the customer owns. */
  readonly atRest: boolean;
  /** How often the storage key rotates. */
  readonly keyRotation: Seconds;
  /** How often the database passwords rotate. */
  readonly passwordRotation: Seconds;
}

/** R16: one alert's threshold. Which alerts exist, and what they measure, stands in `components/catalogue/alerts.ts`. */
export interface AlertThreshold {
  /** The alert fires above this: percent, seconds, or a count, as the alert's own unit says. */
  readonly above: number;
  /** ... for this long. */
  readonly for: Seconds;
}

export interface Alerts {
  /** By alert id. */
  readonly thresholds: Readonly<Record<string, AlertThreshold>>;
  /** E-mail addresses and webhooks that are told. */
  readonly contacts: readonly string[];
}

/** R17. */
export interface Maintenance {
  readonly window: Window;
  /** "automatic": the vendor applies minor versions in the window; "planned": somebody does after review. */
  readonly minorVersions: "automatic" | "planned";
}

export interface Spec {
  /** Names every resource: the project's and the stack's name, lower case. */
  readonly name: string;
  /** The stack: "local", "dev", "prod" or the user's own. */
  readonly environment: string;
  /** Whose defaults it has (stacks/): its own name's, or for a stack with a name of its own what it says; else "prod". */
  readonly profile: "local" | "dev" | "prod";
  readonly vendor: VendorName;
  readonly engine: Engine;
  readonly size: Size;
  /** R3: readable replicas beside the primary. */
  readonly replicas: number;
  /** R4: a standby that takes over by itself. Always true when there are replicas. */
  readonly highAvailability: boolean;
  /** A commit is acknowledged only when a second member has it (R4's RPO without loss). */
  readonly synchronousReplication: boolean;
  /** R6 to R9 and whatever else the user sets, by PostgreSQL name. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly access: Access;
  readonly pool: Pool;
  readonly backups: Backups;
  readonly encryption: Encryption;
  readonly alerts: Alerts;
  readonly maintenance: Maintenance;
  /** Refuse to delete the database. */
  readonly deletionProtection: boolean;
  /** The stack's own time zone (IANA name): windows and schedules are local to it. */
  readonly timeZone: string;
  readonly tags: Readonly<Record<string, string>>;
}
