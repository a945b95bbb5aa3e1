/** What the dashboard of every stack shows, as one list: R15's six, and what explains them. */
import type { RequirementId } from "../vendor";
import type { AlertId } from "./alerts";

export interface Panel {
  readonly id: string;
  /** What a person reads above it, the unit included. */
  readonly title: string;
  readonly unit: "%" | "s" | "bytes" | "per second" | "count";
  /** Whose limit is drawn in. */
  readonly alert?: AlertId;
  /** Where the figures end. */
  readonly most?: number;
  readonly requirement: RequirementId;
  /** Makes sense only where there are replicas. */
  readonly replicas?: boolean;
}

export const panels = [
  { id: "cpu", title: "CPU, %", unit: "%", alert: "cpu", most: 100, requirement: "R15" },
  { id: "memory", title: "Memory used, %", unit: "%", alert: "memory", most: 100, requirement: "R15" },
  { id: "disk", title: "Disk used, %", unit: "%", alert: "disk", most: 100, requirement: "R16" },
  { id: "diskOperations", title: "Disk operations per second", unit: "per second", requirement: "R15" },
  { id: "diskLatency", title: "Disk latency, s", unit: "s", requirement: "R15" },
  { id: "diskQueue", title: "Disk queue", unit: "count", requirement: "R15" },
  {
    id: "connections",
    title: "Active connections, % of max_connections",
    unit: "%",
    alert: "connections",
    requirement: "R15",
  },
  { id: "load", title: "Query performance: load", unit: "count", requirement: "R15" },
  { id: "waiting", title: "Query performance: waiting, not on CPU", unit: "count", requirement: "R15" },
  {
    id: "replicationLag",
    title: "Replication lag, s",
    unit: "s",
    alert: "replicationLag",
    requirement: "R15",
    replicas: true,
  },
  { id: "walAndSlots", title: "WAL and slots, bytes", unit: "bytes", requirement: "R15" },
  {
    id: "transactionIds",
    title: "Transaction ids used, %",
    unit: "%",
    alert: "transactionAge",
    requirement: "R15",
  },
] as const satisfies readonly Panel[];

export type PanelId = (typeof panels)[number]["id"];

/** The panels of a database with so many members. */
export const panelsOf = (members: number): readonly (Panel & { readonly id: PanelId })[] =>
  panels.filter((panel: Panel) => !panel.replicas || members > 1);
