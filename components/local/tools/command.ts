import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { RunUser } from "./runUser";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Drop to this user (as root). */
  readonly as?: RunUser | undefined;
  /** Milliseconds; the whole process group is killed after it. */
  readonly timeout?: number;
  /** What errors call the command; its full arguments if absent. */
  readonly label?: string;
  /** Called with every line the command prints. */
  readonly onLine?: (line: string) => void;
}

export class CommandFailed extends Error {}

/** Runs a command to its end; what it wrote to standard output. Throws {@link CommandFailed} with the last lines it said. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const [file, ...args] = argv;
  const label = options.label ?? argv.join(" ");
  const child = spawn(file as string, args, {
    // The caller's folder may be unreadable for the user we drop to.
    cwd: options.cwd ?? (options.as?.drop ? "/" : undefined),
    env: options.env ? { ...options.env } : process.env,
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that a time-out ends the compilers and downloads it started, too.
    detached: true,
    ...(options.as?.drop ? { uid: options.as.uid, gid: options.as.gid } : {}),
  });
  const stopGroup = () => killGroup(child.pid);
  watch(stopGroup);
  const stdout: string[] = [];
  const said: string[] = [];
  const reader = (keep: string[] | undefined) => {
    let rest = "";
    return (chunk: string) => {
      keep?.push(chunk);
      const lines = (rest + chunk).split(/[\r\n]+/);
      rest = lines.pop() ?? "";
      for (const line of lines.filter((text) => text.trim() !== "")) {
        said.push(line);
        options.onLine?.(line);
      }
      if (said.length > 200) {
        said.splice(0, 100);
      }
    };
  };
  child.stdout.setEncoding("utf8").on("data", reader(stdout));
  child.stderr.setEncoding("utf8").on("data", reader(undefined));
  let timedOut = false;
  const timer = options.timeout
    ? setTimeout(() => {
        timedOut = true;
        stopGroup();
      }, options.timeout)
    : undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) => reject(new CommandFailed(explain(file as string, error))));
      child.once("close", (code, signal) => {
        if (timedOut) {
          reject(new CommandFailed(`${label}: no answer within ${(options.timeout ?? 0) / 1000} s`));
        } else if (code !== 0) {
          reject(new CommandFailed(`${label}: ${signal ?? `exit ${code}`}: ${lastWords(said)}`));
        } else {
          resolve();
        }
      });
    });
  } finally {
    clearTimeout(timer);
    unwatch(stopGroup);
  }
  return stdout.join("");
}

/** The executables called `name` on PATH, in its order. npm's own additions are left out: they are not the machine's. */
export function onPath(name: string, path: string = process.env.PATH ?? ""): string[] {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "" && !folder.includes("node_modules"))
    .map((folder) => join(folder, name))
    .filter(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Groups of their own get no Ctrl-C from the terminal: they are ended with us. */
const alive = new Set<() => void>();

function stopAll(): void {
  for (const stop of alive) {
    stop();
  }
}

function stopAndExit(signal: NodeJS.Signals): void {
  stopAll();
  process.exit(signal === "SIGINT" ? 130 : 143);
}

function watch(stop: () => void): void {
  if (alive.size === 0) {
    process.on("exit", stopAll).on("SIGINT", stopAndExit).on("SIGTERM", stopAndExit);
  }
  alive.add(stop);
}

function unwatch(stop: () => void): void {
  alive.delete(stop);
  if (alive.size === 0) {
    process.off("exit", stopAll).off("SIGINT", stopAndExit).off("SIGTERM", stopAndExit);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** A network failure hides among warnings, behind an error that names only its consequence. */
const NETWORK =
  /temporary failure[a-z ]*resol\w*|could not resolve|connection refused|network is unreachable|timed out|certificate verify failed/i;

/** What a failed command's last lines say is wrong: the network first, then its errors, else all it said last. */
export function lastWords(said: readonly string[]): string {
  const last = said.slice(-12).map((line) => line.trim().slice(0, 300));
  const network = NETWORK.exec(last.join("\n"))?.[0];
  const errors = last.filter((line) => /^(e:|err:|error|fatal|.*\berror:)/i.test(line));
  const words = (errors.length > 0 ? errors : last).slice(-2);
  return [...(network === undefined ? [] : [network.toLowerCase()]), ...words].join(" | ") || "it said nothing";
}

function explain(file: string, error: NodeJS.ErrnoException): string {
  const words: Record<string, string> = { ENOENT: "not found", EACCES: "may not be read or executed" };
  return `${file}: ${words[error.code ?? ""] ?? error.message}`;
}
