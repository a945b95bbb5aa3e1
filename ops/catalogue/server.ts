import { execFile, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg"; // the PostgreSQL client of Node

const run = promisify(execFile);

/** Where a PostgreSQL 15 usually is; LICENSE_DB_POSTGRES_BIN names another folder. */
const binFolders = [process.env.LICENSE_DB_POSTGRES_BIN, "/usr/lib/postgresql/15/bin", "/usr/pgsql-15/bin"];

/** The folder that holds `postgres` and `initdb` of PostgreSQL 15, or undefined. */
export function postgresBin(): string | undefined {
  return binFolders.find((folder) => folder !== undefined && existsSync(join(folder, "initdb")));
}

/** A throw-away server, for asking it things. */
export interface ScratchServer {
  readonly bin: string;
  readonly data: string;
  readonly client: Client;
  /** Runs one of its programs as the server's own user. */
  run(program: string, args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** The ids the server runs with: it refuses root, so root lends it the user `postgres`. */
async function serverIds(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(["-u", "-g"].map(async (flag) => (await run("id", [flag, "postgres"])).stdout));
  return { uid: Number(uid), gid: Number(gid) };
}

/**
 * Makes and starts a server in a temporary folder, reachable through its Unix socket only unless `settings` say more.
 * @throws what initdb or postgres said when it does not start.
 */
export async function startScratchServer(
  bin: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<ScratchServer> {
  const ids = await serverIds();
  const folder = mkdtempSync(join(tmpdir(), "license-db-catalogue-"));
  if (ids) chownSync(folder, ids.uid, ids.gid);
  const data = join(folder, "data");
  const as = { ...ids, cwd: folder, env: { PATH: process.env.PATH, LANG: "C.UTF-8", TZ: "UTC" } };
  const runAs = async (program: string, args: readonly string[]): Promise<string> =>
    (await run(join(bin, program), [...args], as)).stdout;

  try {
    await runAs("initdb", ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }

  const options = { listen_addresses: "", unix_socket_directories: folder, fsync: "off", ...settings };
  const args = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(join(bin, "postgres"), ["-D", data, ...args], { ...as, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  server.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const cleanUp = async (): Promise<void> => {
    server.kill("SIGINT"); // fast shutdown
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };

  for (let attempt = 0; attempt < 200 && server.exitCode === null; attempt++) {
    const client = new Client({
      host: folder,
      port: Number(settings.port ?? 5432), // names the socket
      user: "postgres",
      database: "postgres",
    });
    try {
      await client.connect();
      const stop = async (): Promise<void> => {
        await client.end();
        await cleanUp();
      };
      return { bin, data, client, run: runAs, stop };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await cleanUp();
  throw new Error(`PostgreSQL in ${bin} did not start:\n${log}`);
}
