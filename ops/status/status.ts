import type { Running } from "../drill/marks";
import type { Backups } from "./backups";

/** The cluster on one screen, as --json prints it. Times are ISO 8601, ages seconds. */
export interface Status {
  readonly stack: string;
  readonly vendor: string;
  readonly at: string;
  /** PostgreSQL's, of the primary. */
  readonly version?: string;
  readonly members: readonly Member[];
  readonly pools: readonly Pool[];
  readonly backups?: Backups;
  readonly certificates: readonly Certificate[];
  readonly alarms: Alarms;
  readonly windows: readonly Window[];
  /** One that is under way: alarms may be its doing. */
  readonly drill?: Running;
  readonly lastDrill?: { readonly kind: string; readonly at: string; readonly met: boolean };
  /** What is not well, in sentences; empty when all is. */
  readonly problems: readonly string[];
  /** What could not be looked at, and why: not known to be well. */
  readonly unseen: readonly string[];
}

export interface Member {
  readonly name: string;
  readonly role: "primary" | "synchronous standby" | "replica";
  /** As the vendor calls it: "running", "streaming", "available", … */
  readonly state: string;
  readonly well: boolean;
  readonly timeline?: number;
  /** Of what the primary has written and this one has not replayed. */
  readonly lagBytes?: number;
  readonly lagSeconds?: number;
  readonly connections?: { readonly used: number; readonly most: number };
}

export interface Pool {
  /** "writer" or "reader". */
  readonly name: string;
  readonly clientsActive: number;
  readonly clientsWaiting: number;
  readonly serversActive: number;
  readonly serversIdle: number;
  /** Seconds that the first of those who wait has waited. */
  readonly longestWait: number;
}

export interface Certificate {
  readonly name: string;
  readonly ends: string;
  readonly daysLeft: number;
}

export interface Alarm {
  /** Of components/catalogue/alerts.ts, or the service's own name. */
  readonly id: string;
  readonly title: string;
  /** What was measured, in words; where the source tells. */
  readonly detail?: string;
  readonly runbook?: string;
}

export interface Alarms {
  /** Who says so: "Prometheus", "CloudWatch", or "this look" where status judges by itself. */
  readonly source: string;
  readonly firing: readonly Alarm[];
}

export interface Window {
  readonly name: "backup" | "maintenance";
  /** As configured: "Sun 02:00-04:00 Europe/Berlin". */
  readonly window: string;
  readonly next: string;
}
