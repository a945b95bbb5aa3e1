import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../../components/local/provider/host/run";
import { signalProgram } from "../../components/local/provider/host/supervisor";
import { attempt } from "../../components/local/provider/host/wait";
import type { Place } from "../../components/local/provider/place";
import { EXIT, OperationError, refused } from "../cli/exit";
import { localCluster } from "../cli/local";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";
import { requireVendor } from "../cli/stack";
import { type Backup, shortTime, size } from "./info";
import { info, pgbackrest } from "./pgbackrest";

interface Options {
  readonly archive: boolean;
  readonly incr: boolean;
  readonly dryRun?: boolean;
}

/** pgBackRest's exit code when another of its processes is at work on the stanza. */
const LOCK_HELD = 50;
/** Milliseconds between two looks at how far it is. */
const LOOK = 1_000;

export async function take(context: Context<Options>): Promise<Result> {
  const { stack, options, report, signal } = context;
  if (stack.vendor !== "local") {
    if (options.incr || options.archive) {
      requireVendor(
        stack,
        ["local"],
        "A snapshot holds all, and the archive is made by the cloud's own plan: leave --incr and --archive out.",
      );
    }
    const cloud = stack.vendor === "aws" ? await import("./aws") : await import("./alicloud");
    return cloud.take(context);
  }
  const { place } = await localCluster(stack);
  const repository = options.archive ? 2 : 1;
  const type = options.incr ? "incr" : "full";
  const before = await info(place);
  if (options.archive && !(await hasArchive(place))) {
    throw refused([
      "The stack keeps no archive (license-db:backups.archiveRetention is 0): leave --archive out, or set it and run up.",
    ]);
  }
  const what = `a ${type} backup into the ${options.archive ? "archive" : "daily"} repository`;
  if (options.dryRun) return { data: { type, repository }, text: `Would take ${what}.` };
  if (before.lock?.held) throw busy();
  const [backup] = await report.all([
    {
      title: `taking ${what}`,
      run: (progress) => backUp(place, repository, type, signal, progress),
      outcome: ({ label, databaseSize, repositorySize }: Backup) =>
        `${label}, ${size(databaseSize)}, stored as ${size(repositorySize)}`,
    },
  ]);
  return {
    data: backup,
    text: backup ? `${backup.label}: restores reach from ${shortTime(backup.endedAt)} on.` : "",
  };
}

const busy = (): OperationError =>
  new OperationError(EXIT.locked, "Another backup is being taken (by the schedule, or by hand): wait for its end.");

async function hasArchive(place: Place): Promise<boolean> {
  return (
    (await pgbackrest(place, ["--repo=2", "--output=json", "--log-level-console=off", "info"]).catch(() => "")) !== ""
  );
}

async function backUp(
  place: Place,
  repository: number,
  type: "full" | "incr",
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<Backup> {
  const known = new Set((await info(place)).repositories.flatMap(({ backups }) => backups.map(({ label }) => label)));
  const ended = new AbortController();
  const watched = watch(place, progress, ended.signal);
  try {
    await pgbackrest(place, [`--repo=${repository}`, `--type=${type}`, "--log-level-console=error", "backup"], {
      signal,
    });
  } catch (error) {
    // It cleans up after itself, and the next one resumes what can be resumed.
    if (signal.aborted)
      throw new OperationError(EXIT.unfinished, "The backup was ended: nothing of it counts. Take it again.");
    throw error instanceof CommandError && error.code === LOCK_HELD ? busy() : error;
  } finally {
    ended.abort();
    await watched;
  }
  // The schedule counts it, too.
  await attempt(() => signalProgram(place, "scheduler", "HUP"));
  const { repositories } = await info(place);
  const made = repositories[repository - 1]?.backups.find(({ label }) => !known.has(label));
  if (made === undefined) throw new Error("pgBackRest said that it took a backup, and lists none: see its log");
  return made;
}

/** Says how far it is until it has ended. */
async function watch(place: Place, progress: (text: string) => void, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await sleep(LOOK, undefined, { signal: ended }).catch(() => {});
    if (ended.aborted) return;
    const lock = (await attempt(() => info(place)))?.lock;
    const { size: all, "size-cplt": done } = lock ?? { held: false };
    if (all && done !== undefined) progress(`${Math.floor((100 * done) / all)} % of ${size(all)}`);
  }
}
