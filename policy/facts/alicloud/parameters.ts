import { absent, type Fact, known, lacking, map, unknown } from "../fact";
import type { Parameters } from "../kinds";
import type { Reader } from "../reader";
import { Reading } from "../reading";

const YES: ReadonlySet<string> = new Set(["1", "on", "true", "yes"]);

/** Those in an instance; none where it names a group and nothing besides: then they are the group's. */
export function ownParameters(reading: Reading, group: Fact<unknown>): Parameters[] {
  const list = reading.value("parameters");
  if (list.state === "absent" && (group.state === "known" || group.state === "unknown")) return [];
  return [read(reading, "parameters", "name", "value", map(reading.text("engineVersion"), family))];
}

export const groupParameters: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const engine = reading.text("engine");
  if (engine.state === "known" && engine.value.toLowerCase() !== "postgresql") return [];
  return [read(reading, "paramDetails", "paramName", "paramValue", map(reading.text("engineVersion"), family))];
};

/** "15.0" -> "postgres15" */
const family = (version: string): string => `postgres${version.split(".")[0]}`;

function read(
  reading: Reading,
  path: string,
  nameKey: string,
  valueKey: string,
  ofFamily: Parameters["family"],
): Parameters {
  const values = readValues(reading, path, nameKey, valueKey);
  const value = (name: string): Fact<string> => {
    if (values.state === "unknown") return values;
    return (values.state === "known" ? values.value[name] : undefined) ?? absent;
  };
  const yes = (name: string): Fact<boolean> => map(value(name), (text) => YES.has(text.toLowerCase()));
  return {
    kind: "parameters",
    ...reading.owned,
    family: ofFamily,
    values,
    switches: {
      forceTls: lacking("RDS forces TLS by the instance's pg_hba.conf"),
      scram: map(value("password_encryption"), (text) => text.toLowerCase() === "scram-sha-256"),
      logConnections: yes("log_connections"),
      logDisconnections: yes("log_disconnections"),
      logDuration: yes("log_duration"),
      logStatement: lacking("RDS sets it with the SQL audit"),
      archivesWal: lacking("RDS archives WAL itself"),
    },
  };
}

function readValues(reading: Reading, list: string, nameKey: string, valueKey: string): Parameters["values"] {
  const whole = reading.value(list);
  if (whole.state === "unknown") return unknown(list);
  const found: Record<string, Fact<string>> = {};
  for (const path of reading.items(list)) {
    if (reading.value(path).state === "unknown") return unknown(path);
    const name = reading.text(`${path}.${nameKey}`);
    if (name.state === "unknown") return unknown(`${path}.${nameKey}`);
    if (name.state === "known") found[name.value] = reading.text(`${path}.${valueKey}`);
  }
  return known(found);
}
