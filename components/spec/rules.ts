/** What several fields together must keep: a table. */
import { findParameter, toBaseUnit } from "../catalogue/parameters";
import type { BaseUnit } from "../catalogue/quantities";
import { type Configuration, majorOf } from "./configuration";
import { formatDuration, formatSize } from "./units";
import { formatWindow, windowsOverlap } from "./windows";

export interface Rule {
  /** The field the message names. */
  readonly at: string;
  /** Every other field it looks at; it is skipped while one of them, or `at`, is wrong by itself. */
  readonly reads: readonly string[];
  readonly broken: (configuration: Configuration, now: Date) => boolean;
  /** What stands at `at`. */
  readonly value: (configuration: Configuration) => string;
  readonly allowed: (configuration: Configuration) => string;
  readonly mend: string;
}

const bytes: Partial<Record<BaseUnit, number>> = { B: 1, kB: 1024, "8kB": 8192, MB: 1024 ** 2 };

/** The parameter as a number: bytes where it is memory, else as it stands. Undefined: it is not set. */
function number({ parameters }: Configuration, name: string): number | undefined {
  const [value, parameter] = [parameters[name], findParameter(name)];
  if (value === undefined || parameter === undefined) return undefined;
  return Number(toBaseUnit(parameter, value)) * (bytes[parameter.unit ?? "B"] ?? 1);
}

/** A parameter that is set, or its PostgreSQL default. */
const amount = (configuration: Configuration, name: string): number => {
  const boot = findParameter(name)?.boot ?? "0";
  return number(configuration, name) ?? Number(boot);
};

/** A parameter must not be larger than something else. */
function atMost(
  name: string,
  reads: readonly string[],
  limit: (configuration: Configuration) => number,
  what: string,
  mend: string,
): Rule {
  const isMemory = bytes[findParameter(name)?.unit ?? "ms"] !== undefined;
  return {
    at: `parameters.${name}`,
    reads,
    broken: (c) => (number(c, name) ?? 0) > limit(c),
    value: (c) => c.parameters[name] ?? "",
    allowed: (c) => `at most ${what}: ${isMemory ? formatMegabytes(limit(c)) : limit(c)}`,
    mend,
  };
}

const formatMegabytes = (size: number): string => formatSize(Math.floor(size / 1024 ** 2) * 1024 ** 2);

/** A parameter must not be smaller than something else. */
function atLeast(
  name: string,
  reads: readonly string[],
  limit: (c: Configuration) => number,
  what: string,
  mend: string,
): Rule {
  return {
    at: `parameters.${name}`,
    reads,
    broken: (c) => amount(c, name) < limit(c),
    value: (c) => c.parameters[name] ?? "",
    allowed: (c) => `at least ${what}: ${limit(c)}`,
    mend,
  };
}

/** Connections kept free of poolers: for administration, backups and monitoring. */
const spareConnections = 10;
/** PostgreSQL's own bound (MAX_BACKENDS). */
const mostBackends = 262_142;
const backends = ["max_connections", "autovacuum_max_workers", "max_worker_processes", "max_wal_senders"];

export const rules: readonly Rule[] = [
  {
    at: "engine.version",
    reads: ["engine.upgradeTo"],
    broken: ({ engine: { version, upgradeTo } }) => majorOf(version) !== 15 && majorOf(version) !== upgradeTo,
    value: ({ engine }) => engine.version,
    allowed: ({ engine: { upgradeTo } }) =>
      upgradeTo === undefined ? "a version of 15 while engine.upgradeTo is not set" : `a version of 15 or ${upgradeTo}`,
    mend: "A new major version cannot be taken back: set engine.upgradeTo to it and bring the stack up, rehearse the upgrade on a restored copy, then set engine.version (R19).",
  },
  {
    at: "environment",
    reads: ["vendor"],
    broken: ({ environment, vendor }) => environment === "local" && vendor !== "local",
    value: ({ environment = "" }) => environment,
    allowed: ({ vendor }) => `dev or prod with vendor ${vendor}`,
    mend: "Take the defaults of dev or prod: those of local leave storage unencrypted and unprotected.",
  },
  {
    at: "synchronousReplication",
    reads: ["replicas"],
    broken: ({ synchronousReplication, replicas }) => synchronousReplication && replicas < 1,
    value: () => "true",
    allowed: () => "false while replicas is 0",
    mend: "Raise replicas, or set synchronousReplication to false (a failover may then lose the last commits).",
  },
  {
    at: "highAvailability",
    reads: ["replicas"],
    broken: ({ highAvailability, replicas }) => !highAvailability && replicas > 0,
    value: () => "false",
    allowed: () => "true while there are replicas",
    mend: "Set replicas to 0, or leave highAvailability out.",
  },
  {
    at: "backups.pointInTimeRecovery",
    reads: ["backups.retention"],
    broken: ({ backups }) => backups.pointInTimeRecovery > backups.retention,
    value: ({ backups }) => formatDuration(backups.pointInTimeRecovery),
    allowed: ({ backups }) => `at most backups.retention: ${formatDuration(backups.retention)}`,
    mend: "Shorten it, or raise backups.retention: recovery to a point in time starts from a full backup.",
  },
  {
    at: "backups.window",
    reads: [],
    broken: ({ backups }) => backups.window.day !== undefined,
    value: ({ backups }) => formatWindow(backups.window),
    allowed: () => "a window without a weekday",
    mend: "Leave the weekday out: a full backup is taken every day (R14).",
  },
  {
    at: "maintenance.window",
    reads: ["backups.window", "timeZone"],
    broken: ({ maintenance, backups }, now) => windowsOverlap(maintenance.window, backups.window, now),
    value: ({ maintenance }) => formatWindow(maintenance.window),
    allowed: ({ backups }) => `a window that never meets backups.window: ${formatWindow(backups.window)}`,
    mend: "Move one of the two: services refuse maintenance during a backup.",
  },
  {
    at: "pool.serverConnections",
    reads: ["parameters.max_connections"],
    broken: (c) => 2 * c.pool.serverConnections + spareConnections > amount(c, "max_connections"),
    value: ({ pool }) => String(pool.serverConnections),
    allowed: (c) =>
      `at most ${Math.floor((amount(c, "max_connections") - spareConnections) / 2)}: half of max_connections less ${spareConnections}`,
    mend: "Lower it or raise parameters.max_connections: when no replica is left the primary takes the poolers of writer and reader.",
  },
  {
    at: "pool.clientConnections",
    reads: ["pool.serverConnections", "pool.application.size"],
    broken: ({ pool }) => pool.clientConnections < Math.max(pool.serverConnections, pool.application.size),
    value: ({ pool }) => String(pool.clientConnections),
    allowed: ({ pool }) => `at least ${Math.max(pool.serverConnections, pool.application.size)}`,
    mend: "Raise it: the pooler must take at least one application's pool and as many clients as it has servers.",
  },
  atMost(
    "shared_buffers",
    ["size.memory"],
    ({ size }) => size.memory * 0.4,
    "40 % of size.memory",
    "Lower it, or raise size.memory.",
  ),
  atMost(
    "effective_cache_size",
    ["size.memory"],
    ({ size }) => size.memory,
    "size.memory",
    "Lower it, or raise size.memory.",
  ),
  atMost(
    "maintenance_work_mem",
    ["size.memory"],
    ({ size }) => size.memory / 8,
    "an eighth of size.memory",
    "Lower it, or raise size.memory: several vacuums run at once.",
  ),
  {
    at: "parameters.work_mem",
    reads: ["size.memory", "parameters.max_connections", "parameters.shared_buffers"],
    broken: (c) => amount(c, "shared_buffers") + amount(c, "max_connections") * amount(c, "work_mem") > c.size.memory,
    value: ({ parameters }) => parameters.work_mem ?? "",
    allowed: ({ size }) => `shared_buffers + max_connections * work_mem within size.memory: ${formatSize(size.memory)}`,
    mend: "Lower work_mem or max_connections, or raise size.memory: every connection may sort at the same time.",
  },
  atMost(
    "max_wal_size",
    ["size.storage"],
    ({ size }) => size.storage / 4,
    "a quarter of size.storage",
    "Lower it, or raise size.storage.",
  ),
  atMost(
    "min_wal_size",
    ["parameters.max_wal_size"],
    (c) => amount(c, "max_wal_size"),
    "max_wal_size",
    "Lower it, or raise max_wal_size.",
  ),
  atMost(
    "wal_keep_size",
    ["size.storage"],
    ({ size }) => size.storage / 4,
    "a quarter of size.storage",
    "Lower it, or raise size.storage.",
  ),
  atMost(
    "max_slot_wal_keep_size",
    ["size.storage"],
    ({ size }) => size.storage / 2,
    "half of size.storage",
    "Lower it, or raise size.storage.",
  ),
  atMost(
    "max_parallel_workers",
    ["parameters.max_worker_processes"],
    (c) => amount(c, "max_worker_processes"),
    "max_worker_processes",
    "Lower it, or raise max_worker_processes.",
  ),
  atMost(
    "max_parallel_workers_per_gather",
    ["parameters.max_parallel_workers"],
    (c) => amount(c, "max_parallel_workers"),
    "max_parallel_workers",
    "Lower it, or raise max_parallel_workers.",
  ),
  atMost(
    "max_parallel_maintenance_workers",
    ["parameters.max_parallel_workers"],
    (c) => amount(c, "max_parallel_workers"),
    "max_parallel_workers",
    "Lower it, or raise max_parallel_workers.",
  ),
  atMost(
    "superuser_reserved_connections",
    ["parameters.max_connections"],
    () => spareConnections,
    "what poolers leave free",
    "Lower it.",
  ),
  atLeast(
    "max_wal_senders",
    ["replicas"],
    ({ replicas }) => replicas + 3,
    "one for each replica, and 3 for backups and rebuilding one",
    "Raise it.",
  ),
  atLeast("max_replication_slots", ["replicas"], ({ replicas }) => replicas + 1, "one for each member", "Raise it."),
  {
    at: "parameters.max_connections",
    reads: backends.map((name) => `parameters.${name}`),
    broken: (c) => backends.reduce((sum, name) => sum + amount(c, name), 0) > mostBackends,
    value: ({ parameters }) => parameters.max_connections ?? "",
    allowed: () => `${backends.join(" + ")} at most ${mostBackends}`,
    mend: "Lower one of them.",
  },
  {
    at: "parameters.wal_level",
    reads: [],
    broken: ({ parameters }) => parameters.wal_level === "minimal",
    value: () => "minimal",
    allowed: () => "replica or logical",
    mend: "Replicas and point-in-time recovery need more than minimal WAL (R3, R14).",
  },
  {
    at: "parameters.synchronous_commit",
    reads: ["synchronousReplication"],
    broken: ({ parameters: { synchronous_commit: value = "on" }, synchronousReplication }) =>
      value === "off" || (value === "local" && synchronousReplication),
    value: ({ parameters }) => parameters.synchronous_commit ?? "",
    allowed: ({ synchronousReplication }) =>
      synchronousReplication ? "on, remote_write or remote_apply" : "anything but off",
    mend: "Leave it out: an acknowledged row may not be lost. A single transaction may still ask for less.",
  },
  {
    at: "parameters.ssl_min_protocol_version",
    reads: [],
    broken: ({ parameters: { ssl_min_protocol_version: value = "TLSv1.2" } }) => !/^TLSv1\.[23]$/.test(value),
    value: ({ parameters }) => parameters.ssl_min_protocol_version ?? "",
    allowed: () => "TLSv1.2 or TLSv1.3",
    mend: "Leave it out: older versions of TLS are broken (R12).",
  },
  {
    at: "parameters.ssl_max_protocol_version",
    reads: ["parameters.ssl_min_protocol_version"],
    broken: ({ parameters: { ssl_min_protocol_version: min = "TLSv1.2", ssl_max_protocol_version: max = "" } }) =>
      max !== "" && max < min,
    value: ({ parameters }) => parameters.ssl_max_protocol_version ?? "",
    allowed: ({ parameters }) => `${parameters.ssl_min_protocol_version ?? "TLSv1.2"} or later`,
    mend: "Leave it out: the newest version both sides know is used.",
  },
];
