import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import { type PanelId, panelsOf } from "../catalogue/panels";
import type { Spec } from "../spec/spec";
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

const WIDTH = 24;
const CHART = { width: 8, height: 6 };
const ALARMS = { width: WIDTH, height: 3 };

/** The dashboard in CloudWatch's own format: the alarms' states, the charts three in a row, the slowest statements. */
export function dashboardBody(shown: Shown): { readonly widgets: readonly object[] } {
  const rows = panelsOf(shown.capacity.members);
  const lines = linesOf(shown);
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
      ...rows.map(({ id, title, alert, most }, index) => {
        const limit = alert && shown.thresholds[alert];
        return {
          type: "metric",
          x: (index * CHART.width) % WIDTH,
          y: top + Math.floor((index * CHART.width) / WIDTH) * CHART.height,
          ...CHART,
          properties: {
            // Load is at its limit when it is as high as there are processors.
            title: id === "load" ? `${title} (${shown.capacity.vcpu} vCPU)` : title,
            region: shown.region,
            view: "timeSeries",
            stacked: false,
            period: PERIOD,
            metrics: lines[id],
            yAxis: { left: { min: 0, ...(most === undefined ? {} : { max: most }) } },
            ...(limit ? { annotations: { horizontal: [{ label: "alarm", value: limit.above }] } } : {}),
          },
        };
      }),
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

/** What CloudWatch draws of each panel. */
function linesOf({ members, capacity }: Shown): Readonly<Record<PanelId, readonly Line[]>> {
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
  return {
    cpu: each("CPUUtilization"),
    memory: percent("FreeableMemory", used(capacity.memory)),
    disk: percent("FreeStorageSpace", used(capacity.storage)),
    diskOperations: both("ReadIOPS", "WriteIOPS"),
    diskLatency: both("ReadLatency", "WriteLatency"),
    diskQueue: each("DiskQueueDepth"),
    connections: percent("DatabaseConnections", of(capacity.maxConnections)),
    load: each("DBLoad"),
    waiting: each("DBLoadNonCPU"),
    replicationLag: each("ReplicaLag", "Maximum"),
    walAndSlots: both("TransactionLogsDiskUsage", "OldestReplicationSlotLag"),
    transactionIds: percent("MaximumUsedTransactionIDs", of(TRANSACTION_IDS)),
  };
}
