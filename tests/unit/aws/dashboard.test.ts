import { describe, expect, it } from "vitest";
import { capacityOf } from "../../../components/aws/capacity";
import { dashboardBody, type Shown } from "../../../components/aws/dashboard";
import { someOptions, specOf } from "./support/registered";

const spec = specOf("prod");
const shown: Shown = {
  name: "license-db-prod",
  region: "eu-central-1",
  members: ["m-1", "m-2", "m-3"],
  alarmArns: ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:one"],
  logGroup: "/aws/rds/cluster/license-db-prod/postgresql",
  capacity: capacityOf(spec, someOptions, 3),
  thresholds: spec.alerts.thresholds,
};

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title: string;
    readonly metrics?: readonly (readonly unknown[])[];
    readonly annotations?: { readonly horizontal: readonly { readonly value: number }[] };
    readonly query?: string;
  };
}
const widgets = (one: Shown = shown) => dashboardBody(one).widgets as readonly Widget[];
const metricsOf = ({ properties: { metrics = [] } }: Widget) => metrics.map(([, metric]) => metric);
const withMetric = (metric: string, one?: Shown) => widgets(one).find((widget) => metricsOf(widget).includes(metric));

describe("the dashboard", () => {
  it.each([
    ["CPU", "CPUUtilization"],
    ["memory", "FreeableMemory"],
    ["disk I/O", "ReadIOPS"],
    ["disk I/O", "WriteLatency"],
    ["active connections", "DatabaseConnections"],
    ["query performance", "DBLoad"],
    ["replication lag", "ReplicaLag"],
  ])("shows R15's %s (%s) of every member", (_, metric) => {
    const lines = withMetric(metric)?.properties.metrics ?? [];
    const members = lines.filter((line) => line[1] === metric).map((line) => line[3]);
    expect(members).toEqual(shown.members);
  });

  it.each([
    ["CPUUtilization", 80],
    ["FreeableMemory", 85],
    ["FreeStorageSpace", 85],
    ["ReplicaLag", 30],
  ])("draws R16's limit of %s at %i", (metric, limit) => {
    expect(withMetric(metric)?.properties.annotations?.horizontal.map(({ value }) => value)).toEqual([limit]);
  });

  it("turns what is free into what is used, so that the chart and the limit speak of one thing", () => {
    const lines = withMetric("FreeableMemory")?.properties.metrics ?? [];
    const expressions = lines.flatMap(([options]) => (typeof options === "object" ? [options] : []));
    expect(expressions[0]).toMatchObject({ expression: `100 * (1 - m0 / ${16 * 1024 ** 3})`, label: "m-1" });
  });

  it("shows the alarms and the slow statements", () => {
    expect(widgets().find(({ type }) => type === "alarm")?.properties).toMatchObject({ alarms: shown.alarmArns });
    expect(widgets().find(({ type }) => type === "log")?.properties.query).toContain(`SOURCE '${shown.logGroup}'`);
  });

  it("shows no lag where there is no replica", () => {
    const alone = { ...shown, members: ["m-1"], capacity: { ...shown.capacity, members: 1 } };
    expect(withMetric("ReplicaLag", alone)).toBeUndefined();
    expect(withMetric("CPUUtilization", alone)).toBeDefined();
  });

  it("puts no widget over another, nor beyond the right edge", () => {
    const taken = new Set<string>();
    for (const { x, y, width, height } of widgets()) {
      expect(x + width).toBeLessThanOrEqual(24);
      for (let column = x; column < x + width; column++) {
        for (let row = y; row < y + height; row++) {
          expect(taken.has(`${column}:${row}`)).toBe(false);
          taken.add(`${column}:${row}`);
        }
      }
    }
  });
});
