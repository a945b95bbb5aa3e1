import { readFileSync } from "node:fs";

/** A process that another may ask after: the start time tells it from a later one that got the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

export const thisProcess = (): ProcessIdentity => ({ pid: process.pid, started: startTime(process.pid) ?? "" });

export function isAlive({ pid, started }: ProcessIdentity): boolean {
  try {
    if (pid <= 0) {
      return false;
    }
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") {
      return false;
    }
  }
  const now = startTime(pid);
  return now === undefined || started === "" || now === started;
}

/** Boot and clock tick at which a process started; undefined where there is no /proc. */
function startTime(pid: number): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}/${statOf(pid)[19]}`;
  } catch {
    return undefined;
  }
}

/** The fields of /proc/PID/stat from the third on: state, parent, … Throws where there is no such process. */
export function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field, the command in parentheses, may itself hold blanks and parentheses.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** It has ended, and nobody has reaped it yet. */
export function isZombie(pid: number): boolean {
  try {
    return statOf(pid)[0] === "Z";
  } catch {
    return false;
  }
}

/** One that has ended meanwhile is no failure. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
