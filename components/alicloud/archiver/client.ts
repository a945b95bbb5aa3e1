import { lookup } from "node:dns/promises";
import { join } from "node:path";
import type { Asked } from "./asked";

/** Where package.ts puts pg_dump, pg_restore and every library they need, the C library's own loader included. */
const CLIENT = join(__dirname, "client");
const LOADER = "ld-linux-x86-64.so.2";

/** A program of PostgreSQL with the libraries it came with: the runtime's own are of another age. */
export function clientCommand(program: "pg_dump" | "pg_restore", args: readonly string[]): [string, string[]] {
  return [join(CLIENT, LOADER), ["--library-path", CLIENT, join(CLIENT, program), ...args]];
}

/**
 * How libpq reaches the server, as environment variables: a command line is there for all to read. The address is looked
 * up here, as the C library that came along has none of the runtime's resolvers.
 */
export async function clientEnvironment(asked: Asked): Promise<Record<string, string>> {
  const { address } = await lookup(asked.host);
  return {
    PGHOST: asked.host,
    PGHOSTADDR: address,
    PGPORT: asked.port,
    PGDATABASE: asked.database,
    PGUSER: asked.username,
    PGPASSWORD: asked.password,
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: join(__dirname, "ca.pem"),
    PGCONNECT_TIMEOUT: "30",
    PGAPPNAME: "license-db archive",
    HOME: "/tmp",
    LC_ALL: "C",
  };
}
