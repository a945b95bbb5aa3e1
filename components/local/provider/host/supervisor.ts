import { spawn } from "node:child_process";
import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runUser } from "../../tools";
import { signal } from "../../tools/processes";
import { type Program, renderProgram } from "../config/supervisord";
import { type Place, paths } from "../place";
import { isThere, makeFolder, readIfThere, tail, writeOwned } from "./files";
import { callSupervisor, FAULT, type RpcValue, SupervisorFault, supervisorSocket } from "./supervisorRpc";
import { localTools } from "./tools";
import { attempt, waitFor } from "./wait";

/** Carried by every process of the cluster, so that its processes can be told from everybody else's. */
export const CLUSTER_VARIABLE = "LICENSE_DB_CLUSTER";

// Resources are made side by side; the supervisor re-reads its configuration one change at a time.
let turn: Promise<unknown> = Promise.resolve();
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work, work);
  turn = mine.catch(() => {});
  return mine;
}

/** The supervisor's process id; undefined when it does not run. */
export async function supervisorPid(place: Place): Promise<number | undefined> {
  return callSupervisor(place, "supervisor.getPID").then(Number, () => undefined);
}

export const supervisorRuns = async (place: Place): Promise<boolean> => (await supervisorPid(place)) !== undefined;

/** Calls the supervisor where it is no failure that things are so already. */
async function unless(fault: number, work: Promise<RpcValue>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof SupervisorFault && error.code === fault)) throw error;
  });
}

/** Sends a signal to a running program. Throws when it does not run or is not known. */
export async function signalProgram(place: Place, program: string, name: "HUP"): Promise<void> {
  await callSupervisor(place, "supervisor.signalProcess", program, name);
}

/** Ends when the program has, which for a member takes a checkpoint. */
export async function stopProgram(place: Place, program: string): Promise<void> {
  await unless(FAULT.notRunning, callSupervisor(place, "supervisor.stopProcess", program, true));
}

/** Ends when the process is started, not when it is ready. */
export async function startProgram(place: Place, program: string): Promise<void> {
  await unless(FAULT.alreadyStarted, callSupervisor(place, "supervisor.startProcess", program, false));
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
      waitFor(() => supervisorRuns(place), {
        timeout: 30_000,
        interval: 20,
        what: "the supervisor",
        evidence: () => tail(log),
      }),
    ]);
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
    await update(place);
  });
}

/** Has the supervisor read its programs again, and do what became of them: `supervisorctl update`. */
async function update(place: Place): Promise<void> {
  const [groups] = (await callSupervisor(place, "supervisor.reloadConfig")) as string[][][];
  const [added = [], changed = [], removed = []] = groups ?? [];
  for (const name of [...removed, ...changed]) {
    await callSupervisor(place, "supervisor.stopProcessGroup", name, true);
    await callSupervisor(place, "supervisor.removeProcessGroup", name);
  }
  for (const name of [...changed, ...added]) {
    await unless(FAULT.alreadyAdded, callSupervisor(place, "supervisor.addProcessGroup", name));
  }
}

/** Stops programs for good. */
export async function removePrograms(place: Place, names: readonly string[]): Promise<void> {
  await inTurn(async () => {
    for (const name of names) await rm(programFile(place, name), { force: true });
    // After a reboot there is no supervisor that has to let go of them.
    if (await supervisorRuns(place)) await update(place);
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
  const found = await processes(place);
  return found && new Map(found.map(({ name, statename }) => [name, statename]));
}

/** The process id of a program; undefined when it does not run. */
export async function programPid(place: Place, program: string): Promise<number | undefined> {
  const found = (await processes(place))?.find(({ name }) => name === program);
  return found && found.pid > 0 ? found.pid : undefined;
}

interface ProcessInfo {
  readonly name: string;
  readonly statename: string;
  /** 0 when it does not run. */
  readonly pid: number;
}

const processes = (place: Place): Promise<ProcessInfo[] | undefined> =>
  attempt(async () => (await callSupervisor(place, "supervisor.getAllProcessInfo")) as unknown as ProcessInfo[]);

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
  await Promise.all(down.map((name) => attempt(() => startProgram(place, name))));
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

/**
 * What outlived its supervisor is killed so that it can be started anew under the next one, except PostgreSQL itself:
 * Patroni finds the running server and goes on with it.
 */
async function killOrphans(place: Place): Promise<void> {
  const orphans = (await clusterProcesses(place)).filter(({ program }) => !program.startsWith("postgres"));
  for (const { pid } of orphans) signal(pid, "SIGKILL");
  if (orphans.length > 0) await sleep(300);
  await rm(supervisorSocket(place), { force: true });
  await rm(join(paths(place.folder).supervisor, "supervisord.pid"), { force: true });
}

/** Stops everything and the supervisor itself, and waits until no process of the cluster is left. */
export async function stopSupervisor(place: Place): Promise<void> {
  const supervisor = await supervisorPid(place);
  if (supervisor !== undefined) await callSupervisor(place, "supervisor.shutdown");
  else {
    await killOrphans(place);
    // What is left is PostgreSQL without anybody above it: a fast shutdown, as Patroni would have asked for.
    for (const { pid } of await clusterProcesses(place)) signal(pid, "SIGINT");
  }
  // The supervisor, which does not carry the mark, still writes to the folder while it ends.
  const ended = async () =>
    (await clusterProcesses(place)).length === 0 &&
    !(supervisor !== undefined && (await isThere(`/proc/${supervisor}/exe`)));
  await waitFor(ended, {
    timeout: 120_000,
    interval: 200,
    what: "the end of the cluster's processes",
  });
}
