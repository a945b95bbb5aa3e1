import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import { alerts } from "../../../components/catalogue/alerts";
import { panels } from "../../../components/catalogue/panels";
import { grafanaDashboard } from "../../../components/local/dashboard";

const ROOT = resolve(__dirname, "../../..");
const thresholds = Object.fromEntries(alerts.map(({ id, threshold }) => [id, threshold]));
const dashboard = grafanaDashboard("license-db-prod", 3, thresholds);

describe("the Grafana dashboard", () => {
  const folder = mkdtempSync(join(ROOT, "node_modules/.cache-dashboard-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What TypeScript finds wrong when the dashboard's JSON is to be Grafana's own type, nothing more and nothing less. */
  function complaints(json: string): string[] {
    const file = join(folder, "dashboard.ts");
    writeFileSync(
      file,
      `import type { AnnotationQuery, Dashboard } from "@grafana/schema";
/** As JSON has it: words in place of enumerations. */
type Plain<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T
  : T extends readonly (infer E)[] ? Plain<E>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
/** What Grafana's Prometheus data source adds: not in the schema, as every data source has its own. */
interface PrometheusAnnotation { expr: string; step: string; titleFormat: string; textFormat: string; useValueForTime: boolean }
type Annotation = Plain<AnnotationQuery> & PrometheusAnnotation;
export const dashboard: Plain<Omit<Dashboard, "panels" | "annotations">> &
  { panels: Plain<NonNullable<Dashboard["panels"]>>; annotations: { list: Annotation[] } } = ${json};
`,
    );
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      target: ts.ScriptTarget.ES2022,
      types: [],
    };
    const program = ts.createProgram([file], options);
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  }

  it("is one by Grafana's own schema", () => {
    expect(complaints(JSON.stringify(dashboard))).toEqual([]);
    // And the schema would tell.
    expect(complaints(JSON.stringify({ ...dashboard, schemaVersion: "39" }))).toHaveLength(1);
    expect(complaints(JSON.stringify({ ...dashboard, tittle: "x" })).join()).toMatch(/"tittle"' does not exist/);
    const [drills] = dashboard.annotations.list;
    const annotations = { list: [{ ...drills, enable: "yes" }] };
    expect(complaints(JSON.stringify({ ...dashboard, annotations })).join()).toMatch(/'string' is not assignable/);
  });

  it("shows every panel of the list, in its order, each with lines of its own, side by side and not one over another", () => {
    expect(dashboard.panels.map(({ title }) => title)).toEqual(panels.map(({ title }) => title));
    const places = dashboard.panels.map(({ gridPos: { x, y } }) => `${x}/${y}`);
    expect(new Set(places).size).toBe(places.length);
    for (const { targets } of dashboard.panels) {
      expect(targets.length).toBeGreaterThan(0);
      for (const { expr } of targets) expect(expr).toMatch(/\w/);
    }
  });

  it("draws the limits of the alerts, as the stack has them", () => {
    const limit = (title: string, own: typeof thresholds) =>
      grafanaDashboard("x", 3, own).panels.find((panel) => panel.title === title)?.fieldConfig.defaults.thresholds
        .steps[1];
    expect(limit("CPU, %", thresholds)?.value).toBe(80);
    expect(limit("CPU, %", { ...thresholds, cpu: { above: 55, for: 0 } })?.value).toBe(55);
    expect(limit("Disk queue", thresholds)).toBeUndefined();
  });

  it("leaves out what a member alone has not", () => {
    const titles = grafanaDashboard("x", 1, thresholds).panels.map(({ title }) => title);
    expect(titles).not.toContain("Replication lag, s");
    expect(titles).toHaveLength(panels.length - 1);
  });
});
