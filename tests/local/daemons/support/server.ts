import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { paths } from "../../../../components/local/provider/place";
import { runUser } from "../../../../components/local/tools";
import type { Bed } from "./bed";
import { alive, Supervised, until } from "./processes";

const run = promisify(execFile);

/** A plain PostgreSQL in a member's data folder, started as by a Patroni that is no more: nobody's child. */
export class Server {
  private constructor(
    private readonly bed: Bed,
    readonly data: string,
    private readonly socket: string,
    private readonly process: Supervised,
  ) {}

  static async make(bed: Bed, member: string, settings: Readonly<Record<string, string>> = {}): Promise<Server> {
    const at = paths(bed.place.folder).member(member);
    const bin = (name: string) => join(bed.tools.postgresBin, name);
    await run(bin("initdb"), ["-D", at.data, "-U", "postgres", "-A", "trust", "-N"], { ...asUser(), cwd: "/" });
    const options = ["listen_addresses=", `unix_socket_directories=${at.socket}`, "max_connections=20", "fsync=off"];
    options.push(...Object.entries(settings).map(([name, value]) => `${name}=${value}`));
    const process = new Supervised({
      command: [bin("postgres"), "-D", at.data, ...options.flatMap((option) => ["-c", option])],
      log: join(paths(bed.place.folder).log, `${member}-postgres.log`),
    });
    process.restart = false;
    return new Server(bed, at.data, at.socket, process);
  }

  async start(): Promise<this> {
    this.process.start();
    if (!(await until(() => this.answers(), 15_000))) throw new Error(`PostgreSQL in ${this.data} does not answer`);
    return this;
  }

  get pid(): number {
    return this.process.pid;
  }

  get running(): boolean {
    return this.process.running;
  }

  signal(signal: NodeJS.Signals): void {
    this.process.signal(signal);
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  sql(statement: string): Promise<string> {
    const psql = join(this.bed.tools.postgresBin, "psql");
    const args = ["-h", this.socket, "-U", "postgres", "-AtX", "-v", "ON_ERROR_STOP=1", "-c", statement];
    return run(psql, args, { ...asUser(), cwd: "/", timeout: 20_000 }).then(({ stdout }) => stdout.trim());
  }

  answers(): Promise<boolean> {
    return this.sql("select 1").then(
      () => true,
      () => false,
    );
  }

  processes(): Promise<number[]> {
    return Server.processesIn(this.data);
  }

  /** Every live server process in a data folder, the postmaster among them. */
  static async processesIn(data: string): Promise<number[]> {
    const found: number[] = [];
    for (const name of await readdir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const cwd = await readlink(`/proc/${name}/cwd`).catch(() => "");
      const command = await readFile(`/proc/${name}/comm`, "utf8").catch(() => "");
      if (cwd === data && command.trim() === "postgres" && (await alive(Number(name)))) found.push(Number(name));
    }
    return found;
  }
}

export function asUser(): { uid?: number; gid?: number } {
  const user = runUser();
  return user.drop ? { uid: user.uid, gid: user.gid } : {};
}
