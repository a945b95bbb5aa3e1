import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../../provider/progress";
import type { ManagedResource } from "../../../provider/resource";
import type { PostgresMajor } from "../../tools";
import { type RepositoryTarget, renderPgbackrest } from "../config/pgbackrest";
import { schedulerConfig } from "../config/scheduler";
import type { Program } from "../config/supervisord";
import { DAEMONS_VARIABLE, daemonsVersion } from "../host/daemons";
import { fileDrift, isThere, makeFolder, readIfThere, tail, writeOwned } from "../host/files";
import { run } from "../host/run";
import {
  programDrift,
  programStates,
  removePrograms,
  setPrograms,
  signalProgram,
  startPrograms,
} from "../host/supervisor";
import { localTools, postgresBin } from "../host/tools";
import { attempt } from "../host/wait";
import { type Place, paths } from "../place";
import { FIRST_MAJOR } from "./clusterInputs";

export interface BackupRepositoryInputs {
  readonly place: Place;
  readonly members: readonly string[];
  /** PostgreSQL's major version; absent in states of before there was a choice. */
  readonly major?: PostgresMajor;
  /** Days a daily full backup, and the WAL to go on from it, is kept. */
  readonly retention: number;
  /** Days the monthly archive is kept; 0: none is made. */
  readonly archiveRetention: number;
  /** When the daily backup starts: "01:00", in `timeZone`. */
  readonly dailyAt: string;
  readonly timeZone: string;
  /** Repositories elsewhere; on this machine's backup folder when absent. Secret: they may hold access keys. */
  readonly daily?: RepositoryTarget;
  readonly archive?: RepositoryTarget;
  /** Keep the repositories on this machine when the cluster is deleted. */
  readonly keep: boolean;
}

export interface BackupRepositoryOutputs {
  /** Encrypts the repositories. Secret; without it no backup can be read. */
  readonly cipherPass: string;
  /** Where the daily backups are, for a person. */
  readonly location: string;
}

/** pgBackRest's repositories and schedule: daily full backups, WAL, a monthly archive. */
export const backupRepository: ManagedResource<BackupRepositoryInputs, BackupRepositoryOutputs> = {
  secrets: ["cipherPass", "daily", "archive"],

  check(news, olds) {
    const moved = (["daily", "archive"] as const).filter((name) => {
      const before = olds?.[name];
      const after = news[name];
      return olds !== undefined && place(before) !== place(after);
    });
    return moved.map((property) => ({
      property,
      reason:
        "a repository that is in use is not moved: its backups would be left behind. Copy them and make a new stack, or set it back",
    }));
  },

  async create(news, progress) {
    const cipherPass = (await keptCipherPass(news.place)) ?? randomBytes(36).toString("base64url");
    const outputs = await ensure(news, cipherPass, progress);
    return { id: `${news.place.clusterId}-backups`, outputs };
  },

  async drift(state) {
    const changed = await fileDrift({
      [paths(state.place.folder).pgbackrestConfig]: configuration(state, state.cipherPass),
    });
    const down = await programDrift(state.place, [await scheduler(state.place)]);
    const backups = await attempt(() => lastFull(state.place));
    return [...changed, ...down, ...(backups === 0 ? ["there is no full backup"] : [])];
  },

  update: (state, news, progress) => ensure(news, state.cipherPass, progress),

  async delete(state, progress) {
    progress.step("stopping the schedule");
    await removePrograms(state.place, ["scheduler"]);
    if (state.keep) return;
    // The primary, which is stopped next, would try for ten seconds to archive where nothing is any more.
    const push = join(paths(state.place.folder).bin, "pgbackrest-archive-push");
    if (await isThere(push)) await writeOwned(push, "#!/bin/sh\nexit 0\n", 0o755);
    await rm(state.place.backupFolder, { recursive: true, force: true });
  },
};

const place = (target: RepositoryTarget | undefined): string =>
  target
    ? [target.type, target.path, "bucket" in target ? target.bucket : "", "host" in target ? target.host : ""].join(" ")
    : "";

/** The key of a cluster that is gone on with or adopted: its backups can be read by no other. */
async function keptCipherPass(at: Place): Promise<string | undefined> {
  const config = await readIfThere(paths(at.folder).pgbackrestConfig);
  return /^repo1-cipher-pass=(.+)$/m.exec(config ?? "")?.[1];
}

function targets(inputs: BackupRepositoryInputs): { daily: RepositoryTarget; archive: RepositoryTarget } {
  const here = (name: string): RepositoryTarget => ({ type: "posix", path: join(inputs.place.backupFolder, name) });
  const own = (target: RepositoryTarget): RepositoryTarget => ({
    ...target,
    // A cluster made later under the same name gets a place of its own.
    path: join(target.path, `${inputs.place.name}-${inputs.place.clusterId}`),
  });
  return {
    daily: inputs.daily ? own(inputs.daily) : here("daily"),
    archive: inputs.archive ? own(inputs.archive) : here("archive"),
  };
}

const configuration = (inputs: BackupRepositoryInputs, cipherPass: string): string =>
  renderPgbackrest(inputs.place, { ...inputs, ...targets(inputs), cipherPass });

async function pgbackrest(at: Place, ...args: string[]): Promise<string> {
  const tools = await localTools();
  return run(tools.pgbackrest, [`--config=${paths(at.folder).pgbackrestConfig}`, `--stanza=${at.name}`, ...args], {
    timeout: 3_600_000,
  });
}

/** How many full backups the daily repository holds. */
async function lastFull(at: Place): Promise<number> {
  const info = JSON.parse(await pgbackrest(at, "--repo=1", "--output=json", "info")) as {
    backup?: { type: string; error?: boolean }[];
  }[];
  return (info[0]?.backup ?? []).filter((backup) => backup.type === "full" && !backup.error).length;
}

async function ensure(
  news: BackupRepositoryInputs,
  cipherPass: string,
  progress: Progress,
): Promise<BackupRepositoryOutputs> {
  const at = paths(news.place.folder);
  const { daily, archive } = targets(news);
  await makeFolder(news.place.backupFolder);
  for (const repository of [daily, archive]) if (repository.type === "posix") await makeFolder(repository.path);
  await makeFolder(at.pgbackrestSpool);
  await writeOwned(at.pgbackrestConfig, configuration(news, cipherPass));
  progress.step("preparing the backup repository");
  await pgbackrest(news.place, "stanza-create");
  if ((await lastFull(news.place)) === 0) {
    progress.step("taking the first full backup");
    try {
      await pgbackrest(news.place, "--repo=1", "--type=full", "backup");
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await tail(join(at.log, `${news.place.name}-backup.log`))}`);
    }
  }
  await schedule(news);
  return { cipherPass, location: daily.type === "posix" ? daily.path : `${daily.type}:${daily.path}` };
}

async function scheduler(place: Place): Promise<Program> {
  const tools = await localTools();
  return {
    name: "scheduler",
    command: [
      tools.python,
      "-u",
      join(paths(place.folder).daemons, "scheduler.py"),
      paths(place.folder).schedulerConfig,
    ],
    environment: { [DAEMONS_VARIABLE]: await daemonsVersion() },
    priority: 60,
    stopWait: 60,
  };
}

/** Archives of before an upgrade are proven with the programs of then. */
export async function postgresPrograms(major: PostgresMajor = FIRST_MAJOR): Promise<Record<string, string>> {
  const majors = [...new Set([FIRST_MAJOR, major])];
  return Object.fromEntries(await Promise.all(majors.map(async (one) => [one, await postgresBin(one)])));
}

async function schedule(news: BackupRepositoryInputs): Promise<void> {
  const tools = await localTools();
  const at = paths(news.place.folder);
  const changed = await writeOwned(
    at.schedulerConfig,
    schedulerConfig(news.place, {
      ...news,
      pgbackrest: tools.pgbackrest,
      postgres: await postgresPrograms(news.major),
    }),
  );
  const states = await programStates(news.place);
  const program = await scheduler(news.place);
  await setPrograms(news.place, [program]);
  await startPrograms(news.place, [program]);
  if (changed && states?.get("scheduler") === "RUNNING") {
    await signalProgram(news.place, "scheduler", "HUP");
  }
}
