/**
 * The application's database, as every vendor sets it up: the statements, so that who may do what is the same wherever
 * the database lives. Which of them run, in what order and as whom, the vendor says.
 */
import { escapeLiteral as literal, escapeIdentifier as name } from "pg"; // the PostgreSQL client of Node

/** $1: a database's name. A row when it is there. */
export const DATABASE = "select 1 from pg_database where datname = $1";

/** $1: a role's name. A row when it is there. */
export const ROLE = "select 1 from pg_roles where rolname = $1";

/** $1: a role's name. `risky`: it may do to the cluster what an application's role may not, or cannot log in. */
export const RISKY_ROLE = `
  select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls or not rolcanlogin as risky
    from pg_roles where rolname = $1`;

/** $1: names of extensions, as an array. A row `name` for each that the database lacks. */
export const MISSING_EXTENSIONS =
  "select name from unnest($1::text[]) as name where name not in (select extname from pg_extension)";

export const createRole = (role: string): string => `create role ${name(role)} login`;

/**
 * Least privilege: the application's role is nobody's member and may do nothing to the cluster.
 *
 * Only a superuser may say all of it. The administrator a service gives its customers is none, may not even say "not a
 * superuser", and does not have to: a role made by it is none.
 */
export const restrictRole = (role: string, as: "superuser" | "administrator"): string =>
  `alter role ${name(role)} login nocreatedb nocreaterole${as === "superuser" ? " nosuperuser noreplication nobypassrls" : ""}`;

/** The verifier is sent, not the password: so the password stands in no log and no statistics. */
export const setVerifier = (role: string, verifier: string): string =>
  `alter role ${name(role)} password ${literal(verifier)}`;

export const createDatabase = (database: string): string => `create database ${name(database)}`;

/** Nobody reaches the database without being named. */
export const closeDatabase = (database: string): string => `revoke all on database ${name(database)} from public`;

export const openDatabase = (database: string, role: string): string =>
  `grant connect, temporary on database ${name(database)} to ${name(role)}`;

/** In the application's database: its tables are its own. */
export const openSchema = (role: string): string => `grant usage, create on schema public to ${name(role)}`;

export const createExtension = (extension: string): string => `create extension if not exists ${name(extension)}`;
