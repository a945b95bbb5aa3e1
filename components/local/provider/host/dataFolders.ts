import { join } from "node:path";
import { POSTGRES_MAJORS, type PostgresMajor } from "../../tools";
import { type Place, paths } from "../place";
import { readIfThere } from "./files";
import { run } from "./run";
import { postgresBin } from "./tools";

/** What a data folder must be. */
export interface FoundData {
  readonly major: string;
  /** Absent while the cluster has never been ready. */
  readonly systemIdentifier?: string;
}

async function look(place: Place, member: string): Promise<FoundData | undefined> {
  const data = paths(place.folder).member(member).data;
  const major = (await readIfThere(join(data, "PG_VERSION")))?.trim();
  if (major === undefined) return undefined;
  // pg_controldata reads only its own version.
  if (!isKnown(major)) return { major };
  const control = await run(join(await postgresBin(major), "pg_controldata"), [data]).catch(() => "");
  const systemIdentifier = /Database system identifier:\s+(\d+)/.exec(control)?.[1];
  return { major, ...(systemIdentifier ? { systemIdentifier } : {}) };
}

const isKnown = (major: string): major is PostgresMajor => (POSTGRES_MAJORS as readonly string[]).includes(major);

/** The major versions that the members' data is of. */
export async function majorsOf(place: Place, members: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    members.map((one) => readIfThere(join(paths(place.folder).member(one).data, "PG_VERSION"))),
  );
  return [...new Set(found.flatMap((text) => (text === undefined ? [] : [text.trim()])))];
}

/** Whether any member has data at all. */
export async function hasData(place: Place, members: readonly string[]): Promise<boolean> {
  const found = await Promise.all(members.map((member) => look(place, member)));
  return found.some((data) => data !== undefined);
}

/** The members whose data is not what it should be, as sentences. */
export async function dataDrift(place: Place, members: readonly string[], wanted: FoundData): Promise<string[]> {
  const found = await Promise.all(members.map((member) => look(place, member)));
  return members.flatMap((member, index) => {
    const data = found[index];
    if (!data) return [`the data folder of ${member} is missing`];
    const problem = mismatch(data, wanted);
    return problem ? [`${member} ${problem}`] : [];
  });
}

function mismatch(data: FoundData, wanted: FoundData): string | undefined {
  if (data.major !== wanted.major) return `holds PostgreSQL ${data.major}, not ${wanted.major}`;
  if (wanted.systemIdentifier && data.systemIdentifier && data.systemIdentifier !== wanted.systemIdentifier) {
    return `holds another cluster (${data.systemIdentifier}, not ${wanted.systemIdentifier})`;
  }
  return undefined;
}

/**
 * Stops before anything is started on data that is not this cluster's, or where all of it is gone: Patroni would
 * make an empty cluster in its place. A single missing member is a copy, and is made again.
 */
export async function requireOwnData(place: Place, members: readonly string[], wanted: FoundData): Promise<void> {
  const found = await Promise.all(members.map(async (member) => ({ member, data: await look(place, member) })));
  const foreign = found.flatMap(({ member, data }) => {
    const problem = data && mismatch(data, wanted);
    return problem ? [`${paths(place.folder).member(member).data} ${problem}`] : [];
  });
  if (foreign.length > 0) {
    throw new Error(`${foreign.join("; ")}. Nothing was started or changed: move the foreign data away`);
  }
  const ids = new Set(found.flatMap(({ data }) => (data?.systemIdentifier ? [data.systemIdentifier] : [])));
  if (ids.size > 1) {
    throw new Error(`the members hold ${ids.size} different clusters (${[...ids].join(", ")}): nothing was started`);
  }
  if (wanted.systemIdentifier && found.every(({ data }) => data === undefined)) {
    throw new Error(
      `the data of all members is gone from ${place.folder}: nothing is made in its place unseen. Restore the last backup (${place.backupFolder}), or destroy this stack`,
    );
  }
}
