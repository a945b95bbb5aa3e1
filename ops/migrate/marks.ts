/** What a migration keeps in either database, in a schema of its own. */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { inTransaction, rows } from "./end";
import { quoted, SCHEMA, type TableName } from "./names";

/**
 * Markers travel with the changes: when one has arrived, everything committed before it has. `pause` holds the subscriber
 * there until whoever holds the advisory lock lets go: only its trigger for replicated rows does that.
 * The fence refuses every writer but the replication: its triggers do not fire for that.
 */
const SETUP = `
  create schema if not exists ${SCHEMA};
  create table if not exists ${SCHEMA}.marker (id text primary key, at timestamptz not null, pause bigint);
  create or replace function ${SCHEMA}.pause() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(new.pause);
      return null;
    end $$;
  drop trigger if exists pause on ${SCHEMA}.marker;
  create trigger pause after insert on ${SCHEMA}.marker for each row when (new.pause is not null)
    execute function ${SCHEMA}.pause();
  alter table ${SCHEMA}.marker enable replica trigger pause;
  create or replace function ${SCHEMA}.refuse() returns trigger language plpgsql as $$
    begin
      raise exception 'this database takes no writes: its data is being moved, or has been'
        using errcode = 'read_only_sql_transaction', hint = 'write to the other end of the migration';
    end $$;`;

/** Again and again without harm. */
export async function setUpMarks(client: pg.Client): Promise<void> {
  await inTransaction(client, async () => {
    await client.query("set local client_min_messages = warning");
    await client.query(SETUP);
  });
}

export async function hasMarks(client: pg.Client): Promise<boolean> {
  return (await rows(client, "select 1 from pg_namespace where nspname = $1", [SCHEMA])).length > 0;
}

export async function removeMarks(client: pg.Client): Promise<void> {
  await client.query("set client_min_messages = warning");
  await client.query(`drop schema if exists ${SCHEMA} cascade`);
}

const MARKER = `insert into ${SCHEMA}.marker values ($1, clock_timestamp(), $2)`;

export async function setMarker(client: pg.Client, id: string, pause?: string): Promise<void> {
  await client.query(MARKER, [id, pause ?? null]);
}

async function hasMarker(client: pg.Client, id: string): Promise<boolean> {
  return (await rows(client, `select 1 from ${SCHEMA}.marker where id = $1`, [id])).length > 0;
}

/**
 * Waits for a marker, at most `wait` milliseconds, looking every `pause`.
 *
 * @returns whether it has arrived.
 */
export async function markerArrives(client: pg.Client, id: string, wait: number, pause: number): Promise<boolean> {
  for (const until = performance.now() + wait; performance.now() < until; await sleep(pause)) {
    if (await hasMarker(client, id)) return true;
  }
  return false;
}

/** Those that nobody waits for any more. */
export async function dropMarkers(client: pg.Client): Promise<void> {
  await client.query(`delete from ${SCHEMA}.marker where at < clock_timestamp() - interval '1 minute'`);
}

const TRIGGER = "license_db_fence";

/** How many tables refuse writes, of how many. */
export async function fenced(client: pg.Client, tables: readonly TableName[]): Promise<boolean> {
  const found = await rows<TableName>(
    client,
    `select n.nspname as schema, c.relname as name from pg_trigger t join pg_class c on c.oid = t.tgrelid
       join pg_namespace n on n.oid = c.relnamespace where t.tgname = $1`,
    [TRIGGER],
  );
  const there = new Set(found.map(quoted));
  return tables.length > 0 && tables.every((table) => there.has(quoted(table)));
}

/** To be called in a transaction: whoever writes has ended, and nobody begins, when it returns. */
export async function raiseFence(client: pg.Client, tables: readonly TableName[]): Promise<void> {
  await client.query(`lock table ${tables.map(quoted).join(", ")} in share row exclusive mode`);
  await client.query(
    tables
      .map(
        (table) =>
          `drop trigger if exists ${TRIGGER} on ${quoted(table)};
           create trigger ${TRIGGER} before insert or update or delete or truncate on ${quoted(table)}
             for each statement execute function ${SCHEMA}.refuse()`,
      )
      .join(";\n"),
  );
}

export async function lowerFence(client: pg.Client, tables: readonly TableName[]): Promise<void> {
  await inTransaction(client, async () => {
    await client.query("set local client_min_messages = warning");
    await client.query(tables.map((table) => `drop trigger if exists ${TRIGGER} on ${quoted(table)}`).join(";\n"));
  });
}
