/** Names of databases, roles and resources. */
import { createHash } from "node:crypto";

/** Databases that PostgreSQL, poolers or services keep for themselves, and words that pg_hba.conf reads as something else. */
const takenDatabases = new Set(
  "postgres template0 template1 pgbouncer rdsadmin replication all sameuser samerole samegroup".split(" "),
);

/** Roles that PostgreSQL, the cluster's own parts or services keep for themselves. */
const takenRoles = new Set(
  [
    "postgres public none all current_user current_role session_user user root admin administrator superuser",
    "replicator replication rewind rewind_user standby patroni pgbouncer pgbackrest haproxy etcd backup monitor exporter",
    "rdsadmin rdsrepladmin rdstopmgr rdsproxyadmin aurora alicloud_rds_admin replicator_user",
  ].flatMap((names) => names.split(" ")),
);

/** Who keeps the database name for themselves, in words; undefined: nobody. */
export const databaseTakenBy = (name: string): string | undefined =>
  takenDatabases.has(name) || name.startsWith("pg_")
    ? `"${name}" is kept for PostgreSQL and the services around it`
    : undefined;

/** Who keeps the role name for themselves, in words; undefined: nobody. */
export const roleTakenBy = (name: string): string | undefined =>
  takenRoles.has(name) || /^(pg_|rds_)/.test(name)
    ? `"${name}" is kept for the server's own roles and those of the services around it`
    : undefined;

/** Room that vendors need behind the name: identifiers of some services end at 52 or 63 letters. */
const longestName = 40;
const longestProject = 16;

/**
 * The name of every resource of one stack: the project's (shortened) and the stack's, `[a-z][a-z0-9-]{1,39}`.
 * Names that lose something on the way ("Prod", "a_b", very long ones) get a few letters of a hash, so that two stacks
 * never share one.
 */
export function resourceName(project: string, stack: string): string {
  const plain = `${slug(project).slice(0, longestProject)}-${slug(stack)}`;
  if (plain === `${project}-${stack}` && plain.length <= longestName && /^[a-z]/.test(plain)) return plain;
  const hash = createHash("sha256").update(`${project}/${stack}`).digest("hex").slice(0, 6);
  return slug(`${/^[a-z]/.test(plain) ? "" : "s"}${plain.slice(0, longestName - 8)}-${hash}`);
}

/** Lower case, with single dashes for everything else. */
const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
