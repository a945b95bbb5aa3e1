import { readIfThere, writeOwned } from "../../components/local/provider/host/files";
import { type Place, paths } from "../../components/local/provider/place";
import { isAlive, type ProcessIdentity, thisProcess } from "../../components/local/tools/processes";
import type { DrillKind } from "./result";

export type Moment = "begin" | "fault" | "end";

/** Seconds since the epoch. One that was killed has no end. */
type Marks = { readonly [moment in Moment]?: number } & { readonly begin: number; readonly process: ProcessIdentity };

/** The last drill of each kind, as daemons/watcher.py reads it. */
type Drills = { readonly [kind in DrillKind]?: Marks };

/** A drill that is under way. */
export interface Running {
  readonly kind: DrillKind;
  /** ISO 8601. */
  readonly since: string;
}

const read = async (place: Place): Promise<Drills> =>
  JSON.parse((await readIfThere(paths(place.folder).drills)) ?? "{}") as Drills;

/** Writes down a moment of a drill where the watcher looks; what was known of the one before of its kind goes at its begin. */
export async function markDrill(place: Place, kind: DrillKind, moment: Moment): Promise<void> {
  const drills = await read(place);
  const now = Date.now() / 1000;
  const before = moment === "begin" ? undefined : drills[kind];
  const marks: Marks = { begin: now, process: thisProcess(), ...before, [moment]: now };
  await writeOwned(paths(place.folder).drills, JSON.stringify({ ...drills, [kind]: marks }));
}

export async function runningDrill(place: Place): Promise<Running | undefined> {
  const found = Object.entries(await read(place)).find(([, { end, process }]) => end === undefined && isAlive(process));
  return found && { kind: found[0] as DrillKind, since: new Date(found[1].begin * 1000).toISOString() };
}
