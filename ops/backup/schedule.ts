import { readIfThere } from "../../components/local/provider/host/files";
import { type Place, paths } from "../../components/local/provider/place";

export interface KindStatus {
  readonly lastSuccess: number | null;
  readonly lastFailure: { readonly at: number; readonly message: string; readonly inARow: number } | null;
}

/** As the scheduler writes it; see daemons/scheduler.py. */
export interface SchedulerStatus {
  readonly writtenAt: number;
  readonly nextStart: number;
  readonly running: { readonly name: string; readonly since: number } | null;
  readonly problem: string | null;
  readonly daily?: KindStatus;
  readonly archive?: KindStatus;
  /** Restoring the newest archive. */
  readonly proof?: KindStatus & { readonly backup: string | null };
}

/** What the scheduler of a local cluster last said; undefined when it has never said anything. */
export async function readSchedule(place: Place): Promise<SchedulerStatus | undefined> {
  const text = await readIfThere(paths(place.folder).schedulerStatus);
  return text === undefined ? undefined : (JSON.parse(text) as SchedulerStatus);
}
