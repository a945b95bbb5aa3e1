import * as rds from "@pulumi/aws/rds";
import type * as pulumi from "@pulumi/pulumi";
import {
  canonicalValue,
  changeOf,
  findParameter,
  type Parameter,
  parameters,
  toBaseUnit,
} from "../catalogue/parameters";
import { type RdsStanding, rdsLibraries, rdsStanding } from "../catalogue/rds";
import type { Major, Spec } from "../spec/spec";
import type { AppliedParameter } from "../vendor";
import type { Site } from "./site";
import { type Topology, topologyOf } from "./topology";

/** One parameter as RDS takes it. */
export interface SentParameter {
  /** Lower case. */
  readonly name: string;
  /** In PostgreSQL's base unit, without its name; 0 or 1 for off or on. */
  readonly value: string;
  /**
   * RDS answers "pending-reboot" for what is static, and for what equals its default, whatever it was told: anything
   * else here would be a change at every `up`.
   */
  readonly applyMethod: "immediate" | "pending-reboot";
}

export interface AwsParameters {
  /** By name, in alphabetical order. */
  readonly send: readonly SentParameter[];
  readonly report: Readonly<Record<string, AppliedParameter>>;
  /** What the server runs with, as `SHOW` prints it: PostgreSQL's own parameters that are sent, and wal_level. */
  readonly values: Readonly<Record<string, string>>;
}

export interface ParameterGroup {
  readonly groupName: pulumi.Output<string>;
  readonly resource: rds.ClusterParameterGroup | rds.ParameterGroup;
}

/** What the platform sets on AWS unless the user says otherwise, as `SHOW` prints it. */
const defaults: Readonly<Record<string, string>> = {
  // Not "ddl", which would write every ALTER ROLE ... PASSWORD in plain text into the log, each rotation's too.
  log_statement: "none",
  log_min_duration_statement: "1s",
  log_connections: "on",
  log_disconnections: "on",
  log_checkpoints: "on",
  log_lock_waits: "on",
  log_temp_files: "10MB",
  log_autovacuum_min_duration: "10s",
  track_io_timing: "on",
  // A slot whose consumer stays away frees its WAL before the disk is full.
  max_slot_wal_keep_size: "10GB",
  // A client that is gone is noticed within two minutes, and its locks with it.
  tcp_keepalives_idle: "1min",
  tcp_keepalives_interval: "10s",
  tcp_keepalives_count: "6",
  idle_in_transaction_session_timeout: "10min",
};

const PRELOADED: Readonly<Record<Topology, readonly string[]>> = {
  cluster: ["pg_stat_statements", "flow_control"],
  instance: ["pg_stat_statements"],
};

/** What the user cannot set, in RDS's own words. R12: TLS alone; R13: SCRAM alone. */
function own(spec: Spec): readonly SentParameter[] {
  return [
    // 1 and scram-sha-256 are the defaults since 15; sent, as scanners look for them
    { name: "rds.force_ssl", value: "1", applyMethod: "pending-reboot" },
    { name: "password_encryption", value: "scram-sha-256", applyMethod: "pending-reboot" },
    { name: "rds.accepted_password_auth_method", value: "scram", applyMethod: "immediate" },
    // AWS's rotation function sends each new password in plain text, and pg_stat_statements would keep it
    { name: "pg_stat_statements.track_utility", value: "0", applyMethod: "immediate" },
    ...(isLogical(spec)
      ? ([{ name: "rds.logical_replication", value: "1", applyMethod: "pending-reboot" }] as const)
      : []),
  ];
}

const isLogical = ({ parameters: { wal_level } }: Spec): boolean => wal_level === "logical";

/** Everything that is asked for: the platform's defaults, R6 to R9, the user's own. */
function asked(spec: Spec): Readonly<Record<string, string>> {
  const wanted = { ...defaults, ...spec.parameters };
  return { ...wanted, shared_preload_libraries: preload(spec, wanted.shared_preload_libraries) };
}

/** Libraries in RDS's form: without spaces. */
function preload(spec: Spec, wanted = ""): string {
  return [...new Set([...PRELOADED[topologyOf(spec)], ...libraries(wanted)])].join(",");
}

const libraries = (value: string): readonly string[] =>
  value
    .split(",")
    .map((library) => library.trim())
    .filter((library) => library !== "");

/** The spec's parameters as RDS takes them. Only after `parameterProblems`. */
export function awsParameters(spec: Spec): AwsParameters {
  const send: SentParameter[] = [...own(spec)];
  const report: Record<string, AppliedParameter> = {};
  const values: Record<string, string> = {};
  for (const [name, requested] of Object.entries(asked(spec))) {
    const parameter = findParameter(name);
    if (!parameter) throw new RangeError(`PostgreSQL has no parameter ${name}`);
    const standing = standingOf(parameter, spec.engine.major);
    if (standing.setBy === "nobody") continue;
    if (standing.setBy === "service") {
      report[name] = name === "wal_level" ? walLevel(requested) : ownedByService(name, requested, standing.why);
      continue;
    }
    send.push(sent(parameter, standing, requested));
    values[name] = requested;
    report[name] = {
      ...wanted(spec, name, requested),
      applied: requested,
      change: standing.isStatic ? "restart" : changeOf(parameter),
    };
  }
  values.wal_level = spec.parameters.wal_level ?? "replica";
  return { send: send.sort((a, b) => (a.name < b.name ? -1 : 1)), report: sorted(report), values: sorted(values) };
}

/** What the user wrote, where the platform adds to it. */
function wanted({ parameters: { shared_preload_libraries } }: Spec, name: string, all: string) {
  if (name !== "shared_preload_libraries" || shared_preload_libraries === undefined) return { requested: all };
  return { requested: shared_preload_libraries, reason: "the platform loads its own libraries as well" };
}

function sent(parameter: Parameter, standing: RdsStanding & { setBy: "user" }, requested: string): SentParameter {
  const deferred = standing.isStatic || standing.defaults.includes(requested);
  return {
    name: parameter.name.toLowerCase(),
    value: inRdsForm(parameter, requested),
    applyMethod: deferred ? "pending-reboot" : "immediate",
  };
}

function inRdsForm(parameter: Parameter, value: string): string {
  return parameter.vartype === "bool" ? String(Number(value === "on")) : toBaseUnit(parameter, value);
}

const walLevel = (requested: string): AppliedParameter => ({
  requested,
  applied: requested,
  change: "restart",
  reason: "RDS sets it: logical with rds.logical_replication, which follows from it, else replica",
});

/** Those of R9 whose value with RDS is the one that is asked for; no user may set another. */
const ownedByService = (name: string, requested: string, reason: string): AppliedParameter => ({
  requested,
  change: "service",
  reason,
  ...(name === "hot_standby" || name === "listen_addresses" ? { applied: requested } : {}),
});

function standingOf(parameter: Parameter, major: Major): RdsStanding {
  const boot = parameter.boot === undefined ? undefined : canonicalValue(parameter, parameter.boot);
  return rdsStanding(parameter, major, boot?.ok ? boot.value : undefined);
}

/** Of R9, known to be RDS's own: asked for by everybody, and as RDS has them. */
const reported: ReadonlySet<string> = new Set(["listen_addresses", "hot_standby", "wal_level"]);

/** What RDS would refuse, as sentences. */
export function parameterProblems(spec: Spec): string[] {
  const majors = [...new Set([spec.engine.major, spec.engine.upgradeTo ?? spec.engine.major])];
  return Object.entries(asked(spec)).flatMap(([name, value]) => {
    const parameter = findParameter(name);
    if (!parameter || reported.has(name)) return [];
    const problems = majors.map((major) => problemOf(parameter, value, standingOf(parameter, major), spec));
    return problems.filter((problem) => problem !== undefined).slice(0, 1);
  });
}

function problemOf(parameter: Parameter, value: string, standing: RdsStanding, spec: Spec): string | undefined {
  const { name } = parameter;
  if (standing.setBy === "service") return `parameters.${name} is ${value}, but ${standing.why}: leave it out`;
  if (standing.setBy === "nobody") return `parameters.${name} cannot be set: ${standing.why}. ${standing.instead}`;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, values } = standing;
  if (values !== undefined && !values.includes(value)) {
    return `parameters.${name} is ${value}: RDS takes ${values.join(", ")}; write one of these`;
  }
  const number = Number(toBaseUnit(parameter, value));
  if (number < min || number > max) {
    return `parameters.${name} is ${value}: RDS takes ${range(standing)}; write a value within that`;
  }
  return name === "shared_preload_libraries" ? libraryProblem(value, topologyOf(spec)) : undefined;
}

const range = ({ min, max }: { min?: number; max?: number }): string =>
  [min === undefined ? "" : `at least ${min}`, max === undefined ? "" : `at most ${max}`]
    .filter((bound) => bound !== "")
    .join(" and ");

function libraryProblem(value: string, topology: Topology): string | undefined {
  const known = rdsLibraries.filter((library) => topology === "cluster" || library !== "flow_control");
  const unknown = libraries(value).filter((library) => !known.includes(library));
  if (unknown.length === 0) return undefined;
  return `parameters.shared_preload_libraries has ${unknown.join(", ")}: RDS loads ${known.join(", ")} here; leave out others`;
}

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Every PostgreSQL parameter a stack may set on RDS with that major version. */
export const settableParameters = (major: Major): readonly Parameter[] =>
  parameters.filter((parameter) => standingOf(parameter, major).setBy === "user");

/**
 * R6 to R9: the parameter group the database runs with, and, while a major upgrade is announced
 * (`engine.upgradeTo`), the one it will run with: RDS cannot change a group's family.
 */
export function createParameters(site: Site): ParameterGroup {
  const { major, upgradeTo } = site.spec.engine;
  const group = createGroup(site, major);
  if (upgradeTo !== undefined && upgradeTo !== major) createGroup(site, upgradeTo);
  return { groupName: group.name, resource: group };
}

function createGroup(site: Site, major: Major): rds.ClusterParameterGroup | rds.ParameterGroup {
  const { spec } = site;
  const name = `parameters-${major}`;
  const { send } = awsParameters({ ...spec, engine: { ...spec.engine, major } });
  const group = {
    region: site.region.name,
    family: `postgres${major}`,
    description: `Parameters of ${spec.name} with PostgreSQL ${major}`,
    parameters: send.map((parameter) => ({ ...parameter })),
    tags: site.tags(name),
  };
  return topologyOf(spec) === "cluster"
    ? new rds.ClusterParameterGroup(site.name(name), group, site.child())
    : new rds.ParameterGroup(site.name(name), group, site.child());
}
