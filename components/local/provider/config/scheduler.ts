import { join } from "node:path";
import { type Place, paths } from "../place";

/** What the scheduler does and when; see daemons/scheduler.py. */
export function schedulerConfig(
  place: Place,
  options: {
    readonly pgbackrest: string;
    readonly dailyAt: string;
    readonly timeZone: string;
    readonly archiveRetention: number;
    /** PostgreSQL's programs by the major versions that backups are of. */
    readonly postgres: Readonly<Record<string, string>>;
  },
): string {
  const at = paths(place.folder);
  return `${JSON.stringify(
    {
      stanza: place.name,
      pgbackrest: [options.pgbackrest, `--config=${at.pgbackrestConfig}`],
      daily: { start: options.dailyAt, timeZone: options.timeZone },
      monthly: options.archiveRetention > 0 ? { day: 1, repo: 2 } : null,
      proof: { folder: join(place.folder, "proof"), postgres: options.postgres },
      statusFile: at.schedulerStatus,
      lockFile: join(at.run, "scheduler.lock"),
    },
    null,
    2,
  )}\n`;
}
