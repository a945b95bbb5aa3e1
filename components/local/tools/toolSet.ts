import { createHash } from "node:crypto";
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./command";
import { cacheFolder } from "./folders";
import { withLock } from "./lock";
import { readManifest, writeManifest } from "./manifest";
import type { Progress, Reporter } from "./reporter";
import { runUser } from "./runUser";
import { patroni } from "./venv";
import { ensureTool, type FoundTool, findTool, type MissingTool, type Surroundings, type Tool, toolStep } from "./ways";

/** Tools that are looked for, fetched and remembered together. */
export interface ToolSet {
  /** Part of the name of the file that remembers the findings. */
  readonly name: string;
  readonly tools: readonly Tool[];
  /** The files whose change makes the findings worth nothing. */
  stamped(found: readonly FoundTool[]): readonly string[];
}

/** Raised when the meaning of what the manifest holds changes. */
const MANIFEST_FORMAT = 2;

/**
 * Finds the tools of a set and fetches what is missing, side by side, into the cache folder; nothing is installed on the
 * machine. Cheap when all is there. Safe to interrupt and to run twice at once.
 *
 * `fresh` looks again even if the last findings still stand.
 *
 * Throws one error that lists, for each program that cannot be had, every way tried, its reason, and what to do.
 */
export async function ensureTools(set: ToolSet, report: Reporter, fresh: boolean): Promise<readonly FoundTool[]> {
  requireLinux();
  const at = surroundings();
  const file = join(at.cache, `${set.name}-${process.getuid?.() ?? 0}.json`);
  const key = manifestKey(at);
  const known = fresh ? undefined : readManifest<readonly FoundTool[]>(file, key);
  if (known !== undefined) {
    return known;
  }
  const umask = process.umask(0o022);
  try {
    await prepareCache(at);
    const onWait = (pid: number) => report.note(`Waiting: another set-up (process ${pid}) is at work in ${at.cache}.`);
    const found = await withLock(join(at.cache, "lock"), onWait, async () => {
      // Whoever held the lock before us may have fetched everything.
      const meanwhile = fresh ? undefined : readManifest<readonly FoundTool[]>(file, key);
      return meanwhile ?? report.all(set.tools.map((tool) => toolStep(tool, ensureOnce(tool, at))));
    });
    writeManifest(file, key, found, set.stamped(found));
    return found;
  } finally {
    process.umask(umask);
  }
}

/** What is there and what is not, without changing anything. */
export async function findTools({ tools }: ToolSet): Promise<readonly (FoundTool | MissingTool)[]> {
  requireLinux();
  const at = surroundings();
  return Promise.all(tools.map((tool) => findTool(tool, at)));
}

function surroundings(): Surroundings {
  const at: Surroundings = {
    cache: cacheFolder(),
    user: runUser(),
    env: process.env,
    python: async () => (await ensureOnce(patroni, at)(() => {})).more.python as string,
  };
  return at;
}

/** PyPI's PostgreSQL needs the Python environment's pip, so two ask for the environment: it is made once. */
function ensureOnce(tool: Tool, at: Surroundings): (progress: Progress) => Promise<FoundTool> {
  return (progress) => {
    const running = ensured.get(at) ?? new Map<Tool, Promise<FoundTool>>();
    ensured.set(at, running);
    const promise = running.get(tool) ?? ensureTool(tool, at, progress);
    running.set(tool, promise);
    return promise;
  };
}

const ensured = new WeakMap<Surroundings, Map<Tool, Promise<FoundTool>>>();

/** PATH is no part of it: programs that were found do not become wrong by another PATH (`npm run setup` looks afresh). */
function manifestKey(at: Surroundings): string {
  const steering = Object.entries(at.env)
    .filter(([name]) => name.startsWith("LICENSE_DB_") && name !== "LICENSE_DB_STATE")
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([MANIFEST_FORMAT, __dirname, at.user, steering]);
  return createHash("sha256").update(text).digest("hex");
}

async function prepareCache(at: Surroundings): Promise<void> {
  try {
    mkdirSync(at.cache, { recursive: true });
  } catch (error) {
    throw new Error(
      `The cache folder ${at.cache} cannot be made: ${(error as Error).message}. Name another in LICENSE_DB_CACHE.`,
    );
  }
  if (!at.user.drop) {
    return;
  }
  try {
    await run(["test", "-x", at.cache], { as: at.user });
  } catch {
    const closed = firstClosed(at.cache);
    throw new Error(
      `The servers run as user ${at.user.name}, who may not enter ${closed}, so nothing in the cache folder ` +
        `${at.cache} can be used. Open it (chmod o+x ${closed}) or name another folder in LICENSE_DB_CACHE.`,
    );
  }
}

function firstClosed(folder: string): string {
  const parents: string[] = [];
  for (let path = folder; path !== dirname(path); path = dirname(path)) {
    parents.unshift(path);
  }
  return parents.find((path) => (statSync(path).mode & 0o001) === 0) ?? folder;
}

function requireLinux(): void {
  if (process.platform !== "linux") {
    throw new Error(
      `vendor "local" runs a real PostgreSQL cluster and needs Linux (x86-64 or arm64, with glibc); this is ` +
        `${process.platform}. Use a Linux machine or a virtual one, or choose vendor aws or alicloud, which work from here.`,
    );
  }
}
