/** The alerts of every stack, as one list: R16's four, and what else tells that the database is about to fail somebody. */
import type { AlertThreshold, Seconds } from "../spec/spec";
import type { RequirementId } from "../vendor";

/** "%" is of the member's own whole (vCPU, memory, disk, max_connections, ...); "s" seconds; "" a count. */
export type AlertUnit = "%" | "s" | "";

/** Which members are measured, each for itself; "cluster": one figure for all of them together. */
export type AlertScope = "every member" | "primary" | "replicas" | "cluster";

export interface Alert {
  readonly id: string;
  /** What a person reads first. */
  readonly title: string;
  /** What is measured; it is bad when it grows. */
  readonly measures: string;
  readonly unit: AlertUnit;
  /** Fires above this, for this long; the stack's configuration may say otherwise. */
  readonly threshold: AlertThreshold;
  /** critical: act now, at night too; warning: act on the next working day. */
  readonly severity: "critical" | "warning";
  readonly requirement: RequirementId;
  readonly scope: AlertScope;
  /** What the person who is told does first. */
  readonly runbook: string;
}

const minute: Seconds = 60;
const hour: Seconds = 3600;

export const alerts = [
  {
    id: "cpu",
    title: "CPU is busy",
    measures: "CPU used",
    unit: "%",
    threshold: { above: 80, for: 5 * minute },
    severity: "warning",
    requirement: "R16",
    scope: "every member",
    runbook:
      "Find the queries that cost most in pg_stat_statements; move reads to the reader endpoint, or raise size.vcpu.",
  },
  {
    id: "memory",
    title: "Memory is short",
    measures: "memory used, without what the kernel can reclaim",
    unit: "%",
    threshold: { above: 85, for: 3 * minute },
    severity: "critical",
    requirement: "R16",
    scope: "every member",
    runbook:
      "Look for many connections or large sorts (work_mem counts for each of them); lower work_mem, or raise size.memory.",
  },
  {
    id: "disk",
    title: "The disk is filling",
    measures: "disk used",
    unit: "%",
    threshold: { above: 85, for: 0 },
    severity: "critical",
    requirement: "R16",
    scope: "every member",
    runbook: "See whether data or WAL grows (a slot that lags, archiving that fails); then raise size.storage.",
  },
  {
    id: "replicationLag",
    title: "A replica lags",
    measures: "age of the last transaction replayed while there is something to replay",
    unit: "s",
    threshold: { above: 30, for: 0 },
    severity: "critical",
    requirement: "R16",
    scope: "replicas",
    runbook:
      "Look for long queries on the replica, a burst of writes, or a slow disk; reads from it are old meanwhile.",
  },
  {
    id: "connections",
    title: "Connections run out",
    measures: "connections used, of max_connections",
    unit: "%",
    threshold: { above: 80, for: 5 * minute },
    severity: "warning",
    requirement: "R15",
    scope: "every member",
    runbook: "See who holds them in pg_stat_activity (idle in transaction?); connect through the pooler.",
  },
  {
    id: "transactionAge",
    title: "Transaction ids run out",
    measures: "age of the oldest unfrozen transaction id, of the 2,000 million there are",
    unit: "%",
    threshold: { above: 50, for: 10 * minute },
    severity: "critical",
    requirement: "R15",
    scope: "primary",
    runbook:
      "End the oldest transaction, prepared transaction or slot that holds vacuum back; then VACUUM FREEZE the oldest tables.",
  },
  {
    id: "slotLag",
    title: "A replication slot keeps WAL back",
    measures: "WAL kept for the slot that is furthest behind, of the storage",
    unit: "%",
    threshold: { above: 5, for: 10 * minute },
    severity: "warning",
    requirement: "R15",
    scope: "primary",
    runbook: "Bring the slot's consumer back, or drop the slot if nobody needs it: WAL fills the disk meanwhile.",
  },
  {
    id: "walDisk",
    title: "WAL fills the disk",
    measures: "disk used by WAL, of the storage",
    unit: "%",
    threshold: { above: 20, for: 5 * minute },
    severity: "critical",
    requirement: "R15",
    scope: "every member",
    runbook: "See whether archiving fails or a slot lags; never delete WAL files by hand.",
  },
  {
    id: "diskIo",
    title: "The disk is slow",
    measures: "time the disk was busy",
    unit: "%",
    threshold: { above: 90, for: 10 * minute },
    severity: "warning",
    requirement: "R15",
    scope: "every member",
    runbook:
      "Find the queries that read or write most in pg_stat_statements and the checkpoints in the log; add memory or faster storage.",
  },
  {
    id: "backupAge",
    title: "The last backup is old",
    measures: "time since the last full backup that succeeded",
    unit: "s",
    threshold: { above: 26 * hour, for: 0 },
    severity: "critical",
    requirement: "R14",
    scope: "cluster",
    runbook: "Read the backup's log, mend the cause, and run a full backup by hand.",
  },
  {
    id: "archiveFailed",
    title: "The monthly archive failed",
    measures: "archives that failed, or did not start, since the last that succeeded",
    unit: "",
    threshold: { above: 0, for: 0 },
    severity: "warning",
    requirement: "R14",
    scope: "cluster",
    runbook: "Read why it failed, mend the cause, and take the archive by hand: the next one is a month away.",
  },
  {
    id: "archiving",
    title: "WAL is not archived",
    measures: "age of the oldest WAL segment that waits to be archived",
    unit: "s",
    threshold: { above: 5 * minute, for: 0 },
    severity: "critical",
    requirement: "R4",
    scope: "primary",
    runbook: "Read the server's log for the archiver's error: repository full, unreachable, or not writable.",
  },
  {
    id: "certificate",
    title: "A certificate ends soon",
    measures: "part of the server certificate's life that is over",
    unit: "%",
    threshold: { above: 90, for: 0 },
    severity: "critical",
    requirement: "R12",
    scope: "every member",
    runbook: "Renew it: bring the stack up again; clients that trust the CA notice nothing.",
  },
  {
    id: "noPrimary",
    title: "No member takes writes",
    measures: "time without a member that takes writes",
    unit: "s",
    threshold: { above: 30, for: 0 },
    severity: "critical",
    requirement: "R4",
    scope: "cluster",
    runbook:
      "See why no standby was promoted (too far behind, no quorum); never promote by hand while another may be primary.",
  },
  {
    id: "missingReplicas",
    title: "Fewer replicas than asked for",
    measures: "replicas asked for that do not stream",
    unit: "",
    threshold: { above: 0, for: 5 * minute },
    severity: "warning",
    requirement: "R3",
    scope: "cluster",
    runbook: "See which member is down and why; bring the stack up again to rebuild it.",
  },
  {
    id: "splitBrain",
    title: "Two members take writes",
    measures: "members that take writes, beyond one",
    unit: "",
    threshold: { above: 0, for: 0 },
    severity: "critical",
    requirement: "R4",
    scope: "cluster",
    runbook:
      "Stop the application's writes at once; keep both data folders; decide which history counts before anything is started again.",
  },
] as const satisfies readonly Alert[];

export type AlertId = (typeof alerts)[number]["id"];

/** The alert of that id. */
export function findAlert(id: AlertId): Alert;
export function findAlert(id: string): Alert | undefined;
export function findAlert(id: string): Alert | undefined {
  return alerts.find((alert) => alert.id === id);
}
