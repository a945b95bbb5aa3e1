import pg from "pg"; // the PostgreSQL client of Node
import { closeDatabase, createExtension, openDatabase, restrictRole } from "../../bootstrap/applicationDatabase";
import type { Asked } from "./asked";

/** One thing that must be so. */
interface Step {
  /** A query with a row where it is so. */
  readonly unless: readonly [query: string, ...values: unknown[]];
  readonly run: string;
  /** What running it did, in words. */
  readonly did: string;
}

/** Only one function at a time works on a server; any number will do. */
const LOCK = 7_156_205;

const RESTRICTED = "select 1 from pg_roles where rolname = $1 and rolcanlogin and not (rolcreatedb or rolcreaterole)";
/** Every entry of the list of rights names somebody; 0 is "public". */
const CLOSED = `
  select 1 from pg_database
   where datname = $1
     and not exists (select from aclexplode(coalesce(datacl, acldefault('d', datdba))) where grantee = 0)`;
const OPEN = "select 1 where has_database_privilege($1, $2, 'connect') and has_database_privilege($1, $2, 'temporary')";
const EXTENSION = "select 1 from pg_extension where extname = $1";

/** What the service's own interface cannot say: the account and its database are made there. */
function steps({ database, username, extensions }: Asked): Step[] {
  return [
    { unless: [RESTRICTED, username], run: restrictRole(username, "administrator"), did: `${username} restricted` },
    { unless: [CLOSED, database], run: closeDatabase(database), did: `${database} closed to strangers` },
    {
      unless: [OPEN, username, database],
      run: openDatabase(database, username),
      did: `${database} opened to ${username}`,
    },
    ...extensions.split(",").map((extension) => ({
      unless: [EXTENSION, extension] as const,
      run: createExtension(extension),
      did: `extension ${extension} created`,
    })),
  ];
}

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
    for (const step of steps(asked)) {
      const [query, ...values] = step.unless;
      const isSo = async () => ((await client.query(query, values)).rowCount ?? 0) > 0;
      if (await isSo()) continue;
      await client.query(step.run);
      // A revoke by somebody who may not is a warning in PostgreSQL, and changes nothing.
      if (!(await isSo())) throw new Error(`${asked.administrator} may not do it: ${step.did}`);
      did.push(step.did);
    }
    return did;
  } finally {
    await client.end().catch(() => {});
  }
}
