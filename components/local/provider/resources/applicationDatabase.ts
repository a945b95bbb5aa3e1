import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import {
  closeDatabase,
  createDatabase,
  createExtension,
  createRole,
  DATABASE,
  MISSING_EXTENSIONS,
  openDatabase,
  openSchema,
  RISKY_ROLE,
  ROLE,
  restrictRole,
  setVerifier,
} from "../../../bootstrap/applicationDatabase";
import { matchesVerifier, newPassword, scramVerifier } from "../../../bootstrap/scram";
import { clusterView, leaderOf } from "../host/patroni";
import { onMember } from "../host/sql";
import { attempt, waitFor } from "../host/wait";
import type { Place } from "../place";
import type { Progress } from "../progress";
import type { LocalResource } from "../resource";

export interface ApplicationDatabaseInputs {
  readonly place: Place;
  readonly members: readonly string[];
  readonly database: string;
  readonly username: string;
  readonly extensions: readonly string[];
}

export interface ApplicationDatabaseOutputs {
  /** Secret. */
  readonly password: string;
}

type State = ApplicationDatabaseInputs & ApplicationDatabaseOutputs;

/** The application's database and role, and the lookup the poolers authenticate clients with. */
export const applicationDatabase: LocalResource<ApplicationDatabaseInputs, ApplicationDatabaseOutputs> = {
  secrets: ["password"],

  async create(news, progress) {
    const password = newPassword();
    await ensure(news, password, progress);
    return { id: `${news.place.clusterId}-database`, outputs: { password } };
  },

  async drift(state) {
    return (await attempt(() => findings(state))) ?? ["the application's database cannot be looked at"];
  },

  async update(state, news, progress) {
    await ensure(news, state.password, progress);
    return { password: state.password };
  },

  async delete() {
    // The data goes with the cluster, never alone.
  },
};

async function onPrimary<T>(inputs: ApplicationDatabaseInputs, database: string, work: (client: Client) => Promise<T>) {
  const leader = await waitFor(async () => leaderOf(await clusterView(inputs.place, inputs.members)), {
    timeout: 60_000,
    what: "a primary",
  });
  return onMember(inputs.place, leader, work, database);
}

async function exists(client: Client, query: string, name: string): Promise<boolean> {
  return (await client.query(query, [name])).rowCount !== 0;
}

async function ensure(inputs: ApplicationDatabaseInputs, password: string, progress: Progress): Promise<void> {
  const { username } = inputs;
  const database = escapeIdentifier(inputs.database);
  progress.step(`setting up ${inputs.database} for ${username}`);
  await onPrimary(inputs, "postgres", async (client) => {
    for (const login of ["pgbouncer", username]) {
      if (!(await exists(client, ROLE, login))) await client.query(createRole(login));
    }
    await client.query(restrictRole(username, "superuser"));
    if (!(await passwordIs(client, username, password))) {
      await client.query(setVerifier(username, scramVerifier(password)));
    }
    if (!(await exists(client, DATABASE, inputs.database))) await client.query(createDatabase(inputs.database));
    await client.query(closeDatabase(inputs.database));
    await client.query("revoke connect on database postgres, template1 from public");
    await client.query("grant connect on database postgres to rewind");
    await client.query(openDatabase(inputs.database, username));
    await client.query(`grant connect on database ${database} to pgbouncer`);
  });
  await onPrimary(inputs, inputs.database, async (client) => {
    await client.query(openSchema(username));
    for (const extension of inputs.extensions) await client.query(createExtension(extension));
    await client.query(poolerLookup(username));
  });
}

/** The poolers' only right: to learn the verifier of the application's role, and of nobody else. */
const poolerLookup = (username: string): string => `
create schema if not exists pooler;
revoke all on schema pooler from public;
grant usage on schema pooler to pgbouncer;
create or replace function pooler.lookup(asked text, out username text, out verifier text) returns setof record
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select usename::text, passwd from pg_shadow where usename = asked and usename = ${escapeLiteral(username)}
  $$;
revoke all on function pooler.lookup(text) from public;
grant execute on function pooler.lookup(text) to pgbouncer;`;

async function passwordIs(client: Client, username: string, password: string): Promise<boolean> {
  const { rows } = await client.query<{ verifier: string | null }>(
    "select rolpassword as verifier from pg_authid where rolname = $1",
    [username],
  );
  return matchesVerifier(password, rows[0]?.verifier ?? "");
}

async function findings(state: State): Promise<string[]> {
  const leader = leaderOf(await clusterView(state.place, state.members));
  if (!leader) return []; // the cluster itself reports that
  const shared = await onMember(state.place, leader, async (client) => {
    const role = await client.query<{ risky: boolean }>(RISKY_ROLE, [state.username]);
    const hasDatabase = await exists(client, DATABASE, state.database);
    return {
      hasDatabase,
      found: [
        ...(hasDatabase ? [] : [`database ${state.database} is gone`]),
        ...(role.rows[0] === undefined ? [`role ${state.username} is gone`] : []),
        ...(role.rows[0]?.risky ? [`role ${state.username} has other attributes than it should`] : []),
        ...(role.rows[0] && !(await passwordIs(client, state.username, state.password))
          ? [`the password of ${state.username} was changed by hand`]
          : []),
      ],
    };
  });
  if (!shared.hasDatabase) return shared.found;
  const missing = await onMember(
    state.place,
    leader,
    async (client) => {
      const { rows } = await client.query<{ name: string }>(MISSING_EXTENSIONS, [state.extensions]);
      return rows.map(({ name }) => `extension ${name} is gone`);
    },
    state.database,
  );
  return [...shared.found, ...missing];
}
