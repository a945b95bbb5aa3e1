import { type PanelId, panelsOf } from "../catalogue/panels";
import { localAlerts } from "./alerts";
import type { Thresholds } from "./provider/config/monitoring/rules";

/** Grafana's own word for "as long a range as a rate needs here". */
const RANGE = "$__rate_interval";
const NO_DISK = 'device!~"loop.*|ram.*|zram.*|sr.*|fd.*"';

interface Line {
  readonly expression: string;
  /** With the labels in double braces: "{{member}}". */
  readonly legend: string;
}

const line = (expression: string, legend = "{{member}}"): Line => ({ expression, legend });
const processors = "scalar(count(count by (cpu) (node_cpu_seconds_total)))";

/** What Grafana draws of each panel: of every member, and of the machine they share. */
const lines: Readonly<Record<PanelId, readonly Line[]>> = {
  cpu: [
    line(localAlerts.cpu({ window: RANGE }), "machine"),
    line(`100 * rate(license_db_member_cpu_seconds_total[${RANGE}]) / ${processors}`),
  ],
  memory: [
    line(localAlerts.memory({ window: RANGE }), "machine"),
    line("100 * license_db_member_memory_bytes / scalar(node_memory_MemTotal_bytes)"),
  ],
  disk: [line(localAlerts.disk({ window: RANGE }), "{{volume}}")],
  diskOperations: [
    line(`rate(node_disk_reads_completed_total{${NO_DISK}}[${RANGE}])`, "{{device}} reads"),
    line(`rate(node_disk_writes_completed_total{${NO_DISK}}[${RANGE}])`, "{{device}} writes"),
  ],
  diskLatency: [
    line(
      `rate(node_disk_read_time_seconds_total{${NO_DISK}}[${RANGE}]) / rate(node_disk_reads_completed_total[${RANGE}])`,
      "{{device}} reads",
    ),
    line(
      `rate(node_disk_write_time_seconds_total{${NO_DISK}}[${RANGE}]) / rate(node_disk_writes_completed_total[${RANGE}])`,
      "{{device}} writes",
    ),
  ],
  diskQueue: [line(`rate(node_disk_io_time_weighted_seconds_total{${NO_DISK}}[${RANGE}])`, "{{device}}")],
  connections: [line(localAlerts.connections({ window: RANGE }))],
  // Sessions at work, on average: as many as there are processors is all that they can do at once.
  load: [line(`sum by (member) (rate(pg_stat_database_active_time_seconds_total[${RANGE}]))`)],
  // Time spent waiting for the disk; PostgreSQL counts it in milliseconds.
  waiting: [
    line(
      `sum by (member) (rate(pg_stat_database_blk_read_time[${RANGE}]) + rate(pg_stat_database_blk_write_time[${RANGE}])) / 1000`,
    ),
  ],
  replicationLag: [line(localAlerts.replicationLag({ window: RANGE }))],
  walAndSlots: [
    line("pg_wal_size_bytes", "{{member}} WAL"),
    line(
      "pg_replication_slots_pg_wal_lsn_diff and on (member) (license_db_member_primary == 1)",
      "{{member}} slot {{slot_name}}",
    ),
  ],
  transactionIds: [line(localAlerts.transactionAge({ window: RANGE }), "cluster")],
};

const UNITS = { "%": "percent", s: "s", bytes: "bytes", "per second": "ops", count: "short" } as const;
const WIDTH = 24;
const CHART = { w: 8, h: 8 };
const DATA = { type: "prometheus", uid: "$datasource" };

/**
 * A line in every panel where a drill began, hurt the cluster and ended: at the moment itself, in milliseconds, whenever
 * Prometheus looked. A moment stays told until the next drill, and concerns nobody an hour later.
 */
const DRILLS = {
  name: "Drills",
  datasource: DATA,
  enable: true,
  iconColor: "orange",
  expr: "1000 * (license_db_drill_moment_seconds > time() - 3600)",
  step: "1m",
  titleFormat: "drill {{drill}}",
  textFormat: "{{moment}}",
  useValueForTime: true,
};

/** The version of Grafana's classic dashboard format that this is written in; later Grafanas read it and turn it into theirs. */
const SCHEMA = 39;

/** The dashboard as Grafana imports it: Dashboards, New, Import. Limits of alerts are drawn in. */
export function grafanaDashboard(name: string, members: number, thresholds: Thresholds) {
  return {
    title: `License database ${name}`,
    uid: name,
    tags: ["license-db"],
    schemaVersion: SCHEMA,
    editable: true,
    time: { from: "now-6h", to: "now" },
    refresh: "30s",
    timezone: "browser",
    annotations: { list: [DRILLS] },
    templating: {
      list: [{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus", multi: false }],
    },
    panels: panelsOf(members).map(({ id, title, unit, alert, most }, index) => {
      const limit = alert && thresholds[alert]?.above;
      return {
        id: index + 1,
        type: "timeseries",
        title,
        datasource: DATA,
        gridPos: {
          x: (index * CHART.w) % WIDTH,
          y: Math.floor((index * CHART.w) / WIDTH) * CHART.h,
          ...CHART,
        },
        fieldConfig: {
          defaults: {
            unit: UNITS[unit],
            min: 0,
            ...(most === undefined ? {} : { max: most }),
            custom: { thresholdsStyle: { mode: limit === undefined ? "off" : "line" } },
            thresholds: {
              mode: "absolute",
              steps: [
                { value: null, color: "green" },
                ...(limit === undefined ? [] : [{ value: limit, color: "red" }]),
              ],
            },
          },
          overrides: [],
        },
        options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
        targets: lines[id].map(({ expression, legend }, place) => ({
          refId: String.fromCharCode("A".charCodeAt(0) + place),
          datasource: DATA,
          expr: expression,
          legendFormat: legend,
        })),
      };
    }),
  };
}
