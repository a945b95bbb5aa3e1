import { readFile, readlink, realpath } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { tail } from "../../components/local/provider/host/files";
import { run } from "../../components/local/provider/host/run";
import { isZombie } from "../../components/local/tools/processes";

/** A PostgreSQL on a data folder of its own, outside Patroni. */
export interface Server {
  /** Folder of PostgreSQL's programs. */
  readonly bin: string;
  readonly data: string;
  readonly log: string;
  /** Folder of its unix socket. */
  readonly socket: string;
  readonly port: number;
}

export type Settings = Readonly<Record<string, string | number>>;

/** Milliseconds: recovery takes as long as there is WAL. */
const PATIENCE = 7 * 86_400_000;

/** The lines of postgresql.auto.conf, which go before all other files. */
export const settingLines = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`)
    .join("");

/** For a server nobody but us may reach while it becomes what it shall be, and that waits for nobody. */
export const ownSettings = (socket: string): Settings => ({
  listen_addresses: "",
  unix_socket_directories: socket,
  hot_standby: "off",
  synchronous_standby_names: "",
  logging_collector: "off",
  ssl: "off",
});

/** Starts it; ends when it takes connections, which with `hot_standby` off is when recovery is over. */
export async function startServer(server: Server, settings: Settings = {}, signal?: AbortSignal): Promise<void> {
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${quoted(String(value))}`);
  const given = options.length > 0 ? ["-o", options.join(" ")] : [];
  const command = ["-D", server.data, "-w", "-s", "-t", String(PATIENCE / 1000), "-l", server.log, ...given, "start"];
  await reaped(server.data);
  const failed = async (why: string) => new Error(`${why}\n${await tail(server.log, 20)}`);
  await run(join(server.bin, "pg_ctl"), command, { timeout: PATIENCE, ...(signal ? { signal } : {}) }).catch(
    async () => {
      throw await failed("PostgreSQL does not start");
    },
  );
  const pid = await postmaster(server.data);
  // pg_ctl does not wait for the end of recovery.
  for (;;) {
    signal?.throwIfAborted();
    const client = connect(server, "postgres");
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      if (pid === undefined || !(await serves(pid, server.data)))
        throw await failed("PostgreSQL ended before it had recovered");
      await sleep(100);
    }
  }
}

/** Milliseconds: a container's first process may be slow to take note of the dead, or never do it. */
const REAPING = 30_000;

/** PostgreSQL takes a server that has ended, and that nobody has reaped yet, for one that runs on its data. */
export async function reaped(data: string): Promise<void> {
  const pid = await postmaster(data);
  if (pid === undefined) return;
  for (const end = Date.now() + REAPING; isZombie(pid) && Date.now() < end; ) await sleep(50);
}

/** For pg_ctl, which hands its -o to a shell. */
const quoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;

/** Clean: with a checkpoint, after all WAL was archived. Nothing where none runs. */
export async function stopServer(
  server: Pick<Server, "bin" | "data">,
  mode: "fast" | "immediate" = "fast",
): Promise<void> {
  const pid = await postmaster(server.data);
  if (pid === undefined || !(await serves(pid, server.data))) return;
  await run(join(server.bin, "pg_ctl"), ["-D", server.data, "-w", "-s", "-t", "3600", "-m", mode, "stop"], {
    timeout: PATIENCE,
  });
}

export async function isRunning(data: string): Promise<boolean> {
  const pid = await postmaster(data);
  return pid !== undefined && serves(pid, data);
}

async function postmaster(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, "postmaster.pid"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : Number(text.split("\n")[0]);
}

/** Whether the process works on the folder: a number alone may be anybody's by now. */
async function serves(pid: number, data: string): Promise<boolean> {
  const at = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return at !== undefined && at === (await realpath(data).catch(() => undefined));
}

export function connect({ socket, port }: Pick<Server, "socket" | "port">, database: string): pg.Client {
  const client = new pg.Client({ host: socket, port, user: "postgres", database, application_name: "license-db" });
  client.on("error", () => {}); // the running query fails; that is enough
  return client;
}

export async function ask<R extends pg.QueryResultRow>(
  server: Server,
  sql: string,
  database = "postgres",
): Promise<R[]> {
  const client = connect(server, database);
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A port nobody has just now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen({ port: 0, host: "127.0.0.1" }, () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

/** Where recovery stopped, as the server's log tells; undefined where it replayed all there was. */
export async function stoppedAt(log: string): Promise<string | undefined> {
  const text = await readFile(log, "utf8").catch(() => "");
  return [...text.matchAll(/recovery stopping (.*)$/gm)].at(-1)?.[1];
}
