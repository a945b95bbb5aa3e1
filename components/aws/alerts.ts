import { type Alert, type AlertId, alerts } from "../catalogue/alerts";
import type { AlertThreshold } from "../spec/spec";
import type { Capacity } from "./capacity";

/** RDS's namespace in CloudWatch. */
export const METRICS = "AWS/RDS";

/** What CloudWatch does with a minute nobody reported anything for. */
export type MissingData = "ignore" | "notBreaching" | "breaching";

/** What CloudWatch measures for an alert. */
export interface Measure {
  /** Tells two measures of one alert apart: part of the alarm's name. */
  readonly suffix?: string;
  /** Metrics of each member, in the namespace AWS/RDS. */
  readonly metrics: readonly [string, ...string[]];
  readonly statistic: "Average" | "Maximum";
  /** What the limit is compared with, where it is not the metric itself; the last of the expressions counts. */
  readonly expressions?: (metricIds: readonly string[], capacity: Capacity) => readonly Expression[];
  readonly fires: "above" | "below";
  /** The alert's threshold in the metric's own unit. */
  readonly limit: (above: number, capacity: Capacity) => number;
  readonly missing: MissingData;
  /** Where it is not measured everywhere. */
  readonly when?: (capacity: Capacity) => boolean;
}

export interface Expression {
  readonly id: string;
  readonly expression: string;
}

/** How one alert of the catalogue is told of on AWS. */
export type AwsAlert =
  | { readonly by: "metric"; readonly measures: readonly Measure[] }
  /** AWS Backup's metrics of the archive's vault; see archiveAlarm.ts. */
  | { readonly by: "archive"; readonly note: string }
  /** Messages of RDS about what happened; see events.ts. */
  | { readonly by: "events"; readonly note: string }
  /** Cannot happen, or is not the customer's to see. */
  | { readonly by: "service"; readonly note: string };

const share = (percent: number, whole: number): number => (percent / 100) * whole;
const asItIs = (above: number): number => above;
/** "85 % used" is "less than 15 % free". */
const free = (whole: keyof Capacity) => (above: number, capacity: Capacity) =>
  Math.round(share(100 - above, Number(capacity[whole])));
const used = (whole: keyof Capacity) => (above: number, capacity: Capacity) =>
  Math.round(share(above, Number(capacity[whole])));

/** PostgreSQL refuses commands well before all of them are used; the catalogue's percentages are of these. */
export const TRANSACTION_IDS = 2e9;

/**
 * Every alert of the catalogue.
 *
 * Missing data. "ignore": a member in trouble that falls silent has not recovered, so its alarm stays as it is (that it
 * is silent is `missingReplicas`). "notBreaching": RDS reports the metric only while there is something to report, a slot
 * or a replica, so silence is good news. "breaching": silence is what is looked for.
 */
export const awsAlerts: Readonly<Record<AlertId, AwsAlert>> = {
  cpu: metric({ metrics: ["CPUUtilization"], fires: "above", limit: asItIs }),
  // MemAvailable of the member's kernel.
  memory: metric({ metrics: ["FreeableMemory"], fires: "below", limit: free("memory") }),
  disk: metric(
    { metrics: ["FreeStorageSpace"], fires: "below", limit: free("storage") },
    // Temporary files lie there, and queries fail when it is full.
    {
      suffix: "local",
      metrics: ["FreeLocalStoragePercent"],
      fires: "below",
      limit: (above) => 100 - above,
      when: ({ localDisk }) => localDisk,
    },
  ),
  replicationLag: metric({
    metrics: ["ReplicaLag"],
    statistic: "Maximum",
    fires: "above",
    limit: asItIs,
    missing: "notBreaching",
  }),
  connections: metric({ metrics: ["DatabaseConnections"], fires: "above", limit: used("maxConnections") }),
  transactionAge: metric({
    metrics: ["MaximumUsedTransactionIDs"],
    fires: "above",
    limit: (above) => share(above, TRANSACTION_IDS),
  }),
  slotLag: metric({
    metrics: ["OldestReplicationSlotLag"],
    fires: "above",
    limit: used("storage"),
    missing: "notBreaching",
  }),
  walDisk: metric({ metrics: ["TransactionLogsDiskUsage"], fires: "above", limit: used("storage") }),
  // CloudWatch has no "time busy": it is how much of what the volume is good for is used, operations or bytes.
  diskIo: metric({
    metrics: ["ReadIOPS", "WriteIOPS", "ReadThroughput", "WriteThroughput"],
    expressions: volumeUse,
    fires: "above",
    limit: asItIs,
  }),
  backupAge: {
    by: "events",
    note: "RDS takes the daily backup by itself and reports each; it has no metric of a backup's age",
  },
  archiveFailed: {
    by: "archive",
    note: "AWS Backup counts the jobs of the archive's vault that failed, never started, or were stopped by somebody",
  },
  archiving: { by: "service", note: "RDS uploads WAL every five minutes and shows customers no archiver" },
  certificate: {
    by: "events",
    note: "RDS renews server certificates by itself and reports where that needs a restart",
  },
  noPrimary: { by: "events", note: "RDS reports a failover's start, its end and its failure" },
  // It is the members that report which are counted: any metric would do.
  missingReplicas: metric({
    metrics: ["CPUUtilization"],
    expressions: reporting,
    fires: "below",
    limit: (above, { members }) => members - above,
    missing: "breaching",
  }),
  splitBrain: { by: "service", note: "RDS fences the old writer before it promotes another" },
};

function metric(...measures: (Pick<Measure, "metrics" | "fires" | "limit"> & Partial<Measure>)[]): AwsAlert {
  return { by: "metric", measures: measures.map((one) => ({ statistic: "Average", missing: "ignore", ...one })) };
}

function volumeUse(ids: readonly string[], { iops, throughput }: Capacity): Expression[] {
  const [reads, writes, bytesRead, bytesWritten] = ids;
  return [
    { id: "operations", expression: `100 * (${reads} + ${writes}) / ${iops}` },
    { id: "bytes", expression: `100 * (${bytesRead} + ${bytesWritten}) / ${throughput}` },
    { id: "busy", expression: "MAX([operations, bytes])" },
  ];
}

function reporting(ids: readonly string[]): Expression[] {
  const each = ids.map((id, index) => ({ id: `up${index + 1}`, expression: `${id} * 0 + 1` }));
  return [...each, { id: "reporting", expression: `SUM([${each.map(({ id }) => id).join(", ")}])` }];
}

/** One alarm as it is to be made. */
export interface PlannedAlarm {
  readonly alert: Alert;
  /** "cpu-1", "replication-lag". */
  readonly name: string;
  /** Members it looks at, from 0. */
  readonly members: readonly number[];
  readonly queries: readonly (MetricQuery | Expression)[];
  readonly statistic: Measure["statistic"];
  readonly fires: Measure["fires"];
  readonly limit: number;
  readonly periods: number;
  readonly missing: MissingData;
  readonly description: string;
}

export interface MetricQuery {
  readonly id: string;
  readonly metric: string;
  readonly member: number;
}

/** Seconds: RDS reports every minute. */
export const PERIOD = 60;

/**
 * The alarms of a database.
 *
 * What concerns every member has an alarm for each. What concerns the primary or the replicas has one over all members,
 * for nobody knows beforehand who will be which: it looks at the worst.
 */
export function plannedAlarms(
  name: string,
  thresholds: Readonly<Record<string, AlertThreshold>>,
  capacity: Capacity,
): readonly PlannedAlarm[] {
  const all = Array.from({ length: capacity.members }, (_, index) => index);
  return alerts.flatMap((alert): PlannedAlarm[] => {
    const told = awsAlerts[alert.id];
    if (told.by !== "metric" || (needsReplicas(alert) && capacity.members === 1)) return [];
    const threshold = thresholds[alert.id] ?? alert.threshold;
    const looks = alert.scope === "every member" ? all.map((member) => [member]) : [all];
    return told.measures
      .filter((measure) => measure.when?.(capacity) ?? true)
      .flatMap((measure) => looks.map((members) => planned(name, alert, measure, members, threshold, capacity)));
  });
}

const needsReplicas = ({ id, scope }: Alert): boolean => scope === "replicas" || id === "missingReplicas";

function planned(
  name: string,
  alert: Alert,
  measure: Measure,
  members: readonly number[],
  threshold: AlertThreshold,
  capacity: Capacity,
): PlannedAlarm {
  const each = alert.scope === "every member" ? [String((members[0] ?? 0) + 1)] : [];
  const where = alert.scope === "every member" ? `member ${each} of ${name}` : name;
  const metrics = members
    .flatMap((member) => measure.metrics.map((one) => ({ metric: one, member })))
    .map((one, index) => ({ id: `m${index + 1}`, ...one }));
  const { statistic, fires, missing } = measure;
  return {
    alert,
    name: [kebab(alert.id), measure.suffix, ...each].filter((part) => part !== undefined).join("-"),
    members,
    queries: [
      ...metrics,
      ...expressionsOver(
        metrics.map(({ id }) => id),
        measure,
        capacity,
      ),
    ],
    statistic,
    fires,
    limit: measure.limit(threshold.above, capacity),
    periods: Math.max(1, Math.ceil(threshold.for / PERIOD)),
    missing,
    description: describe(alert, where, measure.metrics, threshold),
  };
}

/** The worst of several; a member that reports nothing is left out of it. */
function expressionsOver(ids: readonly string[], measure: Measure, capacity: Capacity): readonly Expression[] {
  if (measure.expressions) return measure.expressions(ids, capacity);
  return ids.length === 1 ? [] : [{ id: "worst", expression: `MAX([${ids.join(", ")}])` }];
}

/** What a person who is told reads. */
export function describe(
  alert: Alert,
  where: string,
  metrics: readonly string[],
  { above, for: time }: AlertThreshold,
): string {
  const unit = alert.unit === "" ? "" : ` ${alert.unit}`;
  const lasting = time === 0 ? "" : ` for ${Math.ceil(time / PERIOD)} min`;
  return [
    `${alert.severity.toUpperCase()}: ${alert.title} (${where}).`,
    `${alert.measures} > ${above}${unit}${lasting}; measured as ${metrics.join(", ")}.`,
    `First: ${alert.runbook}`,
    `license-db alert ${alert.id}, ${alert.requirement}.`,
  ].join("\n");
}

const kebab = (id: string): string => id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
