import type { AlertId } from "../catalogue/alerts";

/** What a query needs to know of how often figures are collected. */
export interface Rhythm {
  /** The range that a rate is taken over: "1m". */
  readonly window: string;
}

/** PostgreSQL refuses commands well before all of them are used; the catalogue's percentages are of these. */
const TRANSACTION_IDS = 2e9;
/** Devices that are no disks. */
const NO_DISK = "loop.*|ram.*|zram.*|sr.*|fd.*";

/**
 * Every alert of the catalogue, as the PromQL expression of its figure, in the alert's own unit.
 *
 * CPU, memory and disks are the machine's: all members share them, so each is measured once. What concerns several members
 * together (who takes writes, who streams) comes from one look at all of them at one instant: figures that were collected
 * one after the other would show two primaries after each failover.
 */
export const localAlerts: Readonly<Record<AlertId, (rhythm: Rhythm) => string>> = {
  // Of all time, as it is told: right after a start, too, when a rate has but two looks to go by.
  cpu: ({ window }) =>
    `100 * (1 - sum(rate(node_cpu_seconds_total{mode=~"idle|iowait"}[${window}])) / sum(rate(node_cpu_seconds_total[${window}])))`,
  memory: () => "100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)",
  // As df has it: what is kept for root counts as neither.
  disk: () => "100 * license_db_volume_used_bytes / (license_db_volume_used_bytes + license_db_volume_free_bytes)",
  replicationLag: () => "license_db_replication_lag_seconds",
  connections: () => "100 * license_db_connections / license_db_max_connections",
  // The exporter's name says seconds, but it is a number of transactions.
  transactionAge: () => `100 * max(pg_database_wraparound_age_datfrozenxid_seconds) / ${TRANSACTION_IDS}`,
  slotLag: () =>
    '100 * max(pg_replication_slots_pg_wal_lsn_diff and on (member) (license_db_member_primary == 1)) / scalar(max(license_db_volume_size_bytes{volume="data"}))',
  walDisk: () => '100 * pg_wal_size_bytes / scalar(max(license_db_volume_size_bytes{volume="data"}))',
  diskIo: ({ window }) => `100 * max(rate(node_disk_io_time_seconds_total{device!~"${NO_DISK}"}[${window}]))`,
  archiveFailed: () => 'license_db_backup_failures_in_a_row{kind="archive"}',
  backupAge: () => 'time() - license_db_backup_last_success_seconds{kind="daily"}',
  archiving: () => "license_db_archive_waiting_seconds",
  certificate: () =>
    "100 * (time() - license_db_certificate_begin_seconds) / (license_db_certificate_end_seconds - license_db_certificate_begin_seconds)",
  noPrimary: () => "license_db_without_primary_seconds",
  missingReplicas: () => "license_db_members - 1 - license_db_streaming_replicas",
  splitBrain: () => "clamp_min(license_db_primaries - 1, 0)",
};
