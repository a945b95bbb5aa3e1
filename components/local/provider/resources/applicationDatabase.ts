import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import {
  closeDatabase,
  contents,
  createDatabase,
  createRole,
  keepValuesOutOfLog,
  MISSING_EXTENSIONS,
  openDatabase,
  RISKY_ROLE,
  restrictRole,
  setVerifier,
} from "../../../bootstrap/applicationDatabase";
import { columnEncryption } from "../../../bootstrap/columnEncryption";
import { matchesVerifier, newPassword, scramVerifier } from "../../../bootstrap/scram";
import { isSo, take } from "../../../bootstrap/steps";
import type { Progress } from "../../../provider/progress";
import type { ManagedResource } from "../../../provider/resource";
import { clusterView, leaderOf } from "../host/patroni";
import { replaceFile } from "../host/replaceFile";
import { isOlder, readRotations } from "../host/rotations";
import { onMember } from "../host/sql";
import { attempt, waitFor } from "../host/wait";
import type { Place } from "../place";

export interface ApplicationDatabaseInputs {
  readonly place: Place;
  readonly members: readonly string[];
  readonly database: string;
  readonly username: string;
  readonly extensions: readonly string[];
  /** Days after which the password is too old. */
  readonly passwordDays: number;
}

export interface ApplicationDatabaseOutputs {
  /** Secret. */
  readonly password: string;
  /** When it was made. ISO 8601; absent where an older version made it. */
  readonly passwordSince?: string;
}

type State = ApplicationDatabaseInputs & ApplicationDatabaseOutputs;

/** The application's database and role, and the lookup the poolers authenticate clients with. */
export const applicationDatabase: ManagedResource<ApplicationDatabaseInputs, ApplicationDatabaseOutputs> = {
  secrets: ["password"],

  async create(news, progress) {
    const made = freshPassword();
    await ensure(news, made.password, progress);
    return { id: `${news.place.clusterId}-database`, outputs: made };
  },

  async drift(state) {
    const found = (await attempt(() => findings(state))) ?? ["the application's database cannot be looked at"];
    return (await isDue(state)) ? [...found, "a new password was asked for"] : found;
  },

  async alarms({ username, passwordSince, passwordDays }) {
    const days = Math.floor((Date.now() - Date.parse(passwordSince ?? "")) / DAY);
    if (!(days >= passwordDays)) return [];
    return [
      `the password of ${username} is ${days} days old, and is to change every ${passwordDays}: npx license-db rotate password`,
    ];
  },

  async update(state, news, progress) {
    const due = await isDue(state);
    const { password, passwordSince } = due ? freshPassword() : state;
    await ensure(news, password, progress);
    const { file } = (await readRotations(state.place.folder)).password ?? {};
    // At once: from here on applications need it.
    if (due && file !== undefined) await replaceFile(file, password, 0o600);
    return { password, ...(passwordSince === undefined ? {} : { passwordSince }) };
  },

  async delete() {
    // The data goes with the cluster, never alone.
  },
};

const DAY = 86_400_000;

const freshPassword = (): Required<ApplicationDatabaseOutputs> => ({
  password: newPassword(),
  passwordSince: new Date().toISOString(),
});

const isDue = async ({ place, passwordSince }: State): Promise<boolean> =>
  isOlder(passwordSince, (await readRotations(place.folder)).password?.since);

async function onPrimary<T>(inputs: ApplicationDatabaseInputs, database: string, work: (client: Client) => Promise<T>) {
  const leader = await waitFor(async () => leaderOf(await clusterView(inputs.place, inputs.members)), {
    timeout: 60_000,
    what: "a primary",
  });
  return onMember(inputs.place, leader, work, database);
}

async function ensure(inputs: ApplicationDatabaseInputs, password: string, progress: Progress): Promise<void> {
  const { username } = inputs;
  const database = escapeIdentifier(inputs.database);
  const did = (what: string) => progress.step(what);
  progress.step(`setting up ${inputs.database} for ${username}`);
  await onPrimary(inputs, "postgres", async (client) => {
    const roles = [createRole("pgbouncer"), createRole(username), restrictRole(username, "superuser")];
    await take(client, [...roles, keepValuesOutOfLog(username)], did);
    if (!(await passwordIs(client, username, password))) {
      await client.query(setVerifier(username, scramVerifier(password)));
    }
    await take(client, [createDatabase(inputs.database), closeDatabase(inputs.database)], did);
    await client.query("revoke connect on database postgres, template1 from public");
    await client.query("grant connect on database postgres to rewind");
    await take(client, [openDatabase(inputs.database, username)], did);
    await client.query(`grant connect on database ${database} to pgbouncer`);
  });
  await onPrimary(inputs, inputs.database, async (client) => {
    await take(client, contents(username, inputs.extensions), did);
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
    const hasDatabase = await isSo(client, createDatabase(state.database));
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
      const gone = rows.map(({ name }) => `extension ${name} is gone`);
      if (await isSo(client, columnEncryption(state.username))) return gone;
      return [...gone, "the functions of column encryption are not as they should be"];
    },
    state.database,
  );
  return [...shared.found, ...missing];
}
