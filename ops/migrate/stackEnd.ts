import pg from "pg";
import { newPassword, scramVerifier } from "../../components/bootstrap/scram";
import { MIGRATION_ROLE } from "../../components/local/provider/config/patroni";
import { administratorConfig, administratorLogin, connectAsAdministrator, direct } from "../cli/connections";
import { localCluster } from "../cli/local";
import type { Stack } from "../cli/stack";
import type { End } from "./end";
import { patroniSlots } from "./patroniSlots";

/** A stack of any vendor. */
export async function stackEnd(stack: Stack): Promise<End> {
  const local = stack.vendor === "local" ? await localCluster(stack) : undefined;
  const slots = local ? patroniSlots(local, stack.database) : undefined;
  const connect: End["connect"] = ({ statementTimeout = 30_000 } = {}) =>
    connectAsAdministrator(stack, { statementTimeout });
  return {
    label: `stack ${stack.name}`,
    stack: stack.name,
    owner: stack.username,
    cluster: local ? "patroni" : "managed",
    connect,
    config: () => administratorConfig(stack, { statementTimeout: 0 }),
    async tools() {
      if (local) return { ...(await local.superuser("writer")), dbname: stack.database };
      const { host, port } = direct(stack, "writer");
      // The servers' certificate is verified by the sessions of our own; libpq wants a file for that.
      return { host, port, dbname: stack.database, ...(await administratorLogin(stack)), sslmode: "require" };
    },
    async subscribable() {
      const password = newPassword();
      const client = await connect();
      try {
        await makeRole(client, password);
      } finally {
        await client.end();
      }
      const { host, port } = direct(stack, "writer");
      // Whoever subscribes does not have our CA file: that the server knows the verifier, bound to this very TLS
      // session, proves as much.
      return {
        ...{ host, port, dbname: stack.database, user: MIGRATION_ROLE, password },
        ...{ sslmode: "require", channel_binding: "require" },
      };
    },
    expectSlot: async (slot) => slots?.expect(slot),
    keepSlot: async (slot) => slots?.keep(slot),
    slotKept: async (slot) => slots?.everywhere(slot),
    forgetSlot: async (slot) => slots?.forget(slot),
    async dropRole() {
      const client = await connect();
      try {
        const role = pg.escapeIdentifier(MIGRATION_ROLE);
        const found = await client.query("select 1 from pg_roles where rolname = $1", [MIGRATION_ROLE]);
        if (found.rowCount === 0) return;
        await client.query(`revoke connect on database ${pg.escapeIdentifier(stack.database)} from ${role}`);
        await client.query(`drop role ${role}`);
      } finally {
        await client.end();
      }
    },
  };
}

/** May log in and replicate; a managed service has a role for the latter, as its administrators may not give it. */
async function makeRole(client: pg.Client, password: string): Promise<void> {
  const role = pg.escapeIdentifier(MIGRATION_ROLE);
  const found = await client.query("select 1 from pg_roles where rolname = $1", [MIGRATION_ROLE]);
  if (found.rowCount === 0) await client.query(`create role ${role}`);
  // The verifier is sent, not the password: it stands in no log.
  await client.query(`alter role ${role} login password ${pg.escapeLiteral(scramVerifier(password))}`);
  const service = await client.query("select 1 from pg_roles where rolname = 'rds_replication'");
  await client.query(service.rowCount === 0 ? `alter role ${role} replication` : `grant rds_replication to ${role}`);
  const { rows } = await client.query<{ database: string }>("select current_database() as database");
  await client.query(`grant connect on database ${pg.escapeIdentifier(rows[0]?.database ?? "")} to ${role}`);
}
