import { spawn } from "node:child_process";
import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runUser } from "../../tools";
import { type Program, renderProgram } from "../config/supervisord";
import { type Place, paths } from "../place";
import { isThere, makeFolder, readIfThere, tail, writeOwned } from "./files";
import { CommandError, run } from "./run";
import { localTools } from "./tools";
import { waitFor } from "./wait";

/** Carried by every process of the cluster, so that its processes can be told from everybody else's. */
export const CLUSTER_VARIABLE = "LICENSE_DB_CLUSTER";

// Resources are made side by side; the supervisor re-reads its configuration one change at a time.
let turn: Promise<unknown> = Promise.resolve();
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work, work);
  turn = mine.catch(() => {});
  return mine;
}

export async function supervisorctl(place: Place, ...args: string[]): Promise<string> {
  const tools = await localTools();
  return run(tools.supervisorctl, ["-c", paths(place.folder).supervisorConfig, ...args]);
}

export async function supervisorRuns(place: Place): Promise<boolean> {
  return supervisorctl(place, "pid").then(
    (pid) => Number(pid) > 0,
    () => false,
  );
}

/** Starts the supervisor if it does not run; what it held before is cleared away first, PostgreSQL excepted. */
export async function ensureSupervisor(place: Place): Promise<void> {
  await inTurn(async () => {
    if (await supervisorRuns(place)) return;
    await killOrphans(place);
    await withholdMembers(place);
    const tools = await localTools();
    const user = runUser();
    const child = spawn(tools.supervisord, ["-c", paths(place.folder).supervisorConfig], {
      cwd: "/",
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin", LANG: "C.UTF-8", ...tools.env },
      detached: true,
      stdio: "ignore",
      ...(user.drop ? { uid: user.uid, gid: user.gid } : {}),
    });
    const failed = new Promise<never>((_, reject) => {
      child.on("error", reject);
    });
    child.unref();
    const log = join(paths(place.folder).log, "supervisord.log");
    await Promise.race([
      failed,
      waitFor(() => isThere(join(paths(place.folder).supervisor, "supervisord.sock")), {
        timeout: 20_000,
        interval: 30,
        what: "the supervisor's socket",
        evidence: () => tail(log),
      }),
    ]);
    await waitFor(() => supervisorRuns(place), { timeout: 10_000, what: "the supervisor", evidence: () => tail(log) });
  });
}

/**
 * The supervisor starts all it knows by itself. The members' own resource puts them back once it has seen that the data
 * in their folders is this cluster's: Patroni must not be let loose on another's, or where all of it is gone.
 */
async function withholdMembers(place: Place): Promise<void> {
  const { programs } = paths(place.folder);
  const members = (await readdir(programs)).filter((file) => file.startsWith("member-"));
  for (const file of members) await rm(join(programs, file));
}

const programFile = (place: Place, name: string): string => join(paths(place.folder).programs, `${name}.conf`);

const rendered = (place: Place, program: Program): string => renderProgram(program, paths(place.folder).log);

/** Puts programs in force: new ones start, changed ones restart, the others run on. */
export async function setPrograms(place: Place, programs: readonly Program[]): Promise<void> {
  await inTurn(async () => {
    await makeFolder(paths(place.folder).programs);
    for (const program of programs) await writeOwned(programFile(place, program.name), rendered(place, program));
    await supervisorctl(place, "update");
  });
}

/** Stops programs for good. */
export async function removePrograms(place: Place, names: readonly string[]): Promise<void> {
  await inTurn(async () => {
    for (const name of names) await rm(programFile(place, name), { force: true });
    // After a reboot there is no supervisor that has to let go of them.
    if (await supervisorRuns(place)) await supervisorctl(place, "update");
  });
}

/** Those of the programs that are in force in another form: an update would restart them. */
export async function changedPrograms(place: Place, programs: readonly Program[]): Promise<Program[]> {
  const found = await Promise.all(
    programs.map(async (program) => {
      const now = await readIfThere(programFile(place, program.name));
      return now !== undefined && now !== rendered(place, program) ? [program] : [];
    }),
  );
  return found.flat();
}

/** Program name -> state ("RUNNING", "STOPPED", "FATAL", …); undefined when the supervisor itself is down. */
export async function programStates(place: Place): Promise<Map<string, string> | undefined> {
  let text: string;
  try {
    text = await supervisorctl(place, "status");
  } catch (error) {
    // `status` ends with 3 when any program is not running, and says so on standard output all the same.
    if (!(error instanceof CommandError) || error.code !== 3) return undefined;
    text = error.output;
  }
  const states = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [name, state] = line.trim().split(/\s+/);
    if (name && state) states.set(name, state);
  }
  return states;
}

/** How the programs differ from what they should be, as sentences. */
export async function programDrift(place: Place, programs: readonly Program[]): Promise<string[]> {
  const [states, changed] = await Promise.all([programStates(place), changedPrograms(place, programs)]);
  if (!states) return ["the supervisor is down"];
  const down = programs.filter(({ name }) => !UP.includes(states.get(name) ?? ""));
  return [
    ...down.map(({ name }) => `${name} is down (${states.get(name)?.toLowerCase() ?? "not known to the supervisor"})`),
    ...changed.map(({ name }) => `the program ${name} is configured otherwise`),
  ];
}

const UP = ["RUNNING", "STARTING"];

/** Starts those of the programs that do not run (after too many failures the supervisor gives up by itself). */
export async function startPrograms(place: Place, programs: readonly Program[]): Promise<void> {
  const states = await programStates(place);
  const down = programs.map(({ name }) => name).filter((name) => !UP.includes(states?.get(name) ?? ""));
  // One that fails again is reported by whoever waits for what it should do.
  if (down.length > 0) await supervisorctl(place, "start", ...down).catch(() => {});
}

interface ClusterProcess {
  readonly pid: number;
  readonly program: string;
}

/** The cluster's living processes, by the mark in their environment. */
export async function clusterProcesses(place: Place): Promise<ClusterProcess[]> {
  const mark = `${CLUSTER_VARIABLE}=${place.clusterId}`;
  const found: ClusterProcess[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const environment = await readFile(`/proc/${entry}/environ`, "utf8");
      if (!environment.split("\0").includes(mark)) continue;
      found.push({ pid: Number(entry), program: basename(await readlink(`/proc/${entry}/exe`)) });
    } catch {
      // Another user's process, or one that ended while we looked: not ours.
    }
  }
  return found;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // gone by itself
  }
}

/**
 * What outlived its supervisor is killed so that it can be started anew under the next one, except PostgreSQL itself:
 * Patroni finds the running server and goes on with it.
 */
async function killOrphans(place: Place): Promise<void> {
  const orphans = (await clusterProcesses(place)).filter(({ program }) => !program.startsWith("postgres"));
  for (const { pid } of orphans) signal(pid, "SIGKILL");
  if (orphans.length > 0) await sleep(300);
  await rm(join(paths(place.folder).supervisor, "supervisord.sock"), { force: true });
  await rm(join(paths(place.folder).supervisor, "supervisord.pid"), { force: true });
}

/** Stops everything and the supervisor itself, and waits until no process of the cluster is left. */
export async function stopSupervisor(place: Place): Promise<void> {
  const supervisor = Number(await supervisorctl(place, "pid").catch(() => "0"));
  if (supervisor > 0) await supervisorctl(place, "shutdown");
  else {
    await killOrphans(place);
    // What is left is PostgreSQL without anybody above it: a fast shutdown, as Patroni would have asked for.
    for (const { pid } of await clusterProcesses(place)) signal(pid, "SIGINT");
  }
  // The supervisor, which does not carry the mark, still writes to the folder while it ends.
  const ended = async () =>
    (await clusterProcesses(place)).length === 0 && !(supervisor > 0 && (await isThere(`/proc/${supervisor}/exe`)));
  await waitFor(ended, {
    timeout: 120_000,
    interval: 200,
    what: "the end of the cluster's processes",
  });
}
