import type pg from "pg";
import { rows } from "./end";
import { type Direction, quoted, SCHEMA, type TableName } from "./names";

export interface MovedTable extends TableName {
  /** r: holds rows; p: partitioned, its rows are in its partitions. */
  readonly kind: "r" | "p";
}

/** Of both ends' write-ahead logs: each promotion begins another. */
export interface Timelines {
  readonly source: string;
  readonly target: string;
}

/** How far a migration is, kept in the target's own database: so it survives whoever runs it, and a failover. */
export interface State {
  /** Of the source, as the user knows it. */
  readonly source: string;
  /** The source's system identifier and database: a later command must name the same one. */
  readonly identity: string;
  /** loading: tables are being filled; loaded: all is there, as of the snapshot; following: from then on it is told by the subscriptions and the fences. */
  readonly phase: "loading" | "schema" | "loaded" | "following";
  /** Which way changes flow, or will. */
  readonly direction: Direction;
  /** The way back is kept after the cut-over. */
  readonly wayBack: boolean;
  readonly tables: readonly MovedTable[];
  /** When both ends were last known to hold the same. Others by now: an end has failed over since, and may have lost something. */
  readonly timelines?: Timelines;
  /** The snapshot that the load reads; absent until the tables are made. */
  readonly snapshot?: string;
  readonly startedAt: string;
  readonly loadedAt?: string;
  readonly switchedAt?: string;
}

export async function setUpState(client: pg.Client): Promise<void> {
  await client.query(`
    set client_min_messages = warning;
    create table if not exists ${SCHEMA}.state (one boolean primary key default true check (one), state jsonb not null);
    create table if not exists ${SCHEMA}.loaded (name text primary key, rows bigint not null, bytes bigint not null)`);
}

export async function readState(client: pg.Client): Promise<State | undefined> {
  const [there] = await rows(client, "select 1 where to_regclass($1) is not null", [`${SCHEMA}.state`]);
  if (there === undefined) return undefined;
  return (await rows<{ state: State }>(client, `select state from ${SCHEMA}.state`))[0]?.state;
}

export async function writeState(client: pg.Client, state: State): Promise<State> {
  await client.query(
    `insert into ${SCHEMA}.state (state) values ($1) on conflict (one) do update set state = excluded.state`,
    [JSON.stringify(state)],
  );
  return state;
}

/** Part of the transaction that fills the table: it is there whole, or not at all. */
export async function noteLoaded(client: pg.Client, table: TableName, count: number, bytes: number): Promise<void> {
  await client.query(`insert into ${SCHEMA}.loaded values ($1, $2, $3)`, [quoted(table), count, bytes]);
}

export async function loadedTables(client: pg.Client): Promise<ReadonlySet<string>> {
  return new Set((await rows<{ name: string }>(client, `select name from ${SCHEMA}.loaded`)).map(({ name }) => name));
}
