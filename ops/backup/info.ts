/** What the repositories of one cluster hold, out of what `pgbackrest info` says. */
export interface Repository {
  /** Of pgBackRest. */
  readonly number: number;
  readonly name: "daily" | "archive";
  /** Newest first. */
  readonly backups: readonly Backup[];
}

export interface Backup {
  /** "20261123-010000F"; "20261123-010000F_20261124-010000I" for one that holds only what changed since. */
  readonly label: string;
  readonly type: "full" | "diff" | "incr";
  /** ISO 8601, UTC. A restore reaches back to the end of a backup, not to its start. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Bytes of the database as it was. */
  readonly databaseSize: number;
  /** Bytes it takes in the repository. */
  readonly repositorySize: number;
  /** The WAL it needs by itself: names of segments. */
  readonly wal: { readonly first: string; readonly last: string };
  /** Where in the WAL it ended: "0/13000028". */
  readonly lsn: string;
  /** PostgreSQL's major version. */
  readonly version: string;
  /** Pages whose checksum was wrong when it was taken. */
  readonly damaged: boolean;
}

interface RawStanza {
  readonly name: string;
  readonly db?: readonly { readonly id: number; readonly "repo-key": number; readonly version: string }[];
  readonly backup?: readonly {
    readonly label: string;
    readonly type: Backup["type"];
    readonly error?: boolean | null;
    readonly lsn?: { readonly stop?: string | null } | null;
    readonly archive: { readonly start: string | null; readonly stop: string | null };
    readonly database: { readonly id: number; readonly "repo-key": number };
    readonly info: { readonly size: number; readonly repository: { readonly delta: number; readonly size?: number } };
    readonly timestamp: { readonly start: number; readonly stop: number };
  }[];
  readonly status?: { readonly lock?: { readonly backup?: BackupLock } };
}

/** A backup that runs now. */
export interface BackupLock {
  readonly held: boolean;
  /** Bytes, where they are known already. */
  readonly size?: number;
  readonly "size-cplt"?: number;
}

export function readInfo(text: string, stanza: string): { repositories: Repository[]; lock: BackupLock | undefined } {
  const found = (JSON.parse(text) as RawStanza[]).find(({ name }) => name === stanza);
  const versions = new Map(found?.db?.map((db) => [`${db["repo-key"]}/${db.id}`, db.version]));
  const repositories = ([1, 2] as const).map((number): Repository => {
    const mine = found?.backup?.filter(({ database }) => database["repo-key"] === number) ?? [];
    const backups = mine.map(
      ({ label, type, error, archive, database, info, lsn, timestamp }): Backup => ({
        label,
        type,
        startedAt: iso(timestamp.start),
        endedAt: iso(timestamp.stop),
        databaseSize: info.size,
        repositorySize: info.repository.delta,
        lsn: lsn?.stop ?? "0/0",
        wal: { first: archive.start ?? "", last: archive.stop ?? "" },
        version: versions.get(`${number}/${database.id}`) ?? "",
        damaged: error === true,
      }),
    );
    return { number, name: number === 1 ? "daily" : "archive", backups: backups.reverse() };
  });
  return { repositories, lock: found?.status?.lock?.backup };
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** The moments a restore can reach. */
export interface Range {
  /** ISO 8601: the end of the oldest backup that all later WAL is kept for. */
  readonly earliest: string;
  /** ISO 8601: what had been written by then is in the repository. */
  readonly latest: string;
}

/** The timelines that led to the running database, each with where the next one left it; the last has no end. */
export type History = readonly { readonly timeline: number; readonly until?: string }[];

/** Reads PostgreSQL's own history file of a timeline; the first timeline has none. */
export function readHistory(timeline: number, file: string): History {
  const before = [...file.matchAll(/^(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/gim)].map(([, number, until]) => ({
    timeline: Number(number),
    until: until ?? "",
  }));
  return [...before, { timeline }];
}

/**
 * Whether the running database is what that backup became: not so where the database went back, by a restore in place, to
 * a moment before the backup.
 */
export function leadsHere(backup: Pick<Backup, "wal" | "lsn">, history: History): boolean {
  const timeline = Number.parseInt(backup.wal.last.slice(0, 8), 16);
  const part = history.find((one) => one.timeline === timeline);
  return part !== undefined && (part.until === undefined || position(backup.lsn) <= position(part.until));
}

function position(lsn: string): bigint {
  const [high = "0", low = "0"] = lsn.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/**
 * From the daily repository, which keeps all WAL. WAL of one major version does not go on from a backup of another, so
 * the range begins with the oldest backup of the version that runs now, and counts only those that led to it.
 *
 * @param archivedAt when the last segment of WAL was archived.
 */
export function recoveryRange(
  daily: Repository,
  version: string,
  history: History,
  archivedAt: string | undefined,
): Range | undefined {
  const good = daily.backups.filter(
    (backup) => backup.version === version && !backup.damaged && leadsHere(backup, history),
  );
  const ends = good.map(({ endedAt }) => endedAt).sort();
  const [earliest] = ends;
  const newest = ends.at(-1);
  if (earliest === undefined || newest === undefined) return undefined;
  return { earliest, latest: archivedAt !== undefined && archivedAt > newest ? archivedAt : newest };
}

export const size = (bytes: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(Math.max(Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)), 0), units.length - 1);
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
};

/** "2026-11-23 01:00:04Z" */
export const shortTime = (at: string): string => `${at.slice(0, 19).replace("T", " ")}Z`;
