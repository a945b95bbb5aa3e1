import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { clusterProcesses } from "../../../components/local/provider/host/supervisor";
import { type Place, paths } from "../../../components/local/provider/place";
import { signal, statOf } from "../../../components/local/tools/processes";

/** A process and when it started, by which it is told from a later one of the same id. */
export const started = (pid: number): string => `${pid}/${statOf(pid)[19]}`;

/** The postmaster's process id, as its data folder tells it. */
export const postmasterOf = (data: string): number =>
  Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);

function parentOf(pid: number): number {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    return -1; // ended meanwhile
  }
}

const program = (pid: number): string => {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return "";
  }
};

const everyProcess = (): number[] => readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));

/** A process and all that descend from it. */
function family(pid: number): number[] {
  const all = everyProcess();
  const parents = new Map(all.map((one) => [one, parentOf(one)]));
  const below = (one: number): number[] => [one, ...all.filter((other) => parents.get(other) === one).flatMap(below)];
  return below(pid);
}

const kill = (pid: number): void => signal(pid, "SIGKILL");

/** Kills the engine, its provider and its language host at once; what they started on the machine goes on. */
export function killEngine(child: ChildProcess): void {
  const victims = family(child.pid ?? -1).filter((pid) => /^(pulumi.*|node|sh|dash|bash)$/.test(program(pid)));
  for (const pid of victims) kill(pid);
}

/** The process of the local vendor's provider that an engine has started. */
export function providerOf(engine: ChildProcess): number {
  const found = family(engine.pid ?? -1).find((pid) => commandLine(pid).includes("components/local/provider/main.ts"));
  if (found === undefined) throw new Error("the engine has started no provider");
  return found;
}

/** Whether a process is there and not just waiting to be buried. */
export const isRunning = (pid: number): boolean => program(pid) !== "";

/** As a power cut: no process of the cluster is left. */
export async function killCluster(place: Place): Promise<void> {
  for (const pid of supervisors(place)) kill(pid); // first, or it would start the others again
  for (;;) {
    const living = await clusterProcesses(place);
    if (living.length === 0) return;
    for (const { pid } of living) kill(pid);
  }
}

/** The cluster's supervisors; one of them is right. */
export function supervisors(place: Place): number[] {
  const argument = `/bin/supervisord -c ${paths(place.folder).supervisorConfig} `;
  return everyProcess().filter((pid) => commandLine(pid).includes(argument));
}

export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** The members' postmasters, each with its start time. */
export async function postmasters(place: Place): Promise<string[]> {
  const living = await clusterProcesses(place);
  return living
    .filter(({ pid }) => /\/postgres -D /.test(commandLine(pid)))
    .map(({ pid }) => started(pid))
    .sort();
}

/** Does `child`'s output, so far or from now on, contain the text? Resolves when it does; rejects if it ends first. */
export function saying(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (part: string) => {
      said += part;
      if (said.includes(text)) resolve();
    });
    child.once("close", () => reject(new Error(`it ended without saying "${text}":\n${said}`)));
  });
}
