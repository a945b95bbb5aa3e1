/**
 * The figures of R1 to R17, once, written as a user writes them. They are what a production stack gets that configures
 * nothing; stacks/ says what the other environments change.
 */
import { formatSize, parseSize } from "./units";

export const seed = {
  // R1: "15" is the newest minor version the vendor has
  engine: { version: "15" },
  // R2
  size: { vcpu: 4, memory: "16GB", storage: "200GB" },
  // R3
  replicas: 2,
  // R4
  highAvailability: true,
  synchronousReplication: true,
  parameters: {
    // R6: memory and planner
    max_connections: "200",
    shared_buffers: "4GB",
    effective_cache_size: "12GB",
    maintenance_work_mem: "1GB",
    work_mem: "20MB",
    wal_buffers: "16MB",
    default_statistics_target: "100",
    random_page_cost: "1.1",
    effective_io_concurrency: "200",
    // R7: WAL and checkpoints
    checkpoint_completion_target: "0.9",
    min_wal_size: "1GB",
    max_wal_size: "4GB",
    // R8: parallelism
    max_worker_processes: "8",
    max_parallel_workers_per_gather: "4",
    max_parallel_workers: "8",
    max_parallel_maintenance_workers: "4",
    // R9: replication
    wal_level: "replica",
    max_wal_senders: "10",
    max_replication_slots: "10",
    hot_standby: "on",
    hot_standby_feedback: "on",
    listen_addresses: "*",
  },
  // R10, R11
  access: {
    database: "license_management",
    username: "license_app",
    port: 5432,
    allowedCidrs: [] as readonly string[],
    allowedSecurityGroups: [] as readonly string[],
  },
  // R5, R10: two poolers may meet on one server (reads fall back to the primary) and still leave room in max_connections
  pool: {
    serverConnections: 80,
    clientConnections: 1000,
    application: { size: 20, idleTimeout: "30s", connectionTimeout: "2s" },
  },
  // R14; R4 for the recovery point
  backups: {
    retention: "15d",
    pointInTimeRecovery: "7d",
    window: "01:00-02:00",
    archiveRetention: "365d",
    recoveryPointObjective: "5m",
    finalBackup: true,
  },
  // R12, R13
  encryption: { atRest: true, keyRotation: "365d", passwordRotation: "90d" },
  // R16: thresholds stand in components/catalogue/alerts.ts
  alerts: { contacts: [] as readonly string[] },
  // R17: minor versions are reviewed every quarter, so they are not applied by themselves
  maintenance: { window: "Sun 02:00-04:00", minorVersions: "planned" },
  deletionProtection: true,
  timeZone: "UTC",
  tags: {},
} as const;

/** R6's memory figures are for R2's memory. */
const seedMemory = 16 * 1024 ** 3;
const memoryParameters = ["shared_buffers", "effective_cache_size", "maintenance_work_mem", "work_mem"] as const;

/**
 * The parameters a stack starts from: R6 to R9. With less memory than R2's the memory figures shrink along (to whole
 * megabytes); with more they stay, as whoever buys memory decides what it is for.
 */
export function seedParameters(memory: number): Readonly<Record<string, string>> {
  const share = Math.min(1, memory / seedMemory);
  const scaled = memoryParameters.map((name) => {
    const figure = parseSize(seed.parameters[name]);
    if (!figure.ok) throw new Error(`the figure of ${name} is no size`);
    return [name, formatSize(Math.max(1, Math.floor((figure.value * share) / 1024 ** 2)) * 1024 ** 2)] as const;
  });
  return { ...seed.parameters, ...Object.fromEntries(scaled) };
}
