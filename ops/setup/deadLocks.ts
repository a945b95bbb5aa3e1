import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";

/** What the engine writes into the lock of a stack in a file backend. */
interface Lock {
  readonly pid: number;
  readonly hostname: string;
}

/**
 * Removes the locks on a stack whose engine is gone: one that was killed, or went with the machine, leaves its lock
 * behind, and the engine would refuse every later command until somebody types `pulumi cancel`. A lock of a living
 * engine, or of another machine, stays.
 *
 * @param backend the folder of the file backend.
 * @returns the process ids of the engines that are gone.
 */
export function dropDeadLocks(backend: string, project: string, stack: string): number[] {
  const folder = join(backend, ".pulumi/locks/organization", project, stack);
  return locksIn(folder).flatMap((file) => {
    const lock = read(file);
    if (lock === undefined || lock.hostname !== hostname() || engineLives(lock.pid)) return [];
    rmSync(file, { force: true });
    return [lock.pid];
  });
}

function locksIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
    return names.map((name) => join(folder, name));
  } catch {
    return []; // never locked
  }
}

function read(file: string): Lock | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Lock;
  } catch {
    return undefined; // released meanwhile, or being written
  }
}

/** A process id is given again in time, so it must be an engine, too. */
function engineLives(pid: number): boolean {
  try {
    const program = basename(readlinkSync(`/proc/${pid}/exe`));
    return program.replace(/ \(deleted\)$/, "") === "pulumi";
  } catch (error) {
    // No such process; anything else (somebody else's process, no /proc) does not prove that it is gone.
    return (error as NodeJS.ErrnoException).code !== "ENOENT" || !isProcfs();
  }
}

function isProcfs(): boolean {
  try {
    return readlinkSync("/proc/self") !== "";
  } catch {
    return false;
  }
}
