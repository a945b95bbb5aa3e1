import { absent, type Fact, known, knownValue, lacking, map, orElse, unknown } from "../fact";
import type { Account, AnyFact, Audit, Database, DatabaseProxy, Figure, NetworkRule } from "../kinds";
import type { Reader, Readers } from "../reader";
import { Reading } from "../reading";
import type { Resource } from "../resource";
import { itself, literal, newest } from "./given";
import { groupParameters, ownParameters } from "./parameters";

const GiB = 2 ** 30;
const BY_POLICY = lacking("alicloud:rds/backupPolicy:BackupPolicy says it");
const OF_THE_PRIMARY = lacking("the primary it follows says it");
const OF_THE_SOURCE = lacking("it takes that from the instance it is made of");
const LAST = lacking(
  "RDS takes none of PostgreSQL; a last dump is what a function of the stack does, which no instance shows",
);
const RELEASED = lacking("RDS keeps a released PostgreSQL instance's backups for a week, whatever is set");

/** Editions with a standby; Basic ones and serverless_basic have none. */
const WITH_STANDBY: ReadonlySet<string> = new Set([
  "HighAvailability",
  "AlwaysOn",
  "Finance",
  "cluster",
  "serverless_ha",
  "serverless_standard",
]);

const isPostgres = (reading: Reading): boolean => {
  const engine = knownValue(reading.text("engine"));
  return engine === undefined || engine.toLowerCase() === "postgresql";
};

/** RDS takes some of its figures as text. */
export const numeric = (fact: Fact<Figure>): Fact<Figure> =>
  map(fact, (value) => (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value));

/** What all kinds of instances are asked, with what none of them has. */
function shared(reading: Reading, storage: string, name: string): Database {
  return {
    kind: "database",
    ...reading.owned,
    role: "primary",
    engine: map(reading.text("engine"), (engine) => engine.toLowerCase()),
    version: version(reading.text("engineVersion")),
    storageEncrypted: encrypted(reading),
    storageKey: diskKey(reading),
    insightsKey: lacking("RDS keeps its query figures to itself"),
    insightsEnabled: lacking("Performance Insight of RDS for PostgreSQL is always on"),
    monitoringInterval: orElse(reading.figure("monitoringPeriod"), 300),
    backupDays: BY_POLICY,
    recoveryDays: BY_POLICY,
    backupsOutlive: RELEASED,
    finalBackup: LAST,
    finalBackupName: LAST,
    deletionProtection: orElse(reading.flag("deletionProtection"), false),
    public: lacking("a public address is a resource of its own: alicloud:rds/connection:Connection"),
    subnets: reading.reference("vswitchId"),
    networkGroups: lacking("RDS's security groups are one more whitelist, and no firewall in front of the instance"),
    storageBytes: map(reading.figure(storage), (size) => (typeof size === "number" ? size * GiB : size)),
    memoryBytes: lacking("CloudMonitor has memory in percent"),
    readableReplicas: lacking("read-only instances are resources of their own"),
    multiZone: twoZones(reading),
    failover: failover(reading),
    port: orElse(numeric(reading.text("port")), 5432),
    adminName: lacking("accounts are resources of their own"),
    adminPasswordManaged: lacking("accounts are resources of their own"),
    passwordGiven: lacking("accounts are resources of their own"),
    passwordKey: lacking("RDS keeps no secret of its own"),
    identityLogin: lacking("RDS for PostgreSQL has no login by RAM role"),
    tlsOffered: tlsOffered(reading),
    tlsForced: tlsForced(reading),
    asksWho: asksWho(reading),
    authority: orElse(reading.text("caType"), "aliyun"),
    logs: lacking("RDS keeps error and slow logs itself; the SQL audit is what is switched"),
    auditEnabled: lacking("only of the primary"),
    minorUpgrades: map(reading.text("autoUpgradeMinorVersion"), (mode) => MODES[mode] ?? (mode as "manual")),
    majorUpgradeAllowed: lacking("a major version is upgraded into another instance"),
    copiesTags: lacking("RDS's backups have no tags"),
    tags: reading.tags("tags"),
    maintenanceWindow: map(reading.text("maintainTime"), (window) => window.replaceAll("Z", "")),
    backupWindow: BY_POLICY,
    parameterGroup: lacking(`the parameters of ${name} stand in the resource itself`),
    source: absent,
  };
}

/** RDS writes "15.0" for every 15.x, and picks the minor version. */
const version = (fact: Fact<string>): Fact<string> => map(fact, (text) => text.replace(/\.0$/, ""));

/** "ServiceKey" is RDS's own key, "disabled" none. */
function diskKey(reading: Reading): Database["storageKey"] {
  const text = knownValue(reading.text("encryptionKey"));
  return text === "ServiceKey" || text === "disabled" ? absent : reading.reference("encryptionKey");
}
function encrypted(reading: Reading): Fact<boolean> {
  const key = reading.text("encryptionKey");
  return known(key.state === "unknown" || (key.state === "known" && key.value !== "disabled"));
}

function twoZones(reading: Reading): Fact<boolean> {
  const standby = newest([reading.text("zoneIdSlaveA"), reading.text("zoneIdSlaveB")]);
  if (standby.state !== "known") return standby.state === "absent" ? known(false) : standby;
  const primary = reading.text("zoneId");
  // Left out, RDS takes the vswitch's.
  return primary.state === "absent" ? unknown("zoneId") : map(primary, (zone) => zone !== standby.value);
}

function failover(reading: Reading): Fact<boolean> {
  const edition = map(reading.text("category"), (category) => WITH_STANDBY.has(category));
  const bySelf = map(orElse(reading.text("haConfig"), "Auto"), (mode) => mode === "Auto");
  return both(edition, bySelf);
}

/** False as soon as one is, whatever the other. */
function both(one: Fact<boolean>, other: Fact<boolean>): Fact<boolean> {
  for (const fact of [one, other]) if (fact.state === "known" && fact.value !== true) return fact;
  return one.state === "known" ? other : one;
}

const MODES: Readonly<Record<string, "automatic" | "manual">> = { Auto: "automatic", Manual: "manual" };

/** Methods of pg_hba.conf by which a client proves who it is; "md5" takes SCRAM as well. */
const PROVING: ReadonlySet<string> = new Set(["scram-sha-256", "md5", "cert", "reject"]);

/** RDS's own pg_hba.conf asks everybody. */
function asksWho(reading: Reading): Fact<boolean> {
  const rows = reading.value("pgHbaConfs");
  if (rows.state !== "known") return rows.state === "absent" ? known(true) : unknown("pgHbaConfs");
  let all: Fact<boolean> = known(true);
  for (const path of reading.items("pgHbaConfs")) {
    all = both(
      all,
      orElse(
        map(reading.text(`${path}.method`), (method) => PROVING.has(method)),
        false,
      ),
    );
  }
  return all;
}

/** Left out, the provider leaves TLS as RDS makes it: off. */
const tlsOffered = (reading: Reading): Fact<boolean> =>
  newest<boolean>([
    // "Update" renews the certificate of an instance that has TLS.
    map(reading.text("sslAction"), (action) => action === "Open" || action === "Update"),
    map(reading.figure("sslEnabled"), (flag) => flag === 1),
    known(false),
  ]);

/** Every row of pg_hba.conf either wants TLS or turns away. */
function tlsForced(reading: Reading): Fact<boolean> {
  const rows = reading.value("pgHbaConfs");
  if (rows.state !== "known") return rows.state === "absent" ? known(false) : unknown("pgHbaConfs");
  const paths = reading.items("pgHbaConfs");
  let all: Fact<boolean> = known(paths.length > 0);
  for (const path of paths) {
    const type = reading.text(`${path}.type`);
    const rejects = knownValue(reading.text(`${path}.method`)) === "reject";
    all = both(
      all,
      rejects
        ? known(true)
        : orElse(
            map(type, (text) => text === "hostssl"),
            false,
          ),
    );
  }
  return both(all, tlsOffered(reading));
}

/** Whoever is on the whitelist; "0.0.0.0/0": everybody. Each entry by itself, so that an unknown one hides no other. */
function whitelist(reading: Reading, path: string, port: Fact<Figure>): NetworkRule[] {
  const rule = (cidrs: NetworkRule["cidrs"]): NetworkRule => ({
    kind: "networkRule",
    ...reading.owned,
    direction: "in",
    cidrs,
    peers: known(false),
    protocol: known("tcp"),
    fromPort: port,
    toPort: port,
    description: lacking("a whitelist's entries have none"),
    group: itself(reading),
    database: true,
  });
  const whole = reading.value(path);
  // Left out: 127.0.0.1 alone, which is nobody.
  if (whole.state === "absent") return [];
  if (whole.state !== "known") return [rule(unknown(path))];
  const paths = Array.isArray(whole.value) ? reading.items(path) : [path];
  return paths.map((item) => rule(map(reading.text(item), blocks)));
}
/** "10.0.0.1,10.1.0.0/16" */
const blocks = (text: string): string[] =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .map((entry) => (entry === "0.0.0.0" ? "0.0.0.0/0" : entry.includes("/") ? entry : `${entry}/32`));

const instance: Reader = (resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "alicloud");
  if (!isPostgres(reading)) return [];
  const database: Database = {
    ...shared(reading, "instanceStorage", "an instance"),
    auditEnabled: map(orElse(reading.text("sqlCollectorStatus"), "Disabled"), (status) => status === "Enabled"),
    parameterGroup: newest([
      reading.reference("dbParamGroupId"),
      lacking("its parameters stand in the resource itself"),
    ]),
  };
  const audit: Audit = {
    kind: "audit",
    ...reading.owned,
    of: itself(reading),
    keptDays: orElse(reading.figure("sqlCollectorConfigValue"), 30),
  };
  return [
    database,
    audit,
    ...ownParameters(reading, database.parameterGroup),
    ...whitelist(reading, "securityIps", database.port),
  ];
};

const readOnlyInstance: Reader = (resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "alicloud");
  const database: Database = {
    ...shared(reading, "instanceStorage", "a read-only instance"),
    role: "replica",
    // It has no property for one; whose it is decides.
    engine: OF_THE_PRIMARY,
    storageEncrypted: OF_THE_PRIMARY,
    storageKey: OF_THE_PRIMARY,
    monitoringInterval: lacking("the provider sets it at the primary alone"),
    readableReplicas: lacking("it is one itself"),
    multiZone: OF_THE_PRIMARY,
    failover: OF_THE_PRIMARY,
    port: lacking("RDS chooses it"),
    tlsForced: lacking("the provider has no pg_hba.conf for a read-only instance"),
    asksWho: OF_THE_PRIMARY,
    minorUpgrades: OF_THE_PRIMARY,
    maintenanceWindow: OF_THE_PRIMARY,
    backupDays: OF_THE_PRIMARY,
    recoveryDays: OF_THE_PRIMARY,
    backupWindow: OF_THE_PRIMARY,
    source: reading.reference("masterDbInstanceId"),
  };
  return [database, ...ownParameters(reading, absent), ...whitelist(reading, "securityIps", known(5432))];
};

/** An instance made of a backup, or of another of an older major version. */
const copiedInstance =
  (majorVersion: string): Reader =>
  (resource: Resource): readonly AnyFact[] => {
    const reading = new Reading(resource, "alicloud");
    if (!isPostgres(reading)) return [];
    const engine = reading.text("engine");
    const database: Database = {
      ...shared(reading, "dbInstanceStorage", "a copied instance"),
      engine: engine.state === "absent" ? OF_THE_SOURCE : map(engine, (text) => text.toLowerCase()),
      version: version(newest([reading.text(majorVersion), OF_THE_SOURCE])),
      monitoringInterval: lacking("the provider cannot set it here"),
      failover: map(reading.text("category"), (category) => WITH_STANDBY.has(category)),
      auditEnabled: lacking("the provider cannot set it here"),
    };
    return [database, ...ownParameters(reading, absent), ...whitelist(reading, "securityIps", database.port)];
  };

/** RDS's own proxy; where it can be reached from outside, that is a resource of its own. */
const proxy: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  return [{ ...door(reading), public: lacking("alicloud:rds/dbProxyPublic:DbProxyPublic says it") }];
};

const door = (reading: Reading): DatabaseProxy => ({
  kind: "proxy",
  ...reading.owned,
  scram: lacking("the instance says it"),
  tlsRequired: lacking("RDS offers TLS at its doors, and the instance's pg_hba.conf forces it"),
  debugLogging: lacking("it writes no statements down"),
  networkGroups: lacking("the instance's whitelist holds for it"),
  public: known(true),
  secrets: lacking("it asks the instance"),
});

/** An address in the internet. */
const publicDoor: Reader = (resource) => [door(new Reading(resource, "alicloud"))];

const whitelistTemplate: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  return whitelist(reading, "ipWhiteList", known(5432));
};

const account: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const fact: Account = {
    kind: "account",
    ...reading.owned,
    accountName: newest([reading.text("accountName"), reading.text("name")]),
    superuser: map(
      orElse(newest([reading.text("accountType"), reading.text("type")]), "Normal"),
      (type) => type !== "Normal",
    ),
    database: newest([reading.reference("dbInstanceId"), reading.reference("instanceId")]),
    passwordGiven: literal(reading, "accountPassword", "password"),
  };
  return [fact];
};

export const databases: Readers = {
  "alicloud:rds/instance:Instance": instance,
  "alicloud:rds/readOnlyInstance:ReadOnlyInstance": readOnlyInstance,
  "alicloud:rds/rdsCloneDbInstance:RdsCloneDbInstance": copiedInstance("engineVersion"),
  "alicloud:rds/rdsUpgradeDbInstance:RdsUpgradeDbInstance": copiedInstance("targetMajorVersion"),
  "alicloud:rds/rdsParameterGroup:RdsParameterGroup": groupParameters,
  "alicloud:rds/rdsDbProxy:RdsDbProxy": proxy,
  "alicloud:rds/dbProxyPublic:DbProxyPublic": publicDoor,
  "alicloud:rds/connection:Connection": publicDoor,
  "alicloud:rds/dbInstanceEndpointAddress:DbInstanceEndpointAddress": publicDoor,
  "alicloud:rds/whitelistTemplate:WhitelistTemplate": whitelistTemplate,
  "alicloud:rds/rdsAccount:RdsAccount": account,
  "alicloud:rds/account:Account": account,
};
