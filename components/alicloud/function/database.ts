import pg from "pg"; // the PostgreSQL client of Node
import {
  closeDatabase,
  contents,
  keepValuesOutOfLog,
  openDatabase,
  restrictRole,
} from "../../bootstrap/applicationDatabase";
import { type Step, take } from "../../bootstrap/steps";
import type { Asked } from "./asked";

/** Only one function at a time works on a server; any number will do. */
const LOCK = 7_156_205;

/** What the service's own interface cannot say: the account and its database are made there. */
const steps = ({ database, username, extensions }: Asked): Step[] => [
  restrictRole(username, "administrator"),
  closeDatabase(database),
  openDatabase(database, username),
  keepValuesOutOfLog(username),
  ...contents(username, extensions.split(",")),
];

/**
 * Brings the application's database to what every vendor's is, from any state.
 *
 * @param ca PEM; what vouches for the server.
 * @returns what it had to do, in words.
 * @throws Error without a secret.
 */
export async function ensureDatabase(asked: Asked, ca: string): Promise<string[]> {
  const client = new pg.Client({
    host: asked.host,
    port: asked.port,
    user: asked.administrator,
    password: asked.password,
    database: asked.database,
    application_name: "license-db",
    ssl: { ca, rejectUnauthorized: true, minVersion: "TLSv1.2" },
    connectionTimeoutMillis: 10_000,
    query_timeout: 40_000,
    statement_timeout: 30_000,
  });
  client.on("error", () => {}); // a connection that dies makes the running query fail; that is enough
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    const did: string[] = [];
    await take(client, steps(asked), (what) => did.push(what));
    return did;
  } finally {
    await client.end().catch(() => {});
  }
}
