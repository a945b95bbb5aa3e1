import { absent, type Fact, known, knownValue, lacking, map, unknown } from "../fact";
import type { Parameters } from "../kinds";
import type { Reader, Readers } from "../reader";
import { Reading } from "../reading";

const YES: ReadonlySet<string> = new Set(["1", "on", "true", "yes"]);

/** Names and values of a parameter group. */
const parameterGroup: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const family = reading.text("family");
  if (family.state === "known" && !family.value.includes("postgres")) return [];
  const values = parameterValues(reading);
  const value = (name: string): Fact<string> => {
    if (values.state === "unknown") return values;
    return (values.state === "known" ? values.value[name] : undefined) ?? absent;
  };
  const yes = (name: string): Fact<boolean> => map(value(name), (text) => YES.has(text.toLowerCase()));
  const fact: Parameters = {
    kind: "parameters",
    ...reading.owned,
    family,
    values,
    switches: {
      forceTls: yes("rds.force_ssl"),
      scram: scram(value("rds.accepted_password_auth_method"), value("password_encryption")),
      logConnections: yes("log_connections"),
      logDisconnections: yes("log_disconnections"),
      logDuration: durations(value("log_min_duration_statement"), yes("log_duration")),
      logStatement: map(value("log_statement"), (text) => text.toLowerCase() !== "none"),
      archivesWal: lacking("RDS archives WAL itself"),
    },
  };
  return [fact];
};

function parameterValues(reading: Reading): Parameters["values"] {
  const list = reading.value("parameters");
  if (list.state === "unknown") return unknown("parameters");
  const found: Record<string, Fact<string>> = {};
  for (const path of reading.items("parameters")) {
    const name = reading.text(`${path}.name`);
    if (name.state === "unknown") return unknown(`${path}.name`);
    if (name.state === "known") found[name.value] = reading.text(`${path}.value`);
  }
  return known(found);
}

/** What is accepted counts; what new passwords are stored as alone still lets old ones in. */
function scram(accepted: Fact<string>, encryption: Fact<string>): Fact<boolean> {
  if (encryption.state === "known" && encryption.value.toLowerCase() !== "scram-sha-256") return known(false);
  return map(accepted, (text) => text.toLowerCase() === "scram");
}

/** Milliseconds from which a statement is written down; -1: never. */
function durations(least: Fact<string>, every: Fact<boolean>): Fact<boolean> {
  if (knownValue(every) === true) return every;
  return map(least, (text) => /^\d+$/.test(text));
}

export const parameters: Readers = {
  "aws:rds/clusterParameterGroup:ClusterParameterGroup": parameterGroup,
  "aws:rds/parameterGroup:ParameterGroup": parameterGroup,
};
