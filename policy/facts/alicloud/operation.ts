import { absent, type Fact, known, knownValue, lacking, map, orElse, unknown } from "../fact";
import type {
  Alarm,
  AlertContact,
  AlertTarget,
  AnyFact,
  Audit,
  BackupPlan,
  BackupSchedule,
  Bucket,
  EventSubscription,
  Figure,
  Frequency,
  LogGroup,
  PublicAccessBlock,
  Watch,
} from "../kinds";
import type { Reader, Readers } from "../reader";
import { Reading } from "../reading";
import type { Reference } from "../resource";
import { numeric } from "./database";
import { newest } from "./given";
import { permissions } from "./identity";

const NO_VAULT = lacking("RDS keeps its backups itself");
const WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** Daily where it names every day of the week. */
const onDays = (named: readonly string[]): Frequency =>
  WEEK.every((day) => named.includes(day)) ? "day" : named.length > 0 ? "week" : "other";

/** An instance's own backups, and the log between them. */
const backupPolicy: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const weekdays = newest([reading.texts("preferredBackupPeriods"), reading.texts("backupPeriods")]);
  const full: BackupSchedule = {
    when: newest([reading.text("preferredBackupTime"), reading.text("backupTime")]),
    every: map(orElse(weekdays, []), onDays),
    keptDays: orElse(newest([reading.figure("backupRetentionPeriod"), reading.figure("retentionPeriod")]), 7),
    continuous: known(false),
    vault: NO_VAULT,
  };
  const log: BackupSchedule = {
    when: known("all the time"),
    every: known("other"),
    keptDays: logDays(reading, full.keptDays),
    continuous: newest([reading.flag("enableBackupLog"), reading.flag("logBackup"), known(true)]),
    vault: NO_VAULT,
  };
  return [
    {
      ...plan(reading, "instanceId", [full, log]),
      outlives: lacking("RDS keeps a released PostgreSQL instance's backups for a week, whatever is set"),
    },
  ];
};

/** The service keeps no more of the log than of the backups it belongs to. */
function logDays(reading: Reading, full: Fact<Figure>): Fact<Figure> {
  const asked = orElse(newest([reading.figure("logBackupRetentionPeriod"), reading.figure("logRetentionPeriod")]), 7);
  if (asked.state !== "known" || full.state !== "known") return asked.state === "known" ? full : asked;
  const [log, data] = [asked.value, full.value];
  return known(typeof log === "number" && typeof data === "number" ? Math.min(log, data) : log);
}

/** Every backup, in another region, too. */
const crossBackupPolicy: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const copies: BackupSchedule = {
    when: known("with every backup"),
    every: known("day"),
    keptDays: orElse(reading.figure("retention"), 7),
    continuous: map(orElse(reading.text("logBackupEnabled"), "Disable"), (set) => set === "Enable"),
    vault: NO_VAULT,
  };
  return [{ ...plan(reading, "instanceId", [copies]), outlives: known(true) }];
};

/** Database Backup's, logical. */
const databaseBackup: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  if (knownValue(reading.text("databaseType"))?.toLowerCase() !== "postgresql") return [];
  const weekdays = map(reading.text("backupPeriod"), (text) => text.split(",").map((day) => day.trim()));
  const full: BackupSchedule = {
    when: reading.text("backupStartTime"),
    every: map(orElse(weekdays, []), onDays),
    keptDays: orElse(reading.figure("backupRetentionPeriod"), 730),
    continuous: orElse(reading.flag("enableBackupLog"), false),
    vault: NO_VAULT,
  };
  return [{ ...plan(reading, "sourceEndpointInstanceId", [full]), outlives: known(true) }];
};

const plan = (reading: Reading, of: string, schedules: readonly BackupSchedule[]): BackupPlan => ({
  kind: "backupPlan",
  ...reading.owned,
  of: reading.reference(of),
  schedules: known(schedules),
  vault: NO_VAULT,
  outlives: absent,
});

const RDS_METRICS = "acs_rds_dashboard";
const METRICS: Readonly<Record<string, Watch>> = {
  cpu_usage: "cpu",
  mem_usage: "memory",
  local_fs_size_usage: "disk",
  PG_RO_ReadLag: "replicationLag",
};
const ABOVE: ReadonlySet<string> = new Set([">", ">="]);
const ALL_DAY: ReadonlySet<string> = new Set(["00:00-23:59", "0:00-23:59", "00:00-24:00", "0:00-24:00"]);

const alarm: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const metric = reading.text("metric");
  const project = reading.text("project");
  const level = ["escalationsCritical", "escalationsWarn", "escalationsInfo"].find(
    (path) => reading.value(path).state !== "absent",
  );
  const at = (name: string): string => `${level ?? "escalationsCritical"}.${name}`;
  const fact: Alarm = {
    kind: "alarm",
    ...reading.owned,
    watches: watches(project, metric, reading.text(at("statistics"))),
    metric,
    enabled: enabled(reading),
    above: numeric(reading.figure(at("threshold"))),
    below: lacking("CloudMonitor counts what is used, in percent"),
    direction: map(orElse(reading.text(at("comparisonOperator")), ">"), (operator) => ABOVE.has(operator)),
    lasts: lasts(orElse(reading.figure("period"), 300), orElse(reading.figure(at("times")), 3)),
    tells: reading.references("contactGroups"),
    tellsItself: posts(reading, ["webhook"]),
    of: instances(reading),
  };
  return [fact];
};

const ADDRESS = /^https?:\/\/./i;

/** CloudMonitor posts to webhooks by itself, beside its groups of contacts; `paths` of their addresses. */
function posts(reading: Reading, paths: readonly string[]): Fact<boolean> {
  const addresses = paths.map((path) => reading.text(path));
  if (addresses.some((one) => ADDRESS.test(knownValue(one) ?? ""))) return known(true);
  const open = addresses.find(({ state }) => state === "unknown");
  return open ? map(open, () => false) : known(false);
}

/** Of one figure; how many there are, or none, is no figure. */
const STATISTICS: ReadonlySet<string | undefined> = new Set(["Average", "Maximum", "Minimum", "Value"]);

function watches(project: Fact<string>, metric: Fact<string>, statistic: Fact<string>): Alarm["watches"] {
  if (statistic.state !== "unknown" && !STATISTICS.has(knownValue(statistic))) return absent;
  if (project.state === "unknown") return project;
  if (metric.state === "unknown") return metric;
  const watch = METRICS[knownValue(metric) ?? ""];
  return knownValue(project) !== RDS_METRICS || watch === undefined ? absent : known(watch);
}

/** An alarm that sleeps at night is none. */
function enabled(reading: Reading): Fact<boolean> {
  const flag = orElse(reading.flag("enabled"), true);
  if (knownValue(flag) === false) return flag;
  const hours = orElse(reading.text("effectiveInterval"), "00:00-23:59");
  return hours.state === "known" && ALL_DAY.has(hours.value) ? flag : map(hours, () => false);
}

function lasts(period: Fact<Figure>, times: Fact<Figure>): Fact<Figure> {
  if (period.state !== "known") return period;
  return map(times, (count) =>
    typeof count === "number" && typeof period.value === "number" ? count * period.value : Number.NaN,
  );
}

/** `[{"instanceId": "pgm-..."}]`, as text; in a preview often nothing but what it was computed from. */
function instances(reading: Reading): Alarm["of"] {
  const dimensions = reading.reference("metricDimensions");
  if (dimensions.state !== "known") return dimensions;
  const { text } = dimensions.value;
  if (text.state !== "known") return known([dimensions.value]);
  return known(instanceIds(text.value).map((id): Reference => ({ ...dimensions.value, text: known(id) })));
}

function instanceIds(text: string): string[] {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return [];
  }
  return (Array.isArray(read) ? read : [read]).flatMap((one: unknown) => {
    const id = typeof one === "object" && one !== null ? (one as Record<string, unknown>).instanceId : undefined;
    return typeof id === "string" ? id.split(",") : [];
  });
}

const contactGroup: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const contacts = reading.value("contacts");
  const fact: AlertTarget = {
    kind: "alertTarget",
    ...reading.owned,
    // How many there are is plain, also where their names are not yet.
    reaches: map(orElse(contacts, []), (list) => (Array.isArray(list) ? list.length : 0)),
    encrypted: lacking("CloudMonitor's contacts cannot be encrypted with a key"),
    key: lacking("CloudMonitor's contacts cannot be encrypted with a key"),
    policy: lacking("a group of contacts has no policy: CloudMonitor alone uses it"),
  };
  return [fact];
};

const CHANNELS = ["channelsMail", "channelsSms", "channelsDingWebHook", "channelsAliim"];

const contact: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const channel = CHANNELS.find((path) => {
    const text = reading.text(path);
    return text.state !== "absent";
  });
  const fact: AlertContact = {
    kind: "alertContact",
    ...reading.owned,
    target: lacking("groups name their contacts"),
    protocol: channel === undefined ? absent : known(channel.replace("channels", "")),
    address: known(channel !== undefined),
  };
  return [fact];
};

/** Whoever is not told of the worst is told nothing. */
function urgent(reading: Reading, enabled: Fact<boolean>): Fact<boolean> {
  const levels = reading.texts("eventPattern.levelLists");
  if (levels.state === "absent" || knownValue(enabled) === false) return enabled;
  return map(
    levels,
    (list) => enabled.state === "known" && enabled.value && ["CRITICAL", "WARN"].every((one) => list.includes(one)),
  );
}

const eventRule: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const product = reading.text("eventPattern.product");
  // Of other products, or of none.
  if (product.state === "absent" || (product.state === "known" && product.value.toUpperCase() !== "RDS")) return [];
  const types = reading.texts("eventPattern.eventTypeLists");
  const all = types.state === "known" && types.value.some((type) => type === "*");
  const webhooks = reading.value("webhookParameters");
  const fact: EventSubscription = {
    kind: "eventSubscription",
    ...reading.owned,
    enabled: urgent(
      reading,
      map(orElse(reading.text("status"), "ENABLED"), (status) => status === "ENABLED"),
    ),
    about: known("all"),
    of: absent,
    // None at all is none.
    categories: all ? absent : types.state === "absent" || knownValue(types)?.length === 0 ? known(["none"]) : types,
    tells: groups(reading),
    tellsItself:
      webhooks.state === "unknown"
        ? webhooks
        : posts(
            reading,
            reading.items("webhookParameters").map((path) => `${path}.url`),
          ),
  };
  return [fact];
};

function groups(reading: Reading): EventSubscription["tells"] {
  const given = reading.value("contactParameters");
  if (given.state === "unknown") return given;
  const named = reading.items("contactParameters").map((path) => reading.reference(`${path}.contactGroupName`));
  return known(named.flatMap((one) => (one.state === "known" ? [one.value] : [])));
}

const logStore: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const fact: LogGroup = {
    kind: "logGroup",
    ...reading.owned,
    key: encryptionKey(reading),
    // 3650: for ever.
    keptDays: map(orElse(reading.figure("retentionPeriod"), 30), (kept) =>
      kept === 3650 ? Number.POSITIVE_INFINITY : kept,
    ),
    publicWrites: orElse(reading.flag("enableWebTracking"), false),
  };
  return [fact];
};

/** A key that is named and not switched on encrypts nothing. */
function encryptionKey(reading: Reading): Fact<Reference> {
  const enabled = orElse(reading.value("encryptConf.enable"), false);
  if (enabled.state !== "known") return enabled;
  return enabled.value === true ? reading.reference("encryptConf.userCmkInfo.cmkKeyId") : absent;
}

/** The audit's retention, where the newer service keeps it. */
const sqlLogConfig: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const fact: Audit = {
    kind: "audit",
    ...reading.owned,
    of: reading.reference("instanceId"),
    keptDays: orElse(reading.figure("retention"), 30),
  };
  return [fact];
};

const ALGORITHMS: ReadonlySet<string> = new Set(["KMS", "AES256", "SM4"]);

const bucket: Reader = (resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "alicloud");
  const algorithm = reading.text("serverSideEncryptionRule.sseAlgorithm");
  const fact: Bucket = {
    kind: "bucket",
    ...reading.owned,
    encrypted: map(orElse(algorithm, ""), (name) => ALGORITHMS.has(name)),
    // Other algorithms use a key of OSS's own.
    key:
      knownValue(algorithm) === undefined || knownValue(algorithm) === "KMS"
        ? reading.reference("serverSideEncryptionRule.kmsMasterKeyId")
        : absent,
    forceDestroy: orElse(reading.flag("forceDestroy"), false),
    keptDays: keptDays(reading),
    acl: orElse(reading.text("acl"), "private"),
    versioned: map(orElse(reading.text("versioning.status"), ""), (status) => status === "Enabled"),
  };
  const inline =
    reading.value("policy").state === "absent" ? [] : [permissions(reading, "bucket", reading.document("policy"))];
  return [fact, ...inline];
};

/** The soonest that an object goes; absent: none goes by itself. */
function keptDays(reading: Reading): Fact<Figure> {
  if (reading.value("lifecycleRules").state === "unknown") return unknown("lifecycleRules");
  let soonest: Fact<Figure> = absent;
  for (const rule of reading.items("lifecycleRules")) {
    if (knownValue(reading.flag(`${rule}.enabled`)) === false) continue;
    for (const list of ["expirations", "noncurrentVersionExpirations"]) {
      for (const path of reading.items(`${rule}.${list}`)) {
        const fact = reading.figure(`${path}.days`);
        if (fact.state === "absent") continue;
        if (fact.state !== "known" || typeof fact.value !== "number") return fact;
        soonest = known(soonest.state === "known" ? Math.min(soonest.value as number, fact.value) : fact.value);
      }
    }
  }
  return soonest;
}

const partOfBucket =
  (part: (reading: Reading) => Partial<Pick<Bucket, "acl" | "encrypted" | "key" | "versioned">>): Reader =>
  (resource) => {
    const reading = new Reading(resource, "alicloud");
    const elsewhere = lacking("the bucket itself says it");
    const fact: Bucket = {
      kind: "bucket",
      ...reading.owned,
      acl: elsewhere,
      encrypted: elsewhere,
      key: elsewhere,
      versioned: elsewhere,
      forceDestroy: elsewhere,
      keptDays: elsewhere,
      ...part(reading),
    };
    return [fact];
  };

const bucketPolicy: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  return [permissions(reading, "bucket", reading.document("policy"), reading.reference("bucket"))];
};

const bucketPublicAccessBlock: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const fact: PublicAccessBlock = {
    kind: "publicAccessBlock",
    ...reading.owned,
    guards: reading.reference("bucket"),
    blocks: orElse(reading.flag("blockPublicAccess"), false),
  };
  return [fact];
};

export const operations: Readers = {
  "alicloud:rds/backupPolicy:BackupPolicy": backupPolicy,
  "alicloud:rds/rdsInstanceCrossBackupPolicy:RdsInstanceCrossBackupPolicy": crossBackupPolicy,
  "alicloud:dbs/backupPlan:BackupPlan": databaseBackup,
  "alicloud:cms/alarm:Alarm": alarm,
  "alicloud:cms/alarmContactGroup:AlarmContactGroup": contactGroup,
  "alicloud:cms/alarmContact:AlarmContact": contact,
  "alicloud:cms/eventRule:EventRule": eventRule,
  "alicloud:log/store:Store": logStore,
  "alicloud:das/sqlLogConfig:SqlLogConfig": sqlLogConfig,
  "alicloud:oss/bucket:Bucket": bucket,
  "alicloud:oss/bucketAcl:BucketAcl": partOfBucket((reading) => ({ acl: orElse(reading.text("acl"), "private") })),
  "alicloud:oss/bucketServerSideEncryption:BucketServerSideEncryption": partOfBucket((reading) => ({
    encrypted: known(true),
    key: reading.reference("kmsMasterKeyId"),
  })),
  "alicloud:oss/bucketVersioning:BucketVersioning": partOfBucket((reading) => ({
    versioned: map(orElse(reading.text("status"), "Enabled"), (status) => status === "Enabled"),
  })),
  "alicloud:oss/bucketPolicy:BucketPolicy": bucketPolicy,
  "alicloud:oss/bucketPublicAccessBlock:BucketPublicAccessBlock": bucketPublicAccessBlock,
};
