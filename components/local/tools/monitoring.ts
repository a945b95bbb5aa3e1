import { monitoringTool } from "./monitoringWays";
import { type Reporter, silent } from "./reporter";
import { ensureTools, findTools, type ToolSet } from "./toolSet";
import type { FoundTool, MissingTool } from "./ways";

/** The programs that watch a cluster on this machine: absolute paths, usable by the servers' user. */
export interface MonitoringTools {
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly amtool: string;
  readonly postgresExporter: string;
  readonly nodeExporter: string;
  readonly found: readonly FoundTool[];
}

/** Collects figures and holds them against the alerts' thresholds. 2.45 is the oldest anybody still keeps. */
const prometheus = monitoringTool({
  name: "prometheus",
  least: "2.45.0",
  companion: "promtool",
  debian: { package: "prometheus", executable: "prometheus", companionPackage: "promtool" },
  official: { owner: "prometheus", version: "2.53.3" },
});

/** Tells people, once for each alert. Before 0.26 it takes a webhook's address only in its configuration itself. */
const alertmanager = monitoringTool({
  name: "alertmanager",
  least: "0.26.0",
  companion: "amtool",
  debian: {
    package: "prometheus-alertmanager",
    executable: "prometheus-alertmanager",
    bound: "it reads its templates from /usr/share alone",
  },
  go: { folder: "alertmanager", least: "1.23.0", module: "github.com/prometheus/alertmanager" },
  official: { owner: "prometheus", version: "0.28.1" },
});

/** PostgreSQL's own figures. From 0.15 on it tells of the age of transaction ids and the size of the WAL. */
const postgresExporter = monitoringTool({
  name: "postgres_exporter",
  least: "0.15.0",
  debian: { package: "prometheus-postgres-exporter", executable: "prometheus-postgres-exporter" },
  official: { owner: "prometheus-community", version: "0.17.1" },
});

/** The machine's figures: CPU, memory, disks. */
const nodeExporter = monitoringTool({
  name: "node_exporter",
  least: "1.3.0",
  debian: { package: "prometheus-node-exporter", executable: "prometheus-node-exporter" },
  official: { owner: "prometheus", version: "1.9.0" },
});

const SET: ToolSet = {
  name: "monitoring",
  tools: [prometheus, alertmanager, postgresExporter, nodeExporter],
  stamped(found) {
    const { found: _found, ...programs } = asMonitoringTools(found);
    return Object.values(programs);
  },
};

/** The monitoring's programs, found or fetched: see `ensureTools`. A cluster runs without them. */
export const ensureMonitoringTools = async (report: Reporter = silent, fresh = false): Promise<MonitoringTools> =>
  asMonitoringTools(await ensureTools(SET, report, fresh));

/** What is there and what is not, without changing anything. */
export const findMonitoringTools = (): Promise<readonly (FoundTool | MissingTool)[]> => findTools(SET);

function asMonitoringTools(found: readonly FoundTool[]): MonitoringTools {
  const named = Object.fromEntries(found.map((tool) => [tool.name, tool]));
  const tool = (name: string) => named[name] as FoundTool;
  return {
    prometheus: tool("prometheus").path,
    promtool: tool("prometheus").more.promtool as string,
    alertmanager: tool("alertmanager").path,
    amtool: tool("alertmanager").more.amtool as string,
    postgresExporter: tool("postgres_exporter").path,
    nodeExporter: tool("node_exporter").path,
    found,
  };
}
