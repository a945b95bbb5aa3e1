import { linkSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, type ProcessIdentity, thisProcess } from "./processes";

/** How long the few file operations of a takeover may last before they count as abandoned, in milliseconds. */
const TAKEOVER_LIMIT = 10_000;

/**
 * Holds `file` as a lock between processes while `work` runs. A second process waits (`onWait` is told once, with the
 * holder's pid); the lock of a process that died is taken over.
 */
export async function withLock<T>(file: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  await acquire(file, onWait);
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

async function acquire(file: string, onWait: (pid: number) => void): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!tryCreate(file)) {
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) {
      takeOver(file, holder);
      continue;
    }
    if (!told && holder !== undefined) {
      onWait(holder.pid);
      told = true;
    }
    await sleep(100);
  }
}

/** Creates the lock with its content in one step (link fails when the name exists), so that nobody reads half of it. */
function tryCreate(file: string): boolean {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, JSON.stringify(thisProcess()));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      return false;
    }
    throw error;
  } finally {
    unlinkSync(own);
  }
}

/**
 * Removes a dead process's lock. A second lock around it makes sure that of two who saw the same dead holder only one
 * removes it, and never the lock that the other has taken since.
 */
function takeOver(file: string, dead: ProcessIdentity): void {
  const guard = `${file}.takeover`;
  try {
    writeFileSync(guard, "", { flag: "wx" });
  } catch {
    if (ageOf(guard) > TAKEOVER_LIMIT) {
      rmSync(guard, { force: true });
    }
    return;
  }
  try {
    const now = readHolder(file);
    if (now?.pid === dead.pid && now.started === dead.started) {
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(guard, { force: true });
  }
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { pid: -1, started: "" };
    }
    return undefined;
  }
}

function ageOf(file: string): number {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
