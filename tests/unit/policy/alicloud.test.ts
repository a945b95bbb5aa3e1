import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frequency } from "../../../policy/facts/alicloud/identity";
import type { Database, Kind, Kinds } from "../../../policy/facts/kinds";
import { UNKNOWN, type Value } from "../../../policy/facts/resource";
import { factsOf } from "../../../policy/facts/vendors";

type Inputs = Readonly<Record<string, Value>>;

function read<K extends Kind>(type: string, kind: K, inputs: Inputs): readonly Kinds[K][] {
  const name = "it";
  const facts = factsOf({ urn: `urn:${name}`, type: `alicloud:${type}`, name, inputs, outputs: {}, protect: false });
  return facts.filter((fact) => fact.kind === kind) as unknown as readonly Kinds[K][];
}

function instance(inputs: Inputs): Database {
  const [database] = read("rds/instance:Instance", "database", {
    engine: "PostgreSQL",
    engineVersion: "15.0",
    ...inputs,
  });
  if (!database) throw new Error("it is no database");
  return database;
}
const known = (value: unknown) => ({ state: "known", value });

describe("an instance", () => {
  it("of another engine is nobody's business", () => {
    expect(read("rds/instance:Instance", "database", { engine: "MySQL", engineVersion: "8.0" })).toEqual([]);
  });

  it("writes its major version as RDS does", () => {
    expect(instance({}).version).toEqual(known("15"));
  });

  it.each([
    ["nothing is given", {}, known(false), { state: "absent" }],
    ["the key is RDS's own", { encryptionKey: "ServiceKey" }, known(true), { state: "absent" }],
    ["encryption is switched off", { encryptionKey: "disabled" }, known(false), { state: "absent" }],
  ])("is encrypted as asked where %s", (_, inputs: Inputs, encrypted, key) => {
    expect(instance(inputs).storageEncrypted).toEqual(encrypted);
    expect(instance(inputs).storageKey).toEqual(key);
  });

  it("is encrypted where the key is not known yet", () => {
    const { storageEncrypted, storageKey } = instance({ encryptionKey: UNKNOWN });
    expect(storageEncrypted).toEqual(known(true));
    expect(storageKey).toMatchObject({ state: "known", value: { text: { state: "unknown" } } });
  });

  const row = (type: Value, method: Value = "md5"): Value => ({ type, method, database: "all", user: "all" });
  it.each([
    ["no row", [], false],
    ["hostssl alone", [row("hostssl")], true],
    ["hostssl and host", [row("hostssl"), row("host")], false],
    ["host that rejects", [row("hostssl"), row("host", "reject")], true],
    ["a row that says nothing", [{ database: "all" }], false],
  ])("forces TLS by its rows: %s", (_, rows, forced) => {
    const pgHbaConfs = rows as Value;
    expect(instance({ sslAction: "Open", pgHbaConfs }).tlsForced).toEqual(known(forced));
    expect(instance({ sslAction: "Close", pgHbaConfs }).tlsForced).toEqual(known(false));
  });

  it("does not force TLS by a row beside one that is not known", () => {
    expect(instance({ sslAction: "Open", pgHbaConfs: [row(UNKNOWN), row("host")] }).tlsForced).toEqual(known(false));
    expect(instance({ sslAction: "Open", pgHbaConfs: [row(UNKNOWN), row("hostssl")] }).tlsForced.state).toBe("unknown");
  });

  it("asks who it is only by methods that prove it", () => {
    fc.assert(
      fc.property(fc.string(), (method) => {
        const proves = ["scram-sha-256", "md5", "cert", "reject"].includes(method);
        expect(instance({ pgHbaConfs: [row("hostssl", method)] }).asksWho).toEqual(known(proves));
      }),
    );
  });

  it("shows an entry that lets everybody in beside one that is not known", () => {
    const rules = read("rds/instance:Instance", "networkRule", {
      engine: "PostgreSQL",
      securityIps: [UNKNOWN, "0.0.0.0/0", "10.0.0.1"],
    });
    expect(rules.map(({ cidrs }) => cidrs)).toEqual([
      { state: "unknown", what: "securityIps.0" },
      known(["0.0.0.0/0"]),
      known(["10.0.0.1/32"]),
    ]);
  });
});

describe("a backup policy", () => {
  const days = (inputs: Inputs) => {
    const schedules = read("rds/backupPolicy:BackupPolicy", "backupPlan", inputs)[0]?.schedules;
    if (schedules?.state !== "known") throw new Error("no schedules are known");
    return schedules.value;
  };

  it("is daily only where it names every day", () => {
    const week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    expect(days({ preferredBackupPeriods: week })[0]?.every).toEqual(known("day"));
    expect(days({ preferredBackupPeriods: week.slice(1) })[0]?.every).toEqual(known("week"));
    expect(days({})[0]?.every).toEqual(known("other"));
  });

  it("keeps no more of the log than of the backups", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (data, log) => {
        const [, second] = days({ backupRetentionPeriod: data, logBackupRetentionPeriod: log });
        expect(second?.keptDays).toEqual(known(Math.min(data, log)));
      }),
    );
  });

  it("does not take text for days", () => {
    expect(days({ backupRetentionPeriod: "15" })[0]?.keptDays).toEqual(known("15"));
  });
});

it.each([
  ["CRON_TZ=Europe/Berlin 0 30 1 1 * *", "month"],
  ["0 0 1 28 * ?", "month"],
  ["0 0 1 31 * *", "other"],
  ["0 0 1 * * 0", "week"],
  ["0 0 1 * * *", "day"],
  ["0 0 1 1 1 *", "other"],
  ["@every 5m", "other"],
  ["", "other"],
])("%j is made every %s", (expression, expected) => {
  expect(frequency(expression)).toBe(expected);
});

it("reads one alarm's instance and limit", () => {
  const [alarm] = read("cms/alarm:Alarm", "alarm", {
    project: "acs_rds_dashboard",
    metric: "cpu_usage",
    period: 60,
    metricDimensions: '[{"instanceId":"pgm-1"}]',
    escalationsCritical: { comparisonOperator: ">", statistics: "Average", threshold: "80", times: 5 },
    contactGroups: ["dba"],
  });
  expect(alarm).toMatchObject({
    watches: known("cpu"),
    above: known(80),
    lasts: known(300),
    direction: known(true),
    enabled: known(true),
    of: known([expect.objectContaining({ text: known("pgm-1") })]),
  });
});

it.each(["00:00-08:00", "22:00-06:00"])("takes an alarm that sleeps outside %s for none", (effectiveInterval) => {
  const [alarm] = read("cms/alarm:Alarm", "alarm", {
    project: "acs_rds_dashboard",
    metric: "cpu_usage",
    effectiveInterval,
  });
  expect(alarm?.enabled).toEqual(known(false));
});

it.each([
  ["KMS", "key-1", true, "known"],
  ["AES256", "key-1", true, "absent"],
  ["ROT13", "key-1", false, "absent"],
])("a bucket encrypted by %s uses the key only where that does", (sseAlgorithm, kmsMasterKeyId, encrypted, key) => {
  const [bucket] = read("oss/bucket:Bucket", "bucket", { serverSideEncryptionRule: { sseAlgorithm, kmsMasterKeyId } });
  expect(bucket?.encrypted).toEqual(known(encrypted));
  expect(bucket?.key.state).toBe(key);
});
