import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { runUser } from "../../../../components/local/tools";

export interface Command {
  readonly command: readonly string[];
  readonly log: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** One server process as the database's user, brought back when it ends, as supervisord does, until told otherwise. */
export class Supervised {
  /** Whether it is started again when it ends. */
  restart = true;
  private child: ChildProcess | undefined;

  constructor(private readonly what: Command) {}

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error(`${this.what.command[0]} does not run`);
    return this.child.pid;
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  start(): this {
    const [program = "", ...args] = this.what.command;
    const log = openSync(this.what.log, "a");
    const user = runUser();
    const child = spawn(program, args, {
      cwd: "/",
      detached: true,
      stdio: ["ignore", log, log],
      env: { PATH: process.env.PATH ?? "", LANG: "C.UTF-8", ...this.what.environment },
      ...(user.drop ? { uid: user.uid, gid: user.gid } : {}),
    });
    closeSync(log);
    this.child = child;
    child.once("error", (error) => console.error(program, error));
    child.once("exit", () => {
      this.child = undefined;
      if (this.restart) this.start();
    });
    return this;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.child?.pid !== undefined) signalPid(this.child.pid, signal);
  }

  /** TERM, then KILL after `patience` ms. */
  async stop(patience = 5_000): Promise<void> {
    this.restart = false;
    this.signal("SIGCONT");
    this.signal("SIGTERM");
    if (!(await until(() => !this.running, patience))) this.signal("SIGKILL");
    await until(() => !this.running, patience);
  }
}

export function signalPid(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Whether the process exists and is no zombie. */
export async function alive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat !== undefined && !/^\d+ \(.*\) [ZX]/s.test(stat);
}

/** Polls until the condition holds. @returns whether it did within `timeout` ms. */
export async function until(condition: () => boolean | Promise<boolean>, timeout: number): Promise<boolean> {
  const deadline = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() >= deadline) return false;
    await sleep(20);
  }
  return true;
}
