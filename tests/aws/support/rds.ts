import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { issue, newAuthority } from "../../../components/local/provider/host/tls";
import { postgresBin, type ScratchServer, startScratchServer } from "../../../ops/catalogue/server";
import { freePort } from "../../local/support/ports";

export const MASTER = { username: "licensemaster", password: "of-the-master-0" };

/**
 * A PostgreSQL server set up as RDS sets its own up: TLS and SCRAM or nothing, and an administrator who is no superuser.
 */
export class StandIn {
  private constructor(
    private readonly server: ScratchServer,
    private readonly folder: string,
    readonly port: number,
    /** PEM; vouches for the server. */
    readonly ca: string,
  ) {}

  readonly host = "localhost";

  static async start(database: string): Promise<StandIn> {
    const bin = postgresBin();
    if (bin === undefined) throw new Error("no PostgreSQL 15 is installed: LICENSE_DB_POSTGRES_BIN names its folder");
    const folder = mkdtempSync(join(tmpdir(), "license-db-rds-"));
    const authority = await newAuthority("stand-in", 1);
    const { cert, key } = await issue(authority, "localhost", ["localhost"], 1);
    const files = {
      "server.crt": cert,
      "server.key": key,
      hba: "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n",
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
    mkdirSync(join(folder, "log"));
    giveToServer(folder);
    const port = await freePort();
    const server = await startScratchServer(bin, {
      listen_addresses: "localhost",
      port: String(port),
      hba_file: join(folder, "hba"),
      ssl: "on",
      ssl_cert_file: join(folder, "server.crt"),
      ssl_key_file: join(folder, "server.key"),
      logging_collector: "on",
      log_directory: join(folder, "log"),
      log_statement: "all",
      log_min_duration_statement: "0",
      log_connections: "on",
    }).catch((error) => {
      rmSync(folder, { recursive: true });
      throw error;
    });
    const standIn = new StandIn(server, folder, port, authority.cert);
    await standIn.sql("create role rds_superuser", "create role rds_iam");
    await standIn.sql(
      `create role ${MASTER.username} login createdb createrole in role rds_superuser password '${MASTER.password}'`,
      // what RDS's own extension of PostgreSQL lets its administrator do, and plain PostgreSQL lets be granted
      `grant set on parameter log_statement, log_parameter_max_length to ${MASTER.username}`,
      `create database ${database} owner ${MASTER.username}`,
    );
    return standIn;
  }

  /** Statements as the superuser, whom RDS keeps for itself; the rows of the last. */
  async sql(...statements: string[]): Promise<Record<string, unknown>[]> {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await this.server.client.query(statement)).rows;
    return rows;
  }

  /** A session over verified TLS, as an application has it. */
  async session<T>(user: string, password: string, database: string, work: (client: Client) => Promise<T>): Promise<T> {
    const { host, port, ca } = this;
    const client = new Client({ host, port, user, password, database, ssl: { ca } });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** What the server wrote down. */
  log(): string {
    const folder = join(this.folder, "log");
    return readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .join("\n");
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true });
  }
}

/** The server refuses root, and a key that is not its own. */
function giveToServer(folder: string): void {
  if (process.getuid?.() !== 0) return;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  const [uid, gid] = [id("-u"), id("-g")];
  for (const name of [".", ...readdirSync(folder)]) chownSync(join(folder, name), uid, gid);
}
