import { stringify } from "yaml";
import { LOOPBACK, memberPorts, monitoringPorts, type Place, paths } from "../../place";
import { tlsClient } from "./access";
import { monitoringPaths } from "./files";

export interface PrometheusOptions {
  readonly members: readonly string[];
  /** Seconds between two looks. */
  readonly interval: number;
  readonly database: string;
}

/** The role that looks; the operating system vouches for it. */
export const ROLE = "monitor";

/** What HAProxy tells beside would be most of what is kept. */
const BALANCER =
  "haproxy_(frontend|backend|server)_(status|current_sessions|sessions_total|bytes_(in|out)_total|connection_errors_total|check_failures_total|active_servers)";

/** Of Prometheus and Alertmanager: whether people are told, and what it costs. */
const ITSELF =
  "prometheus_(config_last_reload_successful|tsdb_head_series|notifications_(dropped|errors)_total|rule_evaluation_failures_total)|alertmanager_(config_last_reload_successful|alerts|notifications(_failed)?_total)|process_(cpu_seconds_total|resident_memory_bytes)";

const keep = (regex: string) => ({ source_labels: ["__name__"], regex, action: "keep" });

/** Prometheus's configuration: what is collected from where. */
export function renderPrometheus(place: Place, { members, interval, database }: PrometheusOptions): string {
  const ports = monitoringPorts(place.ports);
  const at = (port: number) => `${LOOPBACK}:${port}`;
  const tls = { scheme: "https", tls_config: tlsClient(place) };
  const one = (port: number) => [{ targets: [at(port)] }];
  return stringify({
    global: {
      scrape_interval: `${interval}s`,
      // Looks must not overtake each other.
      scrape_timeout: `${Math.min(10, interval)}s`,
      evaluation_interval: `${interval}s`,
      external_labels: { cluster: place.name },
    },
    rule_files: [monitoringPaths(place.folder).rules],
    alerting: { alertmanagers: [{ ...tls, static_configs: one(ports.alertmanager) }] },
    scrape_configs: [
      { job_name: "watcher", ...tls, static_configs: one(ports.watcher) },
      {
        job_name: "balancer",
        ...tls,
        metrics_path: "/balancer",
        static_configs: one(ports.watcher),
        metric_relabel_configs: [keep(BALANCER)],
      },
      { job_name: "machine", ...tls, static_configs: one(ports.nodeExporter) },
      {
        job_name: "postgresql",
        ...tls,
        metrics_path: "/probe",
        static_configs: members.map((member) => ({
          targets: [at(ports.postgresExporter)],
          labels: { member, __param_target: connectionUrl(place, member, database) },
        })),
        metric_relabel_configs: [{ regex: "server", action: "labeldrop" }],
      },
      {
        job_name: "patroni",
        ...tls,
        static_configs: members.map((member) => ({
          targets: [at(memberPorts(place.ports, member).patroni)],
          labels: { member },
        })),
      },
      { job_name: "prometheus", ...tls, static_configs: one(ports.prometheus), metric_relabel_configs: [keep(ITSELF)] },
      {
        job_name: "alertmanager",
        ...tls,
        static_configs: one(ports.alertmanager),
        metric_relabel_configs: [keep(ITSELF)],
      },
    ],
  });
}

/** As postgres_exporter takes a unix socket: in any other form it loses the folder. */
function connectionUrl(place: Place, member: string, database: string): string {
  const query = new URLSearchParams({
    host: paths(place.folder).member(member).socket,
    port: String(memberPorts(place.ports, member).postgres),
    user: ROLE,
    sslmode: "disable",
    // A member that stands still takes the connection and says nothing.
    connect_timeout: "3",
    application_name: "postgres_exporter",
  });
  return `postgresql:///${database}?${query}`;
}
