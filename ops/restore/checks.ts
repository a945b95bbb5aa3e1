import { type Backup, type History, leadsHere, type Range, type Repository, shortTime, size } from "../backup/info";
import type { Target } from "./target";

export interface Situation {
  readonly target: Target;
  /** Named by the operator. */
  readonly label?: string;
  readonly range: Range | undefined;
  readonly repositories: readonly Repository[];
  /** Of PostgreSQL, as it runs. */
  readonly version: string;
  /** Absent where another than that of the running database is to be followed. */
  readonly history?: History;
  /** ISO 8601. */
  readonly now: string;
  /** Bytes free where the data is to go; absent where it replaces what is there. */
  readonly free?: number;
  readonly folder: string;
}

/** What a server needs beside the restored data: WAL that is replayed, and its own. */
const SPARE = 512 * 2 ** 20;

/** A backup, and the repository it is in. */
export interface Candidate {
  readonly repository: number;
  readonly backup: Backup;
}

/** What the restore may begin with, the best first. */
export function candidates({
  target,
  label,
  repositories,
  version,
  history,
}: Pick<Situation, "target" | "label" | "repositories" | "version" | "history">): Candidate[] {
  const all = repositories.flatMap(({ number, backups }) => backups.map((backup) => ({ repository: number, backup })));
  if (label !== undefined) return all.filter(({ backup }) => backup.label === label);
  // The archive keeps only the WAL each backup needs by itself.
  const good = all.filter(
    ({ repository, backup }) =>
      repository === 1 &&
      !backup.damaged &&
      backup.version === version &&
      (history === undefined || leadsHere(backup, history)),
  );
  return target.type === "time" ? good.filter(({ backup }) => backup.endedAt <= wholeSecond(target.at)) : good;
}

/** Backups' ends are known to the second. */
const wholeSecond = (at: string): string => `${at.slice(0, 19)}.000Z`;

/** Why the restore cannot be: everything at once, each with how to mend it. */
export function obstacles(situation: Situation): string[] {
  const { target, label, range, repositories, now, free, folder } = situation;
  const found = candidates(situation);
  const [best] = found;
  const labels = repositories.flatMap(({ backups }) => backups.map((backup) => backup.label));
  const needed = (best?.backup.databaseSize ?? 0) + SPARE;
  const named = range && `a restore reaches from ${shortTime(range.earliest)} to ${shortTime(now)}`;
  const rules: readonly [broken: boolean, message: string][] = [
    [
      label !== undefined && best === undefined,
      `There is no backup ${label}: there are ${labels.join(", ") || "none"} (npx license-db backup list).`,
    ],
    [
      label === undefined && range === undefined,
      "There is no backup to begin with: npx license-db backup list, and npx license-db backup take.",
    ],
    [
      target.type === "time" && target.at > now && range !== undefined,
      `--to is ${target.type === "time" ? shortTime(target.at) : ""}, which is yet to come: ${named}. Mind the time zone.`,
    ],
    [
      target.type === "time" && best === undefined && label === undefined && range !== undefined,
      `--to is ${target.type === "time" ? shortTime(target.at) : ""}, before the oldest backup: ${named}. Older states are in the archive alone, each as of its own end: name one with --backup and --to latest.`,
    ],
    [
      target.type === "time" &&
        best !== undefined &&
        label !== undefined &&
        best.backup.endedAt > wholeSecond(target.at),
      `--to is before the end of backup ${label} (${best ? shortTime(best.backup.endedAt) : ""}): name an older one, or leave --backup out.`,
    ],
    [
      best?.repository === 2 && target.type !== "latest",
      `${label} is an archive: it is restored as of its own end, so --to can only be latest.`,
    ],
    [
      free !== undefined && best !== undefined && free < needed,
      `The disk of ${folder} is too small: the restore needs ${size(needed)}, ${size(free ?? 0)} are free. Make room, or name a folder on another disk.`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, message]) => message);
}
