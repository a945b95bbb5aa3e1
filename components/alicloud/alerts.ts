import { type Alert, type AlertId, alerts } from "../catalogue/alerts";
import type { AlertThreshold, Bytes } from "../spec/spec";

/** RDS's namespace in CloudMonitor. */
export const METRICS = "acs_rds_dashboard";
/** Seconds: RDS reports every minute. */
export const PERIOD = 60;

/** What an alert's percentages are of, where CloudMonitor has no percentage. */
export interface Capacity {
  readonly storage: Bytes;
  readonly replicas: number;
}

/** What CloudMonitor measures for an alert: one metric of an instance. */
export interface Measure {
  /** As CloudMonitor spells it. */
  readonly metric: string;
  /** The alert's threshold in the metric's own unit. */
  readonly limit: (above: number, capacity: Capacity) => number;
  /** Where the metric is not quite what the catalogue measures: what it is instead. */
  readonly instead?: string;
}

/** How one alert of the catalogue is told of on Alibaba Cloud. */
export type AlicloudAlert =
  | ({ readonly by: "metric" } & Measure)
  /** Errors of the function that takes the archive; see alarms.ts. */
  | { readonly by: "archive"; readonly note: string }
  /** Messages of RDS about what happened; see events.ts. */
  | { readonly by: "events"; readonly note: string }
  /** Cannot happen, or is not the customer's to see. */
  | { readonly by: "service"; readonly note: string };

const MB = 1024 ** 2;
/** PostgreSQL refuses commands well before all of them are used; the catalogue's percentages are of these. */
const TRANSACTION_IDS = 2e9;

const asItIs = (above: number): number => above;
const metric = (name: string, limit: Measure["limit"] = asItIs, instead?: string): AlicloudAlert => ({
  by: "metric",
  metric: name,
  limit,
  ...(instead === undefined ? {} : { instead }),
});

/**
 * Every alert of the catalogue.
 *
 * Source of the metrics: CloudMonitor's list for ApsaraDB RDS for PostgreSQL. Left out are those whose unit its own pages
 * contradict (`PG_MaxSlotWalDelay` and `PG_ReplayLatency`: "MB" in the title, bytes as the unit).
 */
export const alicloudAlerts: Readonly<Record<AlertId, AlicloudAlert>> = {
  cpu: metric("cpu_usage"),
  memory: metric("mem_usage"),
  disk: metric("local_fs_size_usage"),
  replicationLag: metric("PG_RO_ReadLag"),
  connections: metric("conn_usgae"),
  transactionAge: metric("PG_DBAge", (above) => (above / 100) * TRANSACTION_IDS),
  slotLag: metric("PG_InactiveSlots", () => 0, "replication slots that nobody reads from"),
  walDisk: metric("local_pg_wal_dir_size", (above, { storage }) => Math.round(((above / 100) * storage) / MB)),
  diskIo: metric("iops_usage", asItIs, "operations used, of those the storage has"),
  backupAge: {
    by: "service",
    note: "RDS takes the daily backup by itself and shows each in its console; CloudMonitor has no metric of a backup's age",
  },
  archiveFailed: {
    by: "archive",
    note: "Function Compute counts the errors of the function that takes the dump; what RDS copies by itself is in its console",
  },
  archiving: { by: "service", note: "RDS uploads WAL by itself and shows customers no archiver" },
  certificate: {
    by: "events",
    note: "RDS announces that a server certificate is to be renewed as planned maintenance",
  },
  noPrimary: { by: "events", note: "RDS reports an instance's failure, its end, and a failover" },
  missingReplicas: { by: "events", note: "RDS reports the failure of each read-only instance, and its end" },
  splitBrain: { by: "service", note: "RDS fences the old primary before it promotes the standby" },
};

/** One alarm rule as it is to be made. */
export interface PlannedAlarm {
  readonly alert: Alert;
  /** "cpu-primary", "replication-lag-reader-1". */
  readonly name: string;
  /** Whom it looks at: the primary, or the replica of that number, from 1. */
  readonly member: "primary" | number;
  readonly metric: string;
  /** Fires above this. */
  readonly limit: number;
  /** ... in so many periods, one after the other. */
  readonly times: number;
  readonly level: "critical" | "warn";
}

/** The alarm rules of a database: one for each member that is measured. */
export function plannedAlarms(
  thresholds: Readonly<Record<string, AlertThreshold>>,
  capacity: Capacity,
): readonly PlannedAlarm[] {
  const readers = Array.from({ length: capacity.replicas }, (_, index) => index + 1);
  const looks = {
    primary: ["primary"],
    replicas: readers,
    "every member": ["primary", ...readers],
    cluster: [],
  } as const;
  return alerts.flatMap((alert): PlannedAlarm[] => {
    const told = alicloudAlerts[alert.id];
    if (told.by !== "metric") return [];
    const threshold = thresholds[alert.id] ?? alert.threshold;
    return looks[alert.scope].map((member) => ({
      alert,
      name: `${kebab(alert.id)}-${member === "primary" ? member : `reader-${member}`}`,
      member,
      metric: told.metric,
      limit: told.limit(threshold.above, capacity),
      times: Math.max(1, Math.ceil(threshold.for / PERIOD)),
      level: alert.severity === "critical" ? "critical" : "warn",
    }));
  });
}

const kebab = (id: string): string => id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
