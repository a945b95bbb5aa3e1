import pg from "pg";
import {
  closeDatabase,
  contents,
  createDatabase,
  createRole,
  grantRole,
  keepValuesOutOfLog,
  openDatabase,
  RISKY_ROLE,
  restrictRole,
  roleSetting,
  setVerifier,
} from "../../bootstrap/applicationDatabase";
import { scramVerifier } from "../../bootstrap/scram";
import { type Step, take } from "../../bootstrap/steps";
import type { SetUp } from "./event";
import type { Credentials } from "./secrets";

/** Only one function at a time works on a server; any number will do. */
const LOCK = 7_156_204;

type Roles = Pick<SetUp, "username" | "iamUsername">;

/** What holds for the whole server. RDS's administrator is no superuser: it cannot read pg_authid, for one. */
const roles = ({ username, iamUsername }: Roles): Step[] => [
  createRole(username),
  restrictRole(username, "administrator"),
  createRole(iamUsername),
  grantRole("rds_iam", iamUsername, `IAM authentication granted to ${iamUsername}`),
  grantRole(username, iamUsername),
  // What it makes belongs to the application's role, however the application logged in.
  roleSetting(iamUsername, "role", username, `${iamUsername} acts as ${username}`),
];

const database = ({ database, username }: Pick<SetUp, "database" | "username">): Step[] => [
  createDatabase(database),
  // "postgres" stays open to all: RDS Proxy checks the server's health there.
  closeDatabase(database),
  openDatabase(database, username),
];

/** All of it, for whoever does it from elsewhere: on the server, and in the application's database. */
export const awsSteps = (asked: Roles & Pick<SetUp, "database" | "extensions">) => ({
  server: [...roles(asked), ...database(asked), ...quiet(asked)],
  contents: contents(asked.username, asked.extensions),
});

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
 * Keeps secrets out of PostgreSQL's log. AWS's rotation function sends the new password in plain text, as the
 * application's role, as `ALTER USER … WITH PASSWORD`, which `log_statement = ddl` would write down; and slow statements
 * would take along the values they carry. Where the server does not let its administrator set that, the parameter group
 * alone decides.
 */
const quiet = ({ username, iamUsername }: Roles): Step[] => [
  {
    ...roleSetting(username, "log_statement", "none", `statements of ${username} kept out of the log`),
    ifAllowed: true,
  },
  keepValuesOutOfLog(username),
  keepValuesOutOfLog(iamUsername),
];

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
    await take(client, quiet(asked), did, (what) => did(`${what}: the server leaves that to the parameter group`));
    await session(writer, { ...master, database: asked.database }, (inside) =>
      take(inside, contents(asked.username, asked.extensions), did),
    );
    await ensurePassword(client, writer, passwords, did);
  });
}
