import { copiedToReaders, ownedByService, serviceName, serviceValue } from "../catalogue/alicloud";
import { canonicalValue, changeOf, findParameter, type Parameter } from "../catalogue/parameters";
import type { Spec } from "../spec/spec";
import type { AppliedParameter } from "../vendor";

/** One parameter as RDS takes it, and as it reports it back. */
export interface SentParameter {
  readonly name: string;
  /** In PostgreSQL's base unit, without its name; on or off. */
  readonly value: string;
}

export interface AlicloudParameters {
  /** By name, in alphabetical order. */
  readonly send: readonly SentParameter[];
  /** What the readers are told: the rest of it they take from the primary by themselves. */
  readonly sendToReaders: readonly SentParameter[];
  readonly report: Readonly<Record<string, AppliedParameter>>;
  /** What the server will run with, as `SHOW` prints it: all that is sent. */
  readonly values: Readonly<Record<string, string>>;
}

/** Beside R6 to R9, and the user's own win over them. */
const defaults: Readonly<Record<string, string>> = {
  // What CIS (6.7 to 6.9) and the scanners look for.
  log_connections: "on",
  log_disconnections: "on",
  log_duration: "on",
  log_checkpoints: "on",
  log_autovacuum_min_duration: "10s",
  log_min_duration_statement: "1s",
  track_io_timing: "on",
  idle_in_transaction_session_timeout: "10min",
};

/** R13: nobody's to change. */
const fixed: Readonly<Record<string, string>> = { password_encryption: "scram-sha-256" };

/** The spec's parameters as ApsaraDB RDS runs them. */
export function alicloudParameters(spec: Pick<Spec, "parameters">): AlicloudParameters {
  const requested = Object.entries({ ...defaults, ...spec.parameters, ...fixed }).sort(([a], [b]) => compare(a, b));
  const send: SentParameter[] = [];
  const values: Record<string, string> = {};
  const report: Record<string, AppliedParameter> = {};
  for (const [name, asked] of requested) {
    const parameter = known(name);
    const value = canonical(parameter, asked);
    const service = ownedByService(parameter);
    if (service) {
      report[name] = { requested: value, change: "service", reason: service.reason };
      continue;
    }
    send.push({ name: serviceName(parameter), value: serviceValue(parameter, value) });
    values[name] = value;
    report[name] = { requested: value, applied: value, change: changeOf(parameter) };
  }
  send.sort((a, b) => compare(a.name, b.name));
  return { send, sendToReaders: send.filter(({ name }) => !copiedToReaders(name)), report, values };
}

/** By code point: the same on every machine. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function known(name: string): Parameter {
  const parameter = findParameter(name);
  if (!parameter) throw new Error(`${name} is no parameter of PostgreSQL 15`);
  return parameter;
}

function canonical(parameter: Parameter, value: string): string {
  const parsed = canonicalValue(parameter, value);
  if (!parsed.ok) throw new Error(`${parameter.name}: ${value} is not ${parsed.allowed}`);
  return parsed.value;
}
