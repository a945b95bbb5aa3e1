import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { grafanaDashboard } from "../../dashboard";
import { ensureMonitoringTools, LineReporter, type MonitoringTools } from "../../tools";
import { renderClient, renderWeb } from "../config/monitoring/access";
import { alertmanagerSecrets, relayConfig, renderAlertmanager } from "../config/monitoring/alertmanager";
import { monitoringPaths } from "../config/monitoring/files";
import { renderPrometheus } from "../config/monitoring/prometheus";
import { renderRules } from "../config/monitoring/rules";
import { watcherConfig } from "../config/monitoring/watcher";
import type { Program } from "../config/supervisord";
import { LOOPBACK, monitoringPorts, paths } from "../place";
import type { MonitoringInputs } from "../resources/monitoring";
import { DAEMONS_VARIABLE, daemonsVersion } from "./daemons";
import { localTools } from "./tools";

let found: Promise<MonitoringTools> | undefined;

/** The monitoring's programs, found or fetched once for the life of this provider. */
export function monitoringTools(report: (message: string) => void = () => {}): Promise<MonitoringTools> {
  const ensured = found ?? ensureMonitoringTools(new LineReporter(report));
  found = ensured;
  ensured.catch(() => {
    found = undefined;
  });
  return ensured;
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** Every file of the monitoring but those of secrets, by path. */
export async function monitoringFiles(news: MonitoringInputs): Promise<Record<string, string>> {
  const { place, members, interval, contacts } = news;
  const at = monitoringPaths(place.folder);
  const relay = relayConfig(place, contacts, news.trustedCa && at.trust);
  return {
    [at.web]: renderWeb(place),
    [at.client]: renderClient(place),
    [at.watcher]: json(watcherConfig(place, members, interval)),
    [at.prometheusConfig]: renderPrometheus(place, news),
    [at.rules]: renderRules(news.thresholds, interval),
    [at.alertmanagerConfig]: renderAlertmanager(place, news),
    // For whoever has a Grafana: nothing here reads it.
    [at.dashboard]: json(grafanaDashboard(place.name, members.length, news.thresholds)),
    ...(relay ? { [at.relay]: json(relay) } : {}),
    ...(news.trustedCa ? { [join(at.trust, "trusted.pem")]: await authority(news.trustedCa) } : {}),
  };
}

async function authority(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Error(
      `license-db:local.monitoring.trustedCa is ${file}, which cannot be read: ${(error as Error).message}. Name a PEM file`,
    );
  }
}

/** Files of secrets, by path. */
export function monitoringSecrets(news: MonitoringInputs): Record<string, string> {
  const at = monitoringPaths(news.place.folder);
  const secrets = Object.entries(alertmanagerSecrets(news));
  return Object.fromEntries(secrets.map(([name, content]) => [at.secret(name), content]));
}

/** In the environment of a program that reads its file once: another file is another program, and restarts it. */
const CONFIGURATION_VARIABLE = "LICENSE_DB_CONFIGURATION";
const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** Where Go's programs look for authorities by themselves, on any distribution. */
const SYSTEM_AUTHORITIES = ["/etc/ssl/certs", "/etc/pki/tls/certs", "/system/etc/security/cacerts"];

/** Every program of the monitoring. */
export async function monitoringPrograms(news: MonitoringInputs): Promise<Program[]> {
  const [tools, own, files] = await Promise.all([monitoringTools(), localTools(), monitoringFiles(news)]);
  const at = monitoringPaths(news.place.folder);
  const ports = monitoringPorts(news.place.ports);
  const version = await daemonsVersion();
  const listen = (port: number) => `--web.listen-address=${LOOPBACK}:${port}`;
  const web = `--web.config.file=${at.web}`;
  const program = (name: string, command: readonly string[], more: Partial<Program> = {}): Program => ({
    name,
    command,
    priority: 70,
    stopWait: 10,
    ...more,
  });
  const daemon = (name: string, script: string, config: string) =>
    program(name, [own.python, "-u", join(paths(news.place.folder).daemons, script), config], {
      environment: { [DAEMONS_VARIABLE]: version, [CONFIGURATION_VARIABLE]: digest(files[config] ?? "") },
    });
  return [
    daemon("watcher", "watcher.py", at.watcher),
    ...(files[at.relay] ? [daemon("dingtalk", "dingtalk.py", at.relay)] : []),
    program("node-exporter", [
      tools.nodeExporter,
      listen(ports.nodeExporter),
      web,
      "--web.disable-exporter-metrics",
      "--collector.disable-defaults",
      ...["cpu", "meminfo", "diskstats", "loadavg", "netdev", "stat", "vmstat", "uname"].map(
        (name) => `--collector.${name}`,
      ),
      "--log.level=warn",
    ]),
    program("postgres-exporter", [
      tools.postgresExporter,
      listen(ports.postgresExporter),
      web,
      "--disable-settings-metrics",
      "--collector.database_wraparound",
      "--collector.stat_statements",
      // One series for each table and role would be most of all.
      ...["roles", "stat_user_tables", "statio_user_tables"].map((name) => `--no-collector.${name}`),
      // At each look it says by which way it logs in.
      "--log.level=error",
    ]),
    program(
      "alertmanager",
      [
        tools.alertmanager,
        `--config.file=${at.alertmanagerConfig}`,
        `--storage.path=${at.alertmanagerData}`,
        listen(ports.alertmanager),
        web,
        `--web.external-url=https://${LOOPBACK}:${ports.alertmanager}/`,
        // One Alertmanager: without this it would listen for others on every address.
        "--cluster.listen-address=",
        "--log.level=warn",
      ],
      news.trustedCa
        ? {
            environment: {
              SSL_CERT_DIR: [...SYSTEM_AUTHORITIES, at.trust].join(":"),
              [CONFIGURATION_VARIABLE]: digest(files[join(at.trust, "trusted.pem")] ?? ""),
            },
          }
        : {},
    ),
    program(
      "prometheus",
      [
        tools.prometheus,
        `--config.file=${at.prometheusConfig}`,
        `--storage.tsdb.path=${at.prometheusData}`,
        `--storage.tsdb.retention.time=${news.retention}s`,
        `--storage.tsdb.retention.size=${Math.floor(news.storage / 2 ** 20)}MB`,
        listen(ports.prometheus),
        web,
        `--web.external-url=https://${LOOPBACK}:${ports.prometheus}/`,
        "--log.level=warn",
      ],
      { stopWait: 30 },
    ),
  ];
}

/** Every name a program of the monitoring may have. */
export const MONITORING_PROGRAMS = [
  "watcher",
  "dingtalk",
  "node-exporter",
  "postgres-exporter",
  "alertmanager",
  "prometheus",
] as const;
