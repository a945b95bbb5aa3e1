import { readFile, stat } from "node:fs/promises";
import pg from "pg";
import { type ConnectionOptions, parse } from "pg-connection-string"; // Reads a libpq address as libpq does.
import { EXIT, OperationError, refused } from "../cli/exit";
import type { Conninfo } from "./conninfo";
import type { End, SessionOptions } from "./end";

export const SOURCE_VARIABLE = "LICENSE_DB_SOURCE";

/** Where the address of a server that is no stack stands: never on the command line, as it may hold the password. */
export interface ServerOptions {
  /** A file of mode 0600 with the address. Without it: the variable LICENSE_DB_SOURCE. */
  readonly sourceFile?: string;
  /** HOST:PORT at which the stack's server reaches it, where that is another than ours. */
  readonly sourceSeenAs?: string;
}

/** A plain PostgreSQL, by its libpq address. Throws `OperationError` where the address does not do. */
export async function serverEnd(options: ServerOptions, env: NodeJS.ProcessEnv = process.env): Promise<End> {
  const address = await readAddress(options.sourceFile, env[SOURCE_VARIABLE]);
  const found = understood(address, env);
  const { host, port, database, user, password } = found;
  const seen = seenAs(options.sourceSeenAs);
  const tls = tlsOf(address);
  const config: pg.ClientConfig = {
    host,
    port: Number(port),
    database,
    user,
    ...(password === undefined ? {} : { password }),
    ...(found.ssl === undefined ? {} : { ssl: found.ssl }),
    application_name: "license-db migrate",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  };
  async function connect({ statementTimeout = 30_000 }: SessionOptions = {}): Promise<pg.Client> {
    const client = new pg.Client({ ...config, statement_timeout: statementTimeout });
    client.on("error", () => {});
    await client.connect();
    return client;
  }
  // The server that subscribes, and PostgreSQL's programs, are told the password that a session of ours came in with.
  const libpq = async (): Promise<Conninfo> => {
    const client = await connect();
    const known = password ?? passwordOf(client);
    await client.end();
    return { host, port, dbname: database, user, password: known, ...tls };
  };
  return {
    label: `${host}:${port}/${database}`,
    cluster: "single",
    connect,
    config: async () => config,
    tools: libpq,
    subscribable: async () => ({ ...(await libpq()), ...seen }),
    expectSlot: async () => {},
    keepSlot: async () => {},
    slotKept: async () => {},
    forgetSlot: async () => {},
    dropRole: async () => {},
  };
}

async function readAddress(file: string | undefined, variable: string | undefined): Promise<string> {
  if (file === undefined) {
    if (variable) return variable.trim();
    throw refused([
      `There is no source: put its address (postgresql://user@host:5432/database?sslmode=verify-full) into the variable ${SOURCE_VARIABLE}, or into a file that only you may read and name that with --source-file; or, where it is a stack, name that with --from-stack.`,
    ]);
  }
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw refused([`--source-file: ${file} is not there.`]);
  if ((found.mode & 0o077) !== 0) {
    throw refused([
      `--source-file: ${file} may be read by others (mode ${(found.mode & 0o777).toString(8)}); it may hold a password: chmod 600 ${file}`,
    ]);
  }
  return (await readFile(file, "utf8")).trim();
}

type Understood = {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  readonly ssl?: pg.ClientConfig["ssl"];
};

/** The parts that are needed, each problem told without the address itself: it may hold the password. */
export function understood(address: string, env: Readonly<Record<string, string | undefined>> = {}): Understood {
  if (!/^postgres(ql)?:\/\//.test(address)) {
    throw refused([`The source's address is no libpq address: it begins postgresql://user@host:5432/database.`]);
  }
  let parsed: ConnectionOptions;
  try {
    // As libpq takes sslmode, not as Node's client does: require encrypts and does not verify.
    parsed = parse(address, { useLibpqCompat: true });
  } catch (error) {
    throw refused([`The source's address cannot be read: ${(error as Error).message.replaceAll(address, "…")}`]);
  }
  const host = parsed.host ?? env.PGHOST;
  const database = parsed.database ?? env.PGDATABASE;
  const user = parsed.user ?? env.PGUSER;
  const missing = Object.entries({ host, database, user }).flatMap(([name, value]) => (value ? [] : [name]));
  if (host?.includes(",")) missing.push("one host alone (a primary)");
  if (missing.length > 0) throw refused([`The source's address lacks ${missing.join(", ")}.`]);
  const password = parsed.password ?? env.PGPASSWORD;
  return {
    host: host as string,
    port: parsed.port ?? env.PGPORT ?? "5432",
    database: database as string,
    user: user as string,
    ...(password ? { password } : {}),
    ...(parsed.ssl === undefined ? {} : { ssl: parsed.ssl as pg.ClientConfig["ssl"] }),
  };
}

/** What libpq itself is to be told of TLS. */
function tlsOf(address: string): Conninfo {
  const given = new URL(address.replace(/^postgres(ql)?:/, "http:")).searchParams;
  return Object.fromEntries(
    ["sslmode", "sslrootcert", "sslcert", "sslkey"].flatMap((keyword) => {
      const value = given.get(keyword);
      return value === null ? [] : [[keyword, value]];
    }),
  );
}

/** What the client has found in PGPASSFILE or ~/.pgpass when the server asked for it. */
const passwordOf = (client: pg.Client): string | undefined =>
  (client as pg.Client & { readonly password?: string | null }).password ?? undefined;

function seenAs(text: string | undefined): Conninfo {
  if (text === undefined) return {};
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || port === undefined) {
    throw new OperationError(EXIT.usage, `--source-seen-as is "${text}": it is HOST:PORT, such as 10.0.0.7:5432.`);
  }
  return { host, port };
}
