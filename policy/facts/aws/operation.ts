import { absent, type Fact, known, knownValue, lacking, map, orElse, unknown } from "../fact";
import type {
  Alarm,
  AlertContact,
  AlertTarget,
  BackupCoverage,
  BackupPlan,
  BackupSchedule,
  Bucket,
  EventSubscription,
  Figure,
  Frequency,
  LogGroup,
  Permissions,
  Vault,
  Watch,
} from "../kinds";
import type { Reader, Readers } from "../reader";
import { Reading } from "../reading";

const vault: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const fact: Vault = {
    kind: "vault",
    ...reading.owned,
    encrypted: known(true),
    key: reading.reference("kmsKeyArn"),
    forceDestroy: orElse(reading.flag("forceDestroy"), false),
    keptDays: lacking("the plan says it"),
  };
  return [fact];
};

const guard =
  (on: Permissions["on"], guards: string, document: (reading: Reading) => Permissions["document"]): Reader =>
  (resource) => {
    const reading = new Reading(resource, "aws");
    return [
      {
        kind: "permissions",
        ...reading.owned,
        on,
        document: document(reading),
        attached: absent,
        guards: reading.reference(guards),
      },
    ];
  };

/** A lock refuses what a policy would: nobody deletes an archive early. */
const lockedUp = known({
  statements: [
    {
      effect: "Deny",
      principals: ["*"],
      notPrincipal: false,
      actions: ["backup:DeleteRecoveryPoint"],
      notAction: false,
      resources: ["*"],
      conditions: [],
    },
  ],
});

const plan: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const schedules = reading.items("rules").map((path): BackupSchedule => {
    const when = reading.text(`${path}.schedule`);
    return {
      when,
      every: map(when, frequency),
      // Left out: for ever.
      keptDays: orElse(reading.figure(`${path}.lifecycle.deleteAfter`), Number.POSITIVE_INFINITY),
      continuous: orElse(reading.flag(`${path}.enableContinuousBackup`), false),
      vault: reading.reference(`${path}.targetVaultName`),
    };
  });
  const fact: BackupPlan = {
    kind: "backupPlan",
    ...reading.owned,
    of: lacking("selections say it"),
    schedules: reading.value("rules").state === "unknown" ? unknown("rules") : known(schedules),
    vault: lacking("each rule names its own"),
    outlives: lacking("what lies in a vault stays there"),
  };
  return [fact];
};

/** "cron(0 6 1 * ? *)" is monthly: a fixed day of every month. Others of AWS's expressions by the same reading. */
export function frequency(expression: string): Frequency {
  const [, body] = /^cron\((.+)\)$/.exec(expression) ?? [];
  const [, , day, month, weekday, year] = (body ?? "").trim().split(/\s+/);
  if (day === undefined || month === undefined || weekday === undefined) return "other";
  if (month !== "*" || (year !== undefined && year !== "*")) return "other";
  if (/^(\d+|L)$/.test(day) && weekday === "?") return "month";
  if (day === "?" && /^[A-Z0-9]+$/i.test(weekday)) return "week";
  if ((day === "*" && weekday === "?") || (day === "?" && weekday === "*")) return "day";
  return "other";
}

const selection: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const excludes = reading.value("notResources").state !== "absent" || reading.value("conditions").state !== "absent";
  const byTag = reading.value("selectionTags").state !== "absent";
  const fact: BackupCoverage = {
    kind: "backupCoverage",
    ...reading.owned,
    plan: reading.reference("planId"),
    // Tags and exclusions are the account's to resolve: nothing is certain of them.
    covers: byTag || excludes ? unknown(byTag ? "selectionTags" : "conditions") : reading.references("resources"),
  };
  return [fact];
};

const METRICS: Readonly<Record<string, Watch>> = {
  CPUUtilization: "cpu",
  FreeableMemory: "memory",
  FreeStorageSpace: "disk",
  ReplicaLag: "replicationLag",
};
const ABOVE: ReadonlySet<Watch> = new Set(["cpu", "replicationLag"]);

const metricAlarm: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const { metrics, dimensions, arithmetic, periods } = measured(reading);
  const metric: Fact<string> = metrics.state === "known" ? known([...new Set(metrics.value)].join(" ")) : metrics;
  const watch =
    knownValue(metric) === undefined || arithmetic || !isOfRds(reading)
      ? undefined
      : METRICS[knownValue(metric) as string];
  const operator = reading.text("comparisonOperator");
  const threshold = reading.figure("threshold");
  const fact: Alarm = {
    kind: "alarm",
    ...reading.owned,
    watches: metric.state === "unknown" ? metric : watch === undefined ? absent : known(watch),
    metric,
    enabled: orElse(reading.flag("actionsEnabled"), true),
    above: watch === undefined || ABOVE.has(watch) ? threshold : lacking("CloudWatch counts what is free"),
    below: watch === undefined || ABOVE.has(watch) ? lacking("CloudWatch counts what is used") : threshold,
    direction: map(operator, (text) => text.startsWith(watch === undefined || ABOVE.has(watch) ? "Greater" : "Less")),
    lasts: duration(periods, reading.figure("evaluationPeriods")),
    tells: reading.references("alarmActions"),
    tellsItself: known(false),
    of: dimensions,
  };
  return [fact];
};

const STATISTICS: ReadonlySet<string | undefined> = new Set(["Average", "Maximum", "Minimum"]);

/** Other services have metrics of the same names; how many figures there are ("SampleCount") is no figure. */
function isOfRds(reading: Reading): boolean {
  const single = reading.value("metricQueries").state === "absent";
  const paths = single ? [""] : reading.items("metricQueries").map((path) => `${path}.metric.`);
  return paths
    .filter((path) => single || reading.value(`${path}metricName`).state !== "absent")
    .every((path) => {
      const namespace = reading.text(`${path}namespace`);
      const statistic = reading.text(single ? "statistic" : `${path}stat`);
      return (
        (namespace.state === "unknown" || knownValue(namespace) === "AWS/RDS") &&
        (statistic.state === "unknown" || STATISTICS.has(knownValue(statistic)))
      );
    });
}

/**
 * Metric and database of an alarm on one metric, or on the worst of several.
 *
 * `arithmetic`: an expression makes another figure of the metrics, which is none of R16's.
 */
function measured(reading: Reading) {
  const queries = reading.value("metricQueries");
  if (queries.state === "absent") {
    return {
      metrics: map(reading.text("metricName"), (name) => [name]),
      dimensions: dimension(reading, "dimensions"),
      arithmetic: false,
      periods: reading.figure("period"),
    };
  }
  if (queries.state === "unknown") {
    const nothing = unknown("metricQueries");
    return { metrics: nothing, dimensions: reading.references("metricQueries"), arithmetic: false, periods: nothing };
  }
  const metrics: string[] = [];
  const expressions: string[] = [];
  const of = [];
  const periods: Fact<Figure>[] = [];
  for (const path of reading.items("metricQueries")) {
    const expression = reading.text(`${path}.expression`);
    if (expression.state === "known") expressions.push(expression.value);
    const name = reading.text(`${path}.metric.metricName`);
    if (name.state !== "known") continue;
    metrics.push(name.value);
    periods.push(reading.figure(`${path}.metric.period`));
    const where = dimension(reading, `${path}.metric.dimensions`);
    if (where.state === "known") of.push(...where.value);
  }
  return {
    metrics: known(metrics),
    dimensions: known(of),
    arithmetic: expressions.some((one) => !/^MAX\(\[[^\]]*\]\)$/.test(one)),
    periods: same(periods),
  };
}

/** The one period of all; of several, none. */
function same(periods: readonly Fact<Figure>[]): Fact<Figure> {
  const open = periods.find(({ state }) => state === "unknown");
  const [first = absent] = periods;
  const others = periods.some((one) => knownValue(one) !== knownValue(first));
  return open ?? (others ? known(Number.NaN) : first);
}

const DIMENSIONS = ["DBInstanceIdentifier", "DBClusterIdentifier"];

function dimension(reading: Reading, path: string): Alarm["of"] {
  const whole = reading.value(path);
  if (whole.state === "unknown") return reading.references(path);
  const found = DIMENSIONS.map((name) => reading.reference(`${path}.${name}`)).flatMap((one) =>
    one.state === "known" ? [one.value] : [],
  );
  return known(found);
}

function duration(period: Fact<Figure>, count: Fact<Figure>): Fact<Figure> {
  if (period.state !== "known") return period;
  return map(count, (times) =>
    typeof times === "number" && typeof period.value === "number" ? times * period.value : Number.NaN,
  );
}

const topic: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const key = reading.reference("kmsMasterKeyId");
  const fact: AlertTarget = {
    kind: "alertTarget",
    ...reading.owned,
    reaches: lacking("subscriptions are resources of their own"),
    encrypted: known(key.state !== "absent"),
    key,
    policy: reading.document("policy"),
  };
  return [fact];
};

const subscription: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const fact: AlertContact = {
    kind: "alertContact",
    ...reading.owned,
    target: reading.reference("topic"),
    protocol: reading.text("protocol"),
    address: reading.given("endpoint"),
  };
  return [fact];
};

const ABOUT: Readonly<Record<string, string>> = {
  "db-instance": "database",
  "db-cluster": "cluster",
  "db-parameter-group": "parameters",
  "db-security-group": "network",
  "db-proxy": "proxy",
  "db-snapshot": "snapshot",
  "db-cluster-snapshot": "snapshot",
};

const eventSubscription: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const fact: EventSubscription = {
    kind: "eventSubscription",
    ...reading.owned,
    enabled: orElse(reading.flag("enabled"), true),
    about: map(orElse(reading.text("sourceType"), "all"), (type) => ABOUT[type] ?? type),
    of: reading.references("sourceIds"),
    categories: reading.texts("eventCategories"),
    tells: map(reading.reference("snsTopic"), (topic) => [topic]),
    tellsItself: known(false),
  };
  return [fact];
};

const logGroup: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const fact: LogGroup = {
    kind: "logGroup",
    ...reading.owned,
    key: reading.reference("kmsKeyId"),
    // 0 is for ever.
    keptDays: map(orElse(reading.figure("retentionInDays"), 0), (days) =>
      days === 0 ? Number.POSITIVE_INFINITY : days,
    ),
    publicWrites: lacking("CloudWatch Logs takes nothing from strangers"),
  };
  return [fact];
};

/** What a bucket says of itself; its further resources are read as buckets that say only their part. */
const bucket: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const encryption = "serverSideEncryptionConfiguration.rule.applyServerSideEncryptionByDefault";
  const fact: Bucket = {
    kind: "bucket",
    ...reading.owned,
    acl: orElse(reading.text("acl"), "private"),
    // S3 encrypts every object since 2023.
    encrypted: known(true),
    key:
      reading.value(encryption).state === "absent"
        ? lacking("its encryption is a resource of its own")
        : reading.reference(`${encryption}.kmsMasterKeyId`),
    versioned: lacking("its versioning is a resource of its own"),
    forceDestroy: orElse(reading.flag("forceDestroy"), false),
    keptDays: lacking("its lifecycle is a resource of its own"),
  };
  return [fact];
};

const bucketAcl: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const elsewhere = lacking("the bucket itself says it");
  const fact: Bucket = {
    kind: "bucket",
    ...reading.owned,
    acl: orElse(reading.text("acl"), "private"),
    encrypted: elsewhere,
    key: elsewhere,
    versioned: elsewhere,
    forceDestroy: elsewhere,
    keptDays: elsewhere,
  };
  return [fact];
};

export const operations: Readers = {
  "aws:backup/vault:Vault": vault,
  "aws:backup/vaultPolicy:VaultPolicy": guard("vault", "backupVaultName", (reading) => reading.document("policy")),
  "aws:backup/vaultLockConfiguration:VaultLockConfiguration": guard("vault", "backupVaultName", () => lockedUp),
  "aws:backup/plan:Plan": plan,
  "aws:backup/selection:Selection": selection,
  "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm,
  "aws:sns/topic:Topic": topic,
  "aws:sns/topicPolicy:TopicPolicy": guard("alertTarget", "arn", (reading) => reading.document("policy")),
  "aws:sns/topicSubscription:TopicSubscription": subscription,
  "aws:rds/eventSubscription:EventSubscription": eventSubscription,
  "aws:cloudwatch/logGroup:LogGroup": logGroup,
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketV2:BucketV2": bucket,
  "aws:s3/bucketAcl:BucketAcl": bucketAcl,
  "aws:s3/bucketAclV2:BucketAclV2": bucketAcl,
  "aws:s3/bucketPolicy:BucketPolicy": guard("bucket", "bucket", (reading) => reading.document("policy")),
};
