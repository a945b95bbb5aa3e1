import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Alert, alerts } from "../../components/catalogue/alerts";
import { alertRules } from "../../components/local/provider/config/monitoring/rules";
import type { MonitoringInputs } from "../../components/local/provider/resources/monitoring";
import type { VendorName } from "../../components/spec/spec";
import { builtVendors } from "../../components/vendors";
import { type Registered, type Run, runProgram } from "../support/program";
import { seedParameters } from "../support/scenarios";
import { expectations } from "../support/vendors";

vi.mock("node:os", async (original) => (await import("../support/machine")).sameOs(await original()));
vi.mock("node:fs", async (original) => (await import("../support/machine")).sameFs(await original()));

/** The same spec, on a vendor. */
function run(vendor: VendorName, stack: string, spec: Readonly<Record<string, unknown>> = {}): Promise<Run> {
  const expected = expectations[vendor];
  if (!expected) throw new Error(`tests/support/vendors.ts lacks ${vendor}`);
  const { configuration, settings = {}, outputs } = expected;
  return runProgram({ stack, configuration: { vendor, ...configuration, ...spec }, settings, outputs });
}

/** What an application and its operators rely on, without what names one vendor's things: types in place of values. */
function shape({ outputs }: Run) {
  const { password, passwordSecret, endpoints = {}, parameters, capabilities, cluster, ...others } = outputs;
  const { connectPolicy: _policy, administrator: _administrator, ...same } = others;
  const { kind, id } = cluster as Record<string, unknown>;
  return {
    ...shapeOf(same),
    cluster: shapeOf({ kind, id }),
    // One of the two.
    password: shapeOf(password ?? passwordSecret),
    endpoints: [...new Set(Object.values(endpoints as object).map((one) => JSON.stringify(shapeOf(one))))],
    parameters: Object.fromEntries(
      [...Object.keys(seedParameters), "hot_standby", "listen_addresses"].map((name) => {
        const { requested, change } = (parameters as Record<string, Record<string, unknown>>)[name] ?? {};
        return [name, { requested, change: typeof change }];
      }),
    ),
    capabilities: shapeOf(capabilities),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of whatever there is
function shapeOf(value: unknown): any {
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, shapeOf(inner)]),
  );
}

describe.each(["prod", "dev"])("the same spec, %s", (stack) => {
  const shapes = new Map<VendorName, ReturnType<typeof shape>>();
  beforeAll(async () => {
    for (const vendor of builtVendors) shapes.set(vendor, shape(await run(vendor, stack)));
  });
  const others = builtVendors.filter((vendor) => vendor !== "local");

  it.each(others)("comes out in one shape, whoever the vendor is: %s", (vendor) => {
    const { endpoints, ...rest } = shapes.get(vendor) ?? {};
    const { endpoints: _, ...local } = shapes.get("local") ?? {};
    expect(Object.keys(rest)).toContain("capabilities");
    expect(rest).toEqual(local);
    for (const one of endpoints ?? []) expect(one).toBe(JSON.stringify({ host: "string", port: "number" }));
  });
});

const GB = 1024 ** 3;
/** R2's, which percentages of the alerts are of where a service counts bytes. */
const size = { memory: 16 * GB, storage: 200 * GB };
const CONNECTIONS = 200;
const TRANSACTION_IDS = 2e9;
/** What an alarm fires above, as the catalogue counts it. */
type Figure = (limit: number, metric: string) => number;
const asItIs: Figure = (limit) => limit;
const share =
  (whole: number): Figure =>
  (limit) =>
    (100 * limit) / whole;
const used =
  (whole: number): Figure =>
  (limit) =>
    100 - (100 * limit) / whole;

/** An alarm rule in nobody's own terms. */
interface Rule {
  readonly alert: string;
  readonly above: number;
  readonly minutes: number;
  readonly severity: string;
}

/** Alerts that both clouds measure, and what each counts; one machine measures all of the list, and as the list counts. */
const measured: Readonly<Record<string, { readonly aws: Figure; readonly alicloud: Figure }>> = {
  cpu: { aws: asItIs, alicloud: asItIs },
  memory: { aws: used(size.memory), alicloud: asItIs },
  disk: {
    aws: (limit, metric) => (metric === "FreeLocalStoragePercent" ? 100 - limit : used(size.storage)(limit, metric)),
    alicloud: asItIs,
  },
  replicationLag: { aws: asItIs, alicloud: asItIs },
  connections: { aws: share(CONNECTIONS), alicloud: asItIs },
  transactionAge: { aws: share(TRANSACTION_IDS), alicloud: share(TRANSACTION_IDS) },
  walDisk: { aws: share(size.storage), alicloud: share(size.storage / 1024 ** 2) },
  diskIo: { aws: asItIs, alicloud: asItIs },
  archiveFailed: { aws: asItIs, alicloud: asItIs },
};

interface AwsAlarm {
  readonly tags: { readonly alert?: string; readonly severity: string };
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly metricName?: string;
}
interface Escalation {
  readonly threshold: string;
  readonly times: number;
}
interface AlicloudAlarm {
  readonly tags: { readonly alert?: string; readonly severity: string };
  readonly metric: string;
  readonly period: number;
  readonly escalationsCritical?: Escalation;
  readonly escalationsWarn?: Escalation;
}

const inputs = <T>(resources: readonly Registered[], type: string): T[] =>
  resources.filter((one) => one.type === type).map((one) => one.inputs as T);

function rulesOf(vendor: "aws" | "alicloud", resources: readonly Registered[]): Rule[] {
  const rule = (
    alert: string | undefined,
    limit: number,
    minutes: number,
    severity: string,
    metric: string,
  ): Rule[] => {
    const figure = alert === undefined ? undefined : measured[alert]?.[vendor];
    if (alert === undefined || figure === undefined) return [];
    return [{ alert, above: Math.round(figure(limit, metric) * 1000) / 1000, minutes, severity }];
  };
  const all =
    vendor === "aws"
      ? inputs<AwsAlarm>(resources, "aws:cloudwatch/metricAlarm:MetricAlarm").flatMap((one) =>
          rule(one.tags.alert, one.threshold, one.evaluationPeriods, one.tags.severity, one.metricName ?? ""),
        )
      : inputs<AlicloudAlarm>(resources, "alicloud:cms/alarm:Alarm").flatMap((one) => {
          const { threshold, times } = one.escalationsCritical ?? one.escalationsWarn ?? { threshold: "NaN", times: 0 };
          return rule(one.tags.alert, Number(threshold), (times * one.period) / 60, one.tags.severity, one.metric);
        });
  // One of each: every member has its own.
  const distinct = new Map(all.map((one) => [JSON.stringify(one), one]));
  return [...distinct.values()].sort((a, b) => (a.alert < b.alert ? -1 : 1));
}

/** The same of Prometheus's rules, as the provider writes them for what the program registers. */
function localRules(resources: readonly Registered[]): Rule[] {
  const [made] = inputs<MonitoringInputs>(resources, "localpg:index:Monitoring");
  if (!made) throw new Error("nothing watches the local stack");
  return alertRules(made.thresholds, made.interval).flatMap(({ alert, expr, labels, for: time = "0ms" }) => {
    if (!alerts.some(({ id }) => id === alert)) return [];
    const [, above] = / > ([\d.]+)$/.exec(expr) ?? [];
    const [, lasting] = /^(\d+)ms$/.exec(time) ?? [];
    // The clouds' shortest is a minute.
    const minutes = Math.max(1, Number(lasting) / 60_000);
    return [{ alert, above: Number(above), minutes, severity: labels.severity ?? "" }];
  });
}

describe.each<[string, Readonly<Record<string, { readonly above: number | string; readonly for: string }>>]>([
  ["as the catalogue has them", {}],
  [
    "as a stack sets them",
    {
      cpu: { above: 70, for: "10m" },
      memory: { above: 90, for: "1m" },
      disk: { above: 60, for: "2m" },
      replicationLag: { above: "90s", for: "5m" },
      connections: { above: 55, for: "1m" },
      walDisk: { above: 10, for: "30m" },
      diskIo: { above: 75, for: "3m" },
      transactionAge: { above: 25, for: "1m" },
      archiveFailed: { above: 1, for: "1m" },
    },
  ],
])("alerts, %s", (_, thresholds) => {
  const all = (alerts as readonly Alert[])
    .map(({ id, threshold, severity }): Rule => {
      const set = thresholds[id];
      const above = set === undefined ? threshold.above : Number.parseFloat(String(set.above));
      const minutes = set === undefined ? threshold.for / 60 : Number.parseFloat(set.for);
      return { alert: id, above, minutes: Math.max(1, minutes), severity };
    })
    .sort((a, b) => (a.alert < b.alert ? -1 : 1));
  const wanted = all.filter(({ alert }) => alert in measured);

  it.each(["aws", "alicloud"] as const)(
    "fire at the same figure, after as long, as severely, by rules of %s",
    async (vendor) => {
      const { resources } = await run(vendor, "prod", { alerts: { thresholds } });
      expect(rulesOf(vendor, resources)).toEqual(wanted);
    },
  );

  it("fire at the same figure, after as long, as severely, by rules of local, and all of the list", async () => {
    const { resources } = await run("local", "prod", { alerts: { thresholds } });
    const rules = localRules(resources);
    expect(rules.sort((a, b) => (a.alert < b.alert ? -1 : 1))).toEqual(all);
  });
});
