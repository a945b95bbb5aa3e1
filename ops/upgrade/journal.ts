import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isThere, readIfThere, writeOwned } from "../../components/local/provider/host/files";
import { readOwner, writeOwner } from "../../components/local/provider/host/owner";
import { postgresBin } from "../../components/local/provider/host/tools";
import { type Place, paths } from "../../components/local/provider/place";
import { postgresPrograms } from "../../components/local/provider/resources/backupRepository";
import type { PostgresMajor } from "../../components/local/tools";
import { membersOf } from "../restore/stopped";
import type { Shape } from "./pgUpgrade";

/** An upgrade that was begun, and the way back from one that is over, until `upgrade finish` ends that. */
export interface Journal {
  readonly from: PostgresMajor;
  readonly to: PostgresMajor;
  /** Whose data is upgraded; the others are copies of it afterwards. */
  readonly member: string;
  /** Whose data of the old version is kept: a replica's, or the primary's own where there is no replica. */
  readonly keeper: string;
  readonly oldSystemIdentifier: string;
  readonly newSystemIdentifier?: string;
  readonly shape: Shape;
  /** ISO 8601. */
  readonly stoppedAt: string;
  /** "stopped": nothing counts yet; "upgraded": the new data is whole; "done"; "returning": the way back was begun. */
  readonly phase: "stopped" | "upgraded" | "done" | "returning" | "returned";
}

const fileOf = (place: Place): string => join(place.folder, "upgrade.json");

export async function readJournal(place: Place): Promise<Journal | undefined> {
  const text = await readIfThere(fileOf(place));
  return text === undefined ? undefined : (JSON.parse(text) as Journal);
}

export async function writeJournal(place: Place, journal: Journal): Promise<Journal> {
  await writeOwned(fileOf(place), JSON.stringify(journal, null, 2));
  return journal;
}

export const removeJournal = (place: Place): Promise<void> => rm(fileOf(place), { force: true });

/** Where a member's data of the old version is kept. */
export const keptData = (place: Place, member: string, major: string): string =>
  join(paths(place.folder).member(member).home, `data-${major}`);

/** Where the new version's data is made. */
export const newData = (place: Place, member: string, major: string): string =>
  join(paths(place.folder).member(member).home, `upgrade-${major}`);

/** Moves a folder unless an earlier run has. */
export async function moveOnce(from: string, to: string): Promise<void> {
  if ((await isThere(from)) && !(await isThere(to))) await rename(from, to);
}

/** Has Patroni and the schedule take another version's programs: as `up` writes their files for that version. */
export async function configureFor(place: Place, major: PostgresMajor, systemIdentifier: string): Promise<void> {
  const bin = await postgresBin(major);
  for (const member of await membersOf(place)) {
    const { config } = paths(place.folder).member(member);
    const text = await readFile(config, "utf8");
    await writeOwned(config, text.replace(/^( +bin_dir: ).*$/m, `$1${bin}`));
  }
  const file = paths(place.folder).schedulerConfig;
  const schedule = JSON.parse(await readFile(file, "utf8")) as { proof?: object };
  schedule.proof = { ...schedule.proof, postgres: await postgresPrograms(major) };
  await writeOwned(file, `${JSON.stringify(schedule, null, 2)}\n`);
  const owner = await readOwner(place.folder);
  if (owner) await writeOwner(place.folder, { ...owner, data: { major, systemIdentifier } });
}
