/**
 * The application's database, as every vendor sets it up: what must be so, and the statements that make it so, so that
 * who may do what is the same wherever the database lives. Which of them run, in what order and as whom, the vendor says.
 */
import { escapeLiteral as literal, escapeIdentifier as name } from "pg"; // the PostgreSQL client of Node
import { columnEncryption } from "./columnEncryption";
import type { Step } from "./steps";

/** $1: a database's name. A row when it is there. */
const DATABASE = "select 1 from pg_database where datname = $1";

/** $1: a role's name. A row when it is there. */
export const ROLE = "select 1 from pg_roles where rolname = $1";

/** $1: a role's name. `risky`: it may do to the cluster what an application's role may not, or cannot log in. */
export const RISKY_ROLE = `
  select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls or not rolcanlogin as risky
    from pg_roles where rolname = $1`;

/** $1: names of extensions, as an array. A row `name` for each that the database lacks. */
export const MISSING_EXTENSIONS =
  "select name from unnest($1::text[]) as name where name not in (select extname from pg_extension)";

const EXTENSION = "select 1 from pg_extension where extname = $1";
const MEMBER = "select 1 where pg_has_role($1, $2, 'member')";

/** What can be said of a role by whom: the administrator a service gives its customers is no superuser. */
export type As = "superuser" | "administrator";

/** Only a superuser may take these away again, and nobody but one can have given them. */
const RESTRICTED: Readonly<Record<As, string>> = {
  superuser: `
    select 1 from pg_roles
     where rolname = $1 and rolcanlogin
       and not (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)`,
  administrator: "select 1 from pg_roles where rolname = $1 and rolcanlogin and not (rolcreatedb or rolcreaterole)",
};

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

export const createRole = (role: string): Step => ({
  unless: [ROLE, role],
  run: `create role ${name(role)} login`,
  did: `role ${role} created`,
});

/**
 * Least privilege: the application's role is nobody's member and may do nothing to the cluster.
 *
 * Only a superuser may say all of it. The administrator a service gives its customers is none, may not even say "not a
 * superuser", and does not have to: a role made by it is none.
 */
export const restrictRole = (role: string, as: As): Step => ({
  unless: [RESTRICTED[as], role],
  run: `alter role ${name(role)} login nocreatedb nocreaterole${as === "superuser" ? " nosuperuser noreplication nobypassrls" : ""}`,
  did: `role ${role} restricted`,
});

/** A role may act as another, or do what a role of the service's own stands for. */
export const grantRole = (role: string, to: string, did = `${role} granted to ${to}`): Step => ({
  unless: [MEMBER, to, role],
  run: `grant ${name(role)} to ${name(to)}`,
  did,
});

/** What every session of a role starts with, wherever it leads. */
export const roleSetting = (role: string, parameter: string, value: string, did: string): Step => ({
  unless: [ROLE_SETTING, role, `${parameter}=${value}`],
  run: `alter role ${name(role)} set ${parameter} to ${literal(value)}`,
  did,
});

/**
 * The values that the application's statements carry stay out of PostgreSQL's log, where a slow statement would take
 * them along: rows, and the keys of column encryption. The statements themselves are logged as ever.
 */
export const keepValuesOutOfLog = (role: string): Step => ({
  ...roleSetting(role, "log_parameter_max_length", "0", `values that ${role} sends kept out of the log`),
  ifAllowed: true,
});

/** The verifier is sent, not the password: so the password stands in no log and no statistics. */
export const setVerifier = (role: string, verifier: string): string =>
  `alter role ${name(role)} password ${literal(verifier)}`;

export const createDatabase = (database: string): Step => ({
  unless: [DATABASE, database],
  run: `create database ${name(database)}`,
  did: `database ${database} created`,
});

/** Nobody reaches the database without being named. */
export const closeDatabase = (database: string): Step => ({
  unless: [CLOSED, database],
  run: `revoke all on database ${name(database)} from public`,
  did: `database ${database} closed to strangers`,
});

export const openDatabase = (database: string, role: string): Step => ({
  unless: [DATABASE_OPEN, role, database],
  run: `grant connect, temporary on database ${name(database)} to ${name(role)}`,
  did: `database ${database} opened to ${role}`,
});

/** What the application finds inside its database; to be taken there. Its tables are its own. */
export const contents = (role: string, extensions: readonly string[]): Step[] => [
  {
    unless: [SCHEMA_OPEN, role],
    run: `grant usage, create on schema public to ${name(role)}`,
    did: `schema public opened to ${role}`,
  },
  ...extensions.map((extension) => ({
    unless: [EXTENSION, extension] as const,
    run: `create extension if not exists ${name(extension)}`,
    did: `extension ${extension} created`,
  })),
  ...(extensions.includes("pgcrypto") ? [columnEncryption(role)] : []),
];
