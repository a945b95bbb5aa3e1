import type { Place } from "../../components/local/provider/place";
import { type KindStatus, readSchedule, type SchedulerStatus } from "../backup/schedule";

/** What is known of a cluster's backups. Times are seconds since the epoch. */
export interface Backups {
  readonly lastFull?: number;
  /** Of the monthly archive. */
  readonly lastArchive?: number;
  /** The oldest and the newest moment that can be restored. */
  readonly recoverableFrom?: number;
  readonly recoverableTo?: number;
  readonly nextStart?: number;
  /** What is being taken just now. */
  readonly running?: string;
  /** Why the last tries failed, in words; empty when they did not. */
  readonly failures: readonly string[];
}

/** Seconds. The scheduler writes its status at least four times a minute, but for while pgBackRest works. */
const SILENT = 120;

/** What the scheduler of a local cluster last said; undefined when it has never said anything. */
export async function readBackups(place: Place, now: number): Promise<Backups | undefined> {
  const status = await readSchedule(place);
  return status && backupsOf(status, now);
}

export function backupsOf(status: SchedulerStatus, now: number): Backups {
  const { daily, archive, proof, running, problem } = status;
  const silent = running === null && now - status.writtenAt > SILENT;
  return {
    ...given("lastFull", daily?.lastSuccess),
    ...given("lastArchive", archive?.lastSuccess),
    ...given("running", running?.name),
    nextStart: status.nextStart,
    failures: [
      ...(silent ? [`the scheduler has said nothing for ${Math.round((now - status.writtenAt) / 60)} minutes`] : []),
      ...(problem === null ? [] : [problem]),
      ...failuresOf("the daily backup", daily),
      ...failuresOf("the monthly archive", archive),
      ...failuresOf("the proof of the newest archive", proof),
    ],
  };
}

const failuresOf = (name: string, kind: KindStatus | undefined): string[] =>
  kind?.lastFailure ? [`${name} failed ${kind.lastFailure.inARow} times in a row: ${kind.lastFailure.message}`] : [];

const given = <Name extends string, Value>(name: Name, value: Value | null | undefined) =>
  (value === null || value === undefined ? {} : { [name]: value }) as { [name in Name]?: Value };
