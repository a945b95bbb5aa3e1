import type { PostgresMajor } from "../../tools";
import type { Place } from "../place";

/** What every cluster began with while there was no choice. */
export const FIRST_MAJOR: PostgresMajor = "15";

export interface ClusterInputs {
  readonly place: Place;
  /** PostgreSQL's major version; absent in states of before there was a choice. */
  readonly major?: PostgresMajor;
  /** The primary and its replicas, together. */
  readonly memberCount: number;
  /** A commit waits for a second member. */
  readonly synchronous: boolean;
  /** Every PostgreSQL parameter the cluster runs with, as `SHOW` prints it. */
  readonly parameters: Readonly<Record<string, string>>;
  /** PostgreSQL's listen_addresses. */
  readonly listen: string;
  /** CIDR blocks that may reach a member itself, beside this machine. */
  readonly cidrs: readonly string[];
  readonly database: string;
  readonly username: string;
  /** Take a last backup before the data is deleted. */
  readonly finalBackup: boolean;
}

export interface ClusterOutputs {
  readonly members: readonly string[];
  /** PostgreSQL's own id of the data. */
  readonly systemIdentifier: string;
  /** "15.18" */
  readonly version: string;
}
