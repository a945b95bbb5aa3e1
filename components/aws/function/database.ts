import pg, { escapeLiteral as literal, escapeIdentifier as name } from "pg";
import {
  closeDatabase,
  createDatabase,
  createExtension,
  createRole,
  DATABASE,
  openDatabase,
  openSchema,
  RISKY_ROLE,
  ROLE,
  restrictRole,
  setVerifier,
} from "../../bootstrap/applicationDatabase";
import { scramVerifier } from "../../bootstrap/scram";
import type { SetUp } from "./event";
import type { Credentials } from "./secrets";

/** One thing that must be so. */
interface Step {
  /** A query with a row where it is so. */
  readonly unless: readonly [query: string, ...values: unknown[]];
  readonly run: string;
  /** What running it did, in words. */
  readonly did: string;
}

/** Only one function at a time works on a server; any number will do. */
const LOCK = 7_156_204;

const RESTRICTED = "select 1 from pg_roles where rolname = $1 and rolcanlogin and not (rolcreatedb or rolcreaterole)";
const EXTENSION = "select 1 from pg_extension where extname = $1";
const MEMBER = "select 1 where pg_has_role($1, $2, 'member')";
/** Every entry of the list of rights names somebody; 0 is "public". */
const CLOSED = `
  select 1 from pg_database
   where datname = $1
     and not exists (select from aclexplode(coalesce(datacl, acldefault('d', datdba))) where grantee = 0)`;
const DATABASE_OPEN = `
  select 1 where has_database_privilege($1, $2, 'connect') and has_database_privilege($1, $2, 'temporary')`;
const SCHEMA_OPEN = `
  select 1 where has_schema_privilege($1, 'public', 'usage') and has_schema_privilege($1, 'public', 'create')`;
const ROLE_SETTING = `
  select 1 from pg_db_role_setting join pg_roles on pg_roles.oid = setrole
   where rolname = $1 and setdatabase = 0 and $2 = any(setconfig)`;

/** What holds for the whole server. RDS's administrator is no superuser: it cannot read pg_authid, for one. */
const roles = ({ username, iamUsername }: SetUp): Step[] => [
  { unless: [ROLE, username], run: createRole(username), did: `role ${username} created` },
  {
    unless: [RESTRICTED, username],
    run: restrictRole(username, "administrator"),
    did: `role ${username} restricted`,
  },
  { unless: [ROLE, iamUsername], run: createRole(iamUsername), did: `role ${iamUsername} created` },
  {
    unless: [MEMBER, iamUsername, "rds_iam"],
    run: `grant rds_iam to ${name(iamUsername)}`,
    did: `IAM authentication granted to ${iamUsername}`,
  },
  {
    unless: [MEMBER, iamUsername, username],
    run: `grant ${name(username)} to ${name(iamUsername)}`,
    did: `${username} granted to ${iamUsername}`,
  },
  {
    // What it makes belongs to the application's role, however the application logged in.
    unless: [ROLE_SETTING, iamUsername, `role=${username}`],
    run: `alter role ${name(iamUsername)} set role to ${literal(username)}`,
    did: `${iamUsername} acts as ${username}`,
  },
];

const database = ({ database, username }: SetUp): Step[] => [
  { unless: [DATABASE, database], run: createDatabase(database), did: `database ${database} created` },
  // "postgres" stays open to all: RDS Proxy checks the server's health there.
  { unless: [CLOSED, database], run: closeDatabase(database), did: `database ${database} closed to strangers` },
  {
    unless: [DATABASE_OPEN, username, database],
    run: openDatabase(database, username),
    did: `database ${database} opened to ${username}`,
  },
];

const contents = ({ username, extensions }: SetUp): Step[] => [
  { unless: [SCHEMA_OPEN, username], run: openSchema(username), did: `schema public opened to ${username}` },
  ...extensions.map((extension) => ({
    unless: [EXTENSION, extension] as const,
    run: createExtension(extension),
    did: `extension ${extension} created`,
  })),
];

/** How the function speaks to the writer. */
export interface Writer {
  readonly asked: SetUp;
  /** PEM; what vouches for the writer. */
  readonly ca: string;
}

async function session<T>(
  { asked, ca }: Writer,
  as: Credentials & { readonly database: string },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: asked.host,
    port: asked.port,
    user: as.username,
    password: as.password,
    database: as.database,
    application_name: "license-db",
    ssl: { ca, rejectUnauthorized: true, minVersion: "TLSv1.2" },
    connectionTimeoutMillis: 10_000,
    query_timeout: 40_000,
    statement_timeout: 30_000,
  });
  client.on("error", () => {}); // a connection that dies makes the running query fail; that is enough
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function take(client: pg.Client, steps: readonly Step[], did: (what: string) => void): Promise<void> {
  for (const step of steps) {
    const [query, ...values] = step.unless;
    if ((await client.query(query, values)).rowCount) continue;
    await client.query(step.run);
    did(step.did);
  }
}

/** Whether the application can log in with this password. */
async function opens(writer: Writer, password: string): Promise<boolean> {
  const { username, database } = writer.asked;
  try {
    return await session(writer, { username, password, database }, async () => true);
  } catch (error) {
    if ((error as { code?: string }).code === "28P01") return false;
    throw error;
  }
}

export interface Passwords {
  current(): Promise<string>;
  /** Of a rotation under way. */
  pending(): Promise<string | undefined>;
}

/** Tries it for so long to let a rotation under way come to its end. */
const ROTATION = { tries: 10, pause: 3_000 };

/**
 * Makes the password the role's own. Nobody but a superuser can ask for a role's verifier, so logging in tells.
 *
 * Between two steps of a rotation the server has the new password already and the secret still the old one: that mends
 * itself, and setting the old one back would break it.
 */
async function ensurePassword(
  client: pg.Client,
  writer: Writer,
  passwords: Passwords,
  did: (what: string) => void,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const password = await passwords.current();
    if (await opens(writer, password)) return;
    const pending = await passwords.pending();
    const rotating = pending !== undefined && pending !== password && (await opens(writer, pending));
    if (!rotating || tries === ROTATION.tries) {
      await client.query(setVerifier(writer.asked.username, scramVerifier(password)));
      did(`password of ${writer.asked.username} set`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, ROTATION.pause));
  }
}

/** Attributes that only a superuser could take away again, and that nobody but one could have given. */
async function refuseRisks(client: pg.Client, username: string): Promise<void> {
  const { rows } = await client.query<{ risky: boolean }>(RISKY_ROLE, [username]);
  if (rows[0]?.risky) {
    throw new Error(
      `Role ${username} may do more than an application should (superuser, replication or bypass of row security), ` +
        "and only a superuser can take that away. Choose another license-db:access.username.",
    );
  }
}

/**
 * Keeps what the application's role does out of PostgreSQL's log: AWS's rotation function sends the new password in
 * plain text, as `ALTER USER … WITH PASSWORD`, which `log_statement = ddl` would write down. Where the server does not
 * let its administrator set that, it is said, and the parameter group alone decides.
 */
async function keepQuiet(client: pg.Client, { username }: SetUp, did: (what: string) => void): Promise<void> {
  const step: Step = {
    unless: [ROLE_SETTING, username, "log_statement=none"],
    run: `alter role ${name(username)} set log_statement to 'none'`,
    did: `statements of ${username} kept out of the log`,
  };
  try {
    await take(client, [step], did);
  } catch (error) {
    if ((error as { code?: string }).code !== "42501") throw error;
    did(`statements of ${username} are logged as the parameter group says: the server allows no exception`);
  }
}

/** Brings the server to where the application can use it, from any state. */
export async function ensureDatabase(
  writer: Writer,
  master: Credentials,
  passwords: Passwords,
  did: (what: string) => void,
): Promise<void> {
  const { asked } = writer;
  await session(writer, { ...master, database: "postgres" }, async (client) => {
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await take(client, roles(asked), did);
    await refuseRisks(client, asked.username);
    await take(client, database(asked), did);
    await keepQuiet(client, asked, did);
    await session(writer, { ...master, database: asked.database }, (inside) => take(inside, contents(asked), did));
    await ensurePassword(client, writer, passwords, did);
  });
}
