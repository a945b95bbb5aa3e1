import { canonicalValue, changeOf, findParameter, leastOf, type Parameter, toBaseUnit } from "../catalogue/parameters";
import { toBase } from "../catalogue/quantities";
import type { Spec } from "../spec/spec";
import type { AppliedParameter } from "../vendor";

/** What the machine gives. */
export interface MachineSize {
  /** Bytes. */
  readonly memory: number;
  /** Size of the file system the data lies on, in bytes. */
  readonly disk: number;
}

const GB = 2 ** 30;
/** From this much memory R6's figures fit three members at full load (3 x 4 GB of buffers, and what they do not hold). */
const FULL_MEMORY = 22 * GB;
/** On a smaller disk three times 4 GB of WAL is too much. */
const SMALL_DISK = 40 * GB;

/** What follows the machine's memory when it is smaller than R6 assumes. */
const scaled = ["shared_buffers", "effective_cache_size", "maintenance_work_mem", "work_mem", "wal_buffers"];
/** What follows the disk, and the most a small one takes. */
const smallDisk: Readonly<Record<string, string>> = { max_wal_size: "1GB", min_wal_size: "256MB" };

/** A library every member loads: R15's query performance. */
const PRELOADED = "pg_stat_statements";

/** What the platform sets beside R6 to R9 and the user's own, and why. */
function platform(spec: Spec): Readonly<Record<string, string>> {
  return {
    archive_mode: "on",
    // Called in the data folder, from where the cluster's own folder is three steps up.
    archive_command: "../../../bin/pgbackrest-archive-push %p",
    archive_timeout: `${archiveTimeout(spec.backups.recoveryPointObjective)}`,
    password_encryption: "scram-sha-256",
    wal_log_hints: "on",
    logging_collector: "on",
    log_filename: "postgresql-%a.log",
    log_rotation_age: "1d",
    log_truncate_on_rotation: "on",
  };
}

/** Defaults of the platform that the user may change, as `SHOW` prints them. */
const defaults: Readonly<Record<string, string>> = {
  // A replica that stays away frees its WAL before the disk is full, and is made again later.
  max_slot_wal_keep_size: "10GB",
  // A replica that has lost its primary may be told to take over while it waits to ask again; it then waits to the end.
  wal_retrieve_retry_interval: "200ms",
  log_checkpoints: "on",
  log_lock_waits: "on",
  log_autovacuum_min_duration: "10s",
  log_min_duration_statement: "1s",
  log_line_prefix: "%m [%p] %q%u@%d %a ",
  track_io_timing: "on",
  // A client that is gone is noticed within two minutes, and its locks with it.
  tcp_keepalives_idle: "1min",
  tcp_keepalives_interval: "10s",
  tcp_keepalives_count: "6",
  idle_in_transaction_session_timeout: "10min",
};

/** Seconds after which a part-filled WAL segment is archived: a fifth of the RPO, which leaves time to push it. */
const archiveTimeout = (recoveryPointObjective: number): number =>
  Math.max(1, Math.min(60, Math.floor(recoveryPointObjective / 5)));

/** Parameters of 15 that a later major version no longer has: since which. */
const dropped: Readonly<Record<string, number>> = {
  force_parallel_mode: 16,
  promote_trigger_file: 16,
  vacuum_defer_cleanup_age: 16,
  db_user_namespace: 17,
  old_snapshot_threshold: 17,
  trace_recovery_messages: 17,
};

/** Patroni passes these from its own configuration; the cluster's value is the same on every member. */
const owned: Readonly<Record<string, string>> = {
  listen_addresses: "follows access.allowedCidrs: loopback unless somebody else is let in",
  hot_standby: "Patroni keeps it on: a standby is always readable",
};

export interface LocalParameters {
  /** What every member runs with, as `SHOW` prints it. */
  readonly applied: Readonly<Record<string, string>>;
  readonly report: Readonly<Record<string, AppliedParameter>>;
}

/** The spec's parameters as this machine runs them. */
export function localParameters(spec: Spec, machine: MachineSize, listen: string): LocalParameters {
  const requested = { ...defaults, ...spec.parameters };
  const gone = (name: string) => (dropped[name] ?? Number.POSITIVE_INFINITY) <= spec.engine.major;
  const applied: Record<string, string> = {};
  const report: Record<string, AppliedParameter> = {};
  for (const [name, asked] of Object.entries(requested)) {
    const parameter = findParameter(name);
    if (gone(name)) {
      report[name] = { requested: asked, change: "service", reason: `PostgreSQL ${dropped[name]} has it no longer` };
      continue;
    }
    const why = owned[name];
    if (why) {
      report[name] = {
        requested: asked,
        applied: name === "listen_addresses" ? listen : "on",
        change: "service",
        reason: why,
      };
      continue;
    }
    const { value, reason } = parameter ? fitted(parameter, canonical(name, asked), machine) : { value: asked };
    applied[name] = value;
    report[name] = {
      requested: asked,
      applied: value,
      change: parameter ? changeOf(parameter) : "reload",
      ...(reason ? { reason } : {}),
    };
  }
  applied.shared_preload_libraries = preload(requested.shared_preload_libraries);
  const own = Object.entries(platform(spec)).map(([name, value]) => [name, canonical(name, value)]);
  return { applied: sorted({ ...applied, ...Object.fromEntries(own) }), report: sorted(report) };
}

function fitted(parameter: Parameter, asked: string, machine: MachineSize): { value: string; reason?: string } {
  const { name } = parameter;
  const capped = smallDisk[name];
  if (capped !== undefined && machine.disk < SMALL_DISK && bytes(parameter, asked) > bytes(parameter, capped)) {
    return { value: capped, reason: `the disk has under ${SMALL_DISK / GB} GB` };
  }
  // wal_buffers = -1 is "a share of shared_buffers" and follows by itself.
  if (!scaled.includes(name) || machine.memory >= FULL_MEMORY || Number(toBaseUnit(parameter, asked)) < 0) {
    return { value: asked };
  }
  const share = machine.memory / FULL_MEMORY;
  const units = Math.max(leastOf(parameter), Math.floor(Number(toBaseUnit(parameter, asked)) * share));
  return {
    value: canonical(name, units),
    reason: `this machine has ${(machine.memory / GB).toFixed(1)} GB of memory; ${FULL_MEMORY / GB} GB hold the full figure, so it is scaled to ${Math.round(share * 100)} %`,
  };
}

const bytes = (parameter: Parameter, value: string): number =>
  toBase(Number(toBaseUnit(parameter, value)), parameter.unit ?? "B", "B") ?? 0;

function canonical(name: string, value: string | number): string {
  const parameter = findParameter(name);
  if (!parameter) return String(value);
  const parsed = canonicalValue(parameter, value);
  if (!parsed.ok) throw new Error(`${name}: ${value} is not ${parsed.allowed}`);
  return parsed.value;
}

function preload(asked: string | undefined): string {
  const libraries = (asked ?? "").split(",").map((library) => library.trim());
  return [...new Set([PRELOADED, ...libraries])].filter((library) => library !== "").join(", ");
}

const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => a.localeCompare(b)));
