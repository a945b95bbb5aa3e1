/**
 * What RDS for PostgreSQL lets a customer set: the PostgreSQL parameters of its families, by exception.
 *
 * Sources: "Working with parameters on your RDS for PostgreSQL DB instance" in the RDS User Guide; published answers of
 * `describe-db-parameters` for RDS's families and of its sibling Aurora's. A parameter that is in none of them counts as
 * not offered: RDS would refuse it in the middle of an `up`.
 */
import type { Major } from "../spec/spec";
import { ownerOf, type Parameter } from "./parameters";

export type RdsStanding =
  | {
      readonly setBy: "user";
      /** Bounds narrower than PostgreSQL's, in the parameter's base unit. */
      readonly min?: number;
      readonly max?: number;
      /** Fewer words than PostgreSQL takes. */
      readonly values?: readonly string[];
      /** PostgreSQL or RDS starts with these when nobody sets it; as `SHOW` prints them. */
      readonly defaults: readonly string[];
      /** A change takes a reboot. */
      readonly isStatic: boolean;
    }
  /** RDS sets it itself. */
  | { readonly setBy: "service"; readonly why: string }
  /** RDS has no such parameter to set, or the version no longer has it. */
  | { readonly setBy: "nobody"; readonly why: string; readonly instead: string };

const ownedByService: Readonly<Record<string, string>> = {
  listen_addresses: "RDS listens on every address of a member; security groups say who gets there",
  hot_standby: "RDS keeps it on: readers of a cluster can always be read",
  wal_level: "RDS derives it from rds.logical_replication",
  lo_compat_privileges: "RDS keeps PostgreSQL's checks on large objects on",
  log_line_prefix: "RDS's tools read the log in its own form",
  log_timezone: "RDS logs in UTC",
  superuser_reserved_connections: "RDS keeps them for its own administration",
};

const bySession = "Set it where it is needed: ALTER ROLE ... SET or ALTER DATABASE ... SET.";
const leaveOut = "Leave it out.";

const notOffered: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      "default_table_access_method default_text_search_config lock_timeout plan_cache_mode stats_fetch_consistency",
      "jit_expressions jit_tuple_deforming local_preload_libraries session_preload_libraries recursive_worktable_factor",
      "restrict_nonsystem_relation_kind timezone_abbreviations tcp_user_timeout wal_skip_threshold",
      "auto_explain.log_level auto_explain.log_settings auto_explain.log_wal pg_stat_statements.track_planning",
    ]
      .flatMap((names) => names.split(" "))
      .map((name) => [name, bySession] as const),
  ),
  ...Object.fromEntries(
    [
      "huge_page_size jit_debugging_support jit_dump_bitcode jit_profiling_support ssl_ecdh_curve",
      "ssl_prefer_server_ciphers wal_init_zero wal_recycle wal_retrieve_retry_interval wal_receiver_create_temp_slot",
      "recovery_prefetch wal_decode_buffer_size log_recovery_conflict_waits log_startup_progress_interval",
    ]
      .flatMap((names) => names.split(" "))
      .map((name) => [name, leaveOut] as const),
  ),
  // in RDS a list of its own names for cipher suites
  ssl_ciphers: "Leave it out; ssl_min_protocol_version may be set.",
};

/** The first major version that no longer has it. */
const dropped: Readonly<Record<string, Major>> = { vacuum_defer_cleanup_age: 16, old_snapshot_threshold: 17 };

/** What RDS takes less of than PostgreSQL, in base units. */
const limits: Readonly<Record<string, { min?: number; max?: number; values?: readonly string[] }>> = {
  autovacuum_freeze_max_age: { min: 100_000_000, max: 750_000_000 },
  autovacuum_multixact_freeze_max_age: { min: 10_000_000 },
  compute_query_id: { values: ["auto", "on"] },
  effective_io_concurrency: { max: 256 },
  huge_pages: { values: ["on", "off"] },
  log_min_messages: {
    values: "debug5 debug4 debug3 debug2 debug1 info notice warning error log fatal".split(" "),
  },
  maintenance_io_concurrency: { max: 256 },
  max_replication_slots: { min: 5 },
  max_wal_senders: { min: 5 },
  synchronous_commit: { values: ["on", "local", "off"] },
};

/** RDS's own defaults where they differ from PostgreSQL's; formulas (of the class's memory) equal nothing anybody writes. */
const serviceDefaults: Readonly<Record<string, string>> = {
  TimeZone: "UTC",
  autovacuum_analyze_scale_factor: "0.05",
  autovacuum_naptime: "15s",
  autovacuum_vacuum_scale_factor: "0.1",
  client_encoding: "UTF8",
  hot_standby_feedback: "on",
  idle_in_transaction_session_timeout: "1d",
  log_autovacuum_min_duration: "10s",
  log_checkpoints: "on",
  max_wal_size: "2GB",
  min_wal_size: "192MB",
  ssl_max_protocol_version: "TLSv1.2",
  track_functions: "pl",
  track_io_timing: "on",
  vacuum_cost_page_miss: "5",
  wal_keep_size: "2GB",
  wal_receiver_timeout: "30s",
  wal_sender_timeout: "30s",
};

/** PostgreSQL takes them by reload, RDS by reboot. */
const staticOnRds: ReadonlySet<string> = new Set(["temp_file_limit"]);

/**
 * Libraries that RDS loads into PostgreSQL at start. "flow_control" throttles writes of a Multi-AZ DB cluster while its
 * readers lag; RDS loads it there unless somebody's own list leaves it out.
 */
export const rdsLibraries: readonly string[] = [
  ...["auto_explain", "orafce", "pg_bigm", "pg_cron", "pg_hint_plan", "pg_prewarm", "pg_similarity"],
  ...["pg_stat_statements", "pg_tle", "pg_transport", "pgaudit", "pglogical", "plprofiler", "flow_control"],
];

/**
 * What RDS makes of a parameter of the catalogue, in a database of that major version.
 * @param boot the value of a server nobody configured, as `SHOW` prints it.
 */
export function rdsStanding(parameter: Parameter, major: Major, boot: string | undefined): RdsStanding {
  const { name, context } = parameter;
  const service = ownedByService[name];
  if (service !== undefined) return { setBy: "service", why: service };
  const platform = ownerOf(parameter);
  if (platform.owner === "platform") return { setBy: "service", why: platform.why };
  const since = dropped[name];
  if (since !== undefined && major >= since) {
    return { setBy: "nobody", why: `PostgreSQL ${since} has no such parameter any more`, instead: leaveOut };
  }
  const instead = notOffered[name];
  if (instead !== undefined) return { setBy: "nobody", why: "RDS's parameter groups do not have it", instead };
  return {
    setBy: "user",
    ...limits[name],
    defaults: [boot, serviceDefaults[name]].filter((value) => value !== undefined),
    isStatic: context === "postmaster" || staticOnRds.has(name),
  };
}
