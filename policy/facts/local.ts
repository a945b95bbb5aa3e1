import { absent, type Fact, known, knownValue, lacking, map, orElse, unknown } from "./fact";
import type {
  Account,
  Alarm,
  AlertContact,
  AlertTarget,
  AnyFact,
  BackupPlan,
  Database,
  DatabaseProxy,
  Figure,
  NetworkRule,
  Parameters,
  Watch,
} from "./kinds";
import type { Reader, Readers } from "./reader";
import { Reading } from "./reading";
import type { Reference } from "./resource";

const NO_CLOUD = "one machine has no such service";

/** The resource itself, as something that one of its properties points to. */
const itself = ({ resource: { urn, type } }: Reading, property: string): Reference => ({
  property,
  text: unknown(property),
  to: [{ urn, type }],
});

/** The machine says whether its folder lies on an encrypted volume: a database's fact, which only it knows. */
const machine: Reader = (resource) => {
  const reading = new Reading(resource, "local");
  return [{ ...nothingOfItsOwn(reading), role: "member", storageEncrypted: reading.flag("encrypted") }];
};

const cluster: Reader = (resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "local");
  const logs = reading.text("parameters.logging_collector");
  const database: Database = {
    ...nothingOfItsOwn(reading),
    role: "cluster",
    engine: known("postgres"),
    readableReplicas: map(reading.figure("memberCount"), (count) => (typeof count === "number" ? count - 1 : count)),
    multiZone: known(false),
    failover: map(reading.figure("memberCount"), (count) => typeof count === "number" && count > 1),
    public: known(false),
    finalBackup: orElse(reading.flag("finalBackup"), false),
    finalBackupName: lacking("the provider names it by the day"),
    deletionProtection: known(resource.protect),
    logs: map(logs, (on) => (on === "on" ? ["postgresql"] : [])),
    // pg_hba takes hostssl alone, whatever the inputs are.
    tlsOffered: known(true),
    tlsForced: known(true),
    // pg_hba takes scram-sha-256 alone.
    asksWho: known(true),
    authority: known("the cluster's own"),
    // Backups name the machine, as the cluster does.
    source: known({ property: "place", text: unknown("place"), to: resource.references?.place }),
    passwordGiven: known(false),
  };
  return [database, parameters(reading), ...rules(reading, true)];
};

function parameters(reading: Reading): Parameters {
  const given = reading.value("parameters");
  const names =
    given.state === "known" && typeof given.value === "object" && given.value !== null ? Object.keys(given.value) : [];
  const value = (name: string) => reading.text(`parameters.${name}`);
  const yes = (name: string): Fact<boolean> => map(value(name), (text) => text === "on");
  return {
    kind: "parameters",
    ...reading.owned,
    family: known("postgres15"),
    values: given.state === "known" ? known(Object.fromEntries(names.map((name) => [name, value(name)]))) : given,
    switches: {
      forceTls: known(true),
      scram: map(value("password_encryption"), (text) => text === "scram-sha-256"),
      logConnections: yes("log_connections"),
      logDisconnections: yes("log_disconnections"),
      logDuration: map(value("log_min_duration_statement"), (text) => text !== "-1"),
      logStatement: map(value("log_statement"), (text) => text !== "none"),
      archivesWal: archivesWal(value("archive_mode"), value("archive_command")),
    },
  };
}

/** Of archive_mode; "always" has replicas archive, too. */
const ARCHIVING: ReadonlySet<string> = new Set(["on", "always"]);

/** Recovery to a point in time lives of it. */
function archivesWal(mode: Fact<string>, command: Fact<string>): Fact<boolean> {
  if (mode.state !== "known" || !ARCHIVING.has(mode.value)) return map(mode, () => false);
  return map(command, (text) => text.includes("pgbackrest"));
}

/** The CIDR blocks that are let in, at the members and at the poolers. */
function rules(reading: Reading, database: boolean): NetworkRule[] {
  const cidrs = reading.texts("cidrs");
  if (cidrs.state === "absent" || (cidrs.state === "known" && cidrs.value.length === 0)) return [];
  return [
    {
      kind: "networkRule",
      ...reading.owned,
      direction: "in",
      cidrs,
      peers: known(false),
      protocol: known("tcp"),
      fromPort: known(5432),
      toPort: known(5432),
      description: lacking("pg_hba has no descriptions"),
      group: known(itself(reading, "place")),
      database,
    },
  ];
}

/** What of a database one machine does not have, or does without being asked. */
function nothingOfItsOwn(reading: Reading): Database {
  const none = lacking(NO_CLOUD);
  const elsewhere = lacking("another resource of the cluster says it");
  return {
    kind: "database",
    ...reading.owned,
    role: "cluster",
    engine: known("postgres"),
    version: lacking("the newest minor version that the machine's packages have"),
    storageEncrypted: elsewhere,
    storageKey: lacking("the volume's key is the machine's own"),
    insightsEnabled: lacking("pg_stat_statements is always loaded"),
    insightsKey: none,
    monitoringInterval: none,
    backupDays: lacking("the backup repository says it"),
    recoveryDays: lacking("the backup repository says it"),
    backupsOutlive: lacking("the backup repository says it"),
    finalBackup: elsewhere,
    finalBackupName: elsewhere,
    deletionProtection: elsewhere,
    public: elsewhere,
    subnets: lacking("one machine has no VPC"),
    networkGroups: lacking("one machine has no security groups: the CIDR blocks are pg_hba's"),
    storageBytes: elsewhere,
    memoryBytes: elsewhere,
    readableReplicas: elsewhere,
    multiZone: elsewhere,
    failover: elsewhere,
    port: elsewhere,
    adminName: lacking("the administrator is the operating system's user, without a password"),
    adminPasswordManaged: lacking("the administrator has no password"),
    passwordGiven: elsewhere,
    passwordKey: none,
    identityLogin: none,
    tlsOffered: elsewhere,
    tlsForced: elsewhere,
    asksWho: elsewhere,
    authority: elsewhere,
    logs: elsewhere,
    auditEnabled: none,
    minorUpgrades: lacking("the machine's package source decides"),
    majorUpgradeAllowed: lacking("a major version is a new stack"),
    copiesTags: none,
    tags: none,
    maintenanceWindow: lacking("nothing is maintained by itself"),
    backupWindow: elsewhere,
    parameterGroup: lacking("the parameters stand in the cluster itself"),
    source: absent,
  };
}

/** pgBackRest: daily full backups with all WAL, and the monthly archive. */
const backups: Reader = (resource) => {
  const reading = new Reading(resource, "local");
  const days = reading.figure("retention");
  const plan: BackupPlan = {
    kind: "backupPlan",
    ...reading.owned,
    of: known({ property: "place", text: unknown("place"), to: resource.references?.place }),
    schedules: known([
      { when: reading.text("dailyAt"), every: known("day"), keptDays: days, continuous: known(true), vault: absent },
      {
        when: known("the first of the month"),
        every: known("month"),
        keptDays: reading.figure("archiveRetention"),
        continuous: known(false),
        vault: absent,
      },
    ]),
    vault: absent,
    outlives: orElse(reading.flag("keep"), false),
  };
  return [plan];
};

const entryPoint: Reader = (resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "local");
  const proxy: DatabaseProxy = {
    kind: "proxy",
    ...reading.owned,
    // PgBouncer's client_tls_sslmode is "require", whatever the inputs are.
    tlsRequired: known(true),
    // PgBouncer's auth_type is "scram-sha-256", whatever the inputs are.
    scram: known(true),
    debugLogging: known(false),
    networkGroups: lacking("one machine has no security groups"),
    public: known(false),
    secrets: lacking("the password is the application database's"),
  };
  return [proxy, ...rules(reading, false)];
};

const applicationDatabase: Reader = (resource) => {
  const reading = new Reading(resource, "local");
  const account: Account = {
    kind: "account",
    ...reading.owned,
    accountName: reading.text("username"),
    superuser: known(false),
    database: known(itself(reading, "place")),
    passwordGiven: known(false),
  };
  return [account];
};

/** Alerts of the program's list that R16 names: their ids are this pack's own words. */
const WATCHES: readonly Watch[] = ["cpu", "memory", "disk", "replicationLag"];

/** Prometheus, Alertmanager and what they are told by: an alarm for each alert that has limits, and whoever is told of all. */
const monitoring: Reader = (resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "local");
  const thresholds = reading.value("thresholds");
  const contacts = reading.value("contacts");
  const watched = thresholds.state === "unknown" ? WATCHES : Object.keys(knownValue(thresholds) ?? {});
  const target: AlertTarget = {
    kind: "alertTarget",
    ...reading.owned,
    reaches: map(orElse(contacts, []), (list) => (Array.isArray(list) ? list.length : 0)),
    encrypted: lacking("alerts leave the machine for their contacts alone"),
    key: lacking("alerts leave the machine for their contacts alone"),
    policy: lacking("Alertmanager listens to the machine itself alone"),
  };
  return [
    ...watched.map((id) => alarm(reading, id)),
    target,
    ...(contacts.state === "unknown" ? ["contacts"] : reading.items("contacts")).map((path) => contact(reading, path)),
  ];
};

function alarm(reading: Reading, id: string): Alarm {
  const { place } = reading.resource.references ?? {};
  const all = reading.value("thresholds");
  const watch = WATCHES.find((one) => one === id);
  return {
    kind: "alarm",
    ...reading.owned,
    watches: all.state === "unknown" ? all : watch === undefined ? absent : known(watch),
    metric: known(id),
    // Where its programs cannot be had, `up` says so.
    enabled: known(true),
    above: reading.figure(`thresholds.${id}.above`),
    below: lacking("Prometheus counts what is used"),
    direction: known(true),
    lasts: lasts(reading, id),
    tells: known([itself(reading, "contacts")]),
    tellsItself: known(false),
    // Each member, by the machine that it shares with the others.
    of: map(reading.texts("members"), (members) =>
      members.map(() => ({ property: "place", text: unknown("place"), to: place })),
    ),
  };
}

/** Without a time it fires when Prometheus looks next. */
function lasts(reading: Reading, id: string): Fact<Figure> {
  const time = reading.figure(`thresholds.${id}.for`);
  return knownValue(time) === 0 ? reading.figure("interval") : time;
}

/** An address is none where it is one of mail, and no server takes mail. */
function contact(reading: Reading, path: string): AlertContact {
  const text = orElse(reading.text(path), "");
  const mail = knownValue(reading.given("mail.host")) === true;
  const posted = map(text, (address) => address.startsWith("https://"));
  return {
    kind: "alertContact",
    ...reading.owned,
    target: known(itself(reading, "contacts")),
    protocol: map(posted, (is) => (is ? "https" : "mail")),
    address: map(text, (address) => address !== "" && (mail || address.startsWith("https://"))),
  };
}

/** What the resources of one machine say. */
export const local: Readers = {
  "localpg:index:Machine": machine,
  "localpg:index:Cluster": cluster,
  "localpg:index:BackupRepository": backups,
  "localpg:index:EntryPoint": entryPoint,
  "localpg:index:ApplicationDatabase": applicationDatabase,
  "localpg:index:Monitoring": monitoring,
};
