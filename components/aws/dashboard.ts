import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import type { AlertThreshold, Spec } from "../spec/spec";
import { METRICS, PERIOD, TRANSACTION_IDS } from "./alerts";
import type { Capacity } from "./capacity";
import type { Instances } from "./instances";
import { postgresqlLogName } from "./logs";
import type { Site } from "./site";

/** What the dashboard shows, all of it known. */
export interface Shown {
  readonly name: string;
  readonly region: string;
  readonly members: readonly string[];
  readonly alarmArns: readonly string[];
  readonly logGroup: string;
  readonly capacity: Capacity;
  /** By alert id. */
  readonly thresholds: Spec["alerts"]["thresholds"];
}

/** R15's six at a glance, R16's limits drawn in. */
export function createDashboard(
  site: Site,
  instances: Instances,
  capacity: Capacity,
  alarms: readonly cloudwatch.MetricAlarm[],
): cloudwatch.Dashboard {
  const { region, spec } = site;
  const known = pulumi.all([pulumi.all([...instances.members]), pulumi.all(alarms.map(({ arn }) => arn))]);
  return new cloudwatch.Dashboard(
    site.name("dashboard"),
    {
      region: region.name,
      // People look for it by the database's name.
      dashboardName: spec.name,
      dashboardBody: known.apply(([members, alarmArns]) =>
        JSON.stringify(
          dashboardBody({
            name: spec.name,
            region: region.name,
            members,
            alarmArns,
            logGroup: postgresqlLogName(site),
            capacity,
            thresholds: spec.alerts.thresholds,
          }),
        ),
      ),
    },
    site.child(),
  );
}

/** A line in a chart: `[namespace, metric, dimension, value, options]`, or `[options]` of an expression. */
type Line = readonly unknown[];

interface Chart {
  readonly title: string;
  readonly lines: readonly Line[];
  /** The alert whose threshold is drawn, in the chart's own unit. */
  readonly limit?: AlertThreshold;
  readonly most?: number;
}

const WIDTH = 24;
const CHART = { width: 8, height: 6 };
const ALARMS = { width: WIDTH, height: 3 };

/** The dashboard in CloudWatch's own format: the alarms' states, the charts three in a row, the slowest statements. */
export function dashboardBody(shown: Shown): { readonly widgets: readonly object[] } {
  const rows = charts(shown);
  const top = ALARMS.height;
  const bottom = top + Math.ceil(rows.length / (WIDTH / CHART.width)) * CHART.height;
  return {
    widgets: [
      {
        type: "alarm",
        x: 0,
        y: 0,
        ...ALARMS,
        properties: { title: `Alarms of ${shown.name}`, alarms: shown.alarmArns },
      },
      ...rows.map((chart, index) => ({
        type: "metric",
        x: (index * CHART.width) % WIDTH,
        y: top + Math.floor((index * CHART.width) / WIDTH) * CHART.height,
        ...CHART,
        properties: {
          title: chart.title,
          region: shown.region,
          view: "timeSeries",
          stacked: false,
          period: PERIOD,
          metrics: chart.lines,
          yAxis: { left: { min: 0, ...(chart.most === undefined ? {} : { max: chart.most }) } },
          ...(chart.limit ? { annotations: { horizontal: [{ label: "alarm", value: chart.limit.above }] } } : {}),
        },
      })),
      {
        type: "log",
        x: 0,
        y: bottom,
        width: WIDTH,
        height: CHART.height,
        properties: {
          title: "Slow statements",
          region: shown.region,
          view: "table",
          query: `SOURCE '${shown.logGroup}' | fields @timestamp, @message | filter @message like /duration:/ | sort @timestamp desc | limit 50`,
        },
      },
    ],
  };
}

function charts({ members, capacity, thresholds }: Shown): readonly Chart[] {
  const { cpu, memory, disk, connections, replicationLag, transactionAge } = thresholds;
  const each = (metric: string, stat = "Average"): Line[] =>
    members.map((member) => [METRICS, metric, "DBInstanceIdentifier", member, { stat, label: member }]);
  /** `expression` of `m`, the metric. */
  const percent = (metric: string, expression: (id: string) => string): Line[] =>
    members.flatMap((member, index) => [
      [METRICS, metric, "DBInstanceIdentifier", member, { id: `m${index}`, stat: "Average", visible: false }],
      [{ id: `e${index}`, expression: expression(`m${index}`), label: member }],
    ]);
  const both = (first: string, second: string): Line[] =>
    [first, second].flatMap((metric) =>
      members.map((member) => [
        METRICS,
        metric,
        "DBInstanceIdentifier",
        member,
        { stat: "Average", label: `${member} ${metric}` },
      ]),
    );
  const used = (whole: number) => (id: string) => `100 * (1 - ${id} / ${whole})`;
  const of = (whole: number) => (id: string) => `100 * ${id} / ${whole}`;
  const drawn = (limit: AlertThreshold | undefined) => (limit ? { limit } : {});
  return [
    { title: "CPU, %", lines: each("CPUUtilization"), most: 100, ...drawn(cpu) },
    {
      title: "Memory used, %",
      lines: percent("FreeableMemory", used(capacity.memory)),
      most: 100,
      ...drawn(memory),
    },
    { title: "Disk used, %", lines: percent("FreeStorageSpace", used(capacity.storage)), most: 100, ...drawn(disk) },
    { title: "Disk operations per second", lines: both("ReadIOPS", "WriteIOPS") },
    { title: "Disk latency, s", lines: both("ReadLatency", "WriteLatency") },
    { title: "Disk queue", lines: each("DiskQueueDepth") },
    {
      title: "Active connections, % of max_connections",
      lines: percent("DatabaseConnections", of(capacity.maxConnections)),
      ...drawn(connections),
    },
    { title: `Query performance: load (${capacity.vcpu} vCPU)`, lines: each("DBLoad") },
    { title: "Query performance: waiting, not on CPU", lines: each("DBLoadNonCPU") },
    ...(capacity.members > 1
      ? [{ title: "Replication lag, s", lines: each("ReplicaLag", "Maximum"), ...drawn(replicationLag) }]
      : []),
    { title: "WAL and slots, bytes", lines: both("TransactionLogsDiskUsage", "OldestReplicationSlotLag") },
    {
      title: "Transaction ids used, %",
      lines: percent("MaximumUsedTransactionIDs", of(TRANSACTION_IDS)),
      ...drawn(transactionAge),
    },
  ];
}
