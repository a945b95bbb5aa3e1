import { escapeIdentifier as name } from "pg";
import { asAdministrator } from "../cli/connections";
import type { Stack } from "../cli/stack";

const SCHEMA = "license_db_drill";
/** What a drill writes to. Its ids are not unique, so that a write that was done twice shows. */
export const TABLE = `${SCHEMA}.writes`;

/** Makes the drill's own schema; what an earlier drill that was killed has left goes first. */
export const makeScratch = (stack: Stack): Promise<void> =>
  asAdministrator(stack, async (client) => {
    await client.query(`drop schema if exists ${SCHEMA} cascade`);
    await client.query(`create schema ${SCHEMA}`);
    await client.query(`create table ${TABLE} (id text not null, at timestamptz not null default clock_timestamp())`);
    await client.query(`grant usage on schema ${SCHEMA} to ${name(stack.username)}`);
    await client.query(`grant select, insert on ${TABLE} to ${name(stack.username)}`);
  });

export const dropScratch = (stack: Stack): Promise<void> =>
  asAdministrator(stack, async (client) => {
    await client.query(`drop schema if exists ${SCHEMA} cascade`);
  });

/** id -> how many rows of it there are. */
export const keptWrites = (stack: Stack): Promise<Map<string, number>> =>
  asAdministrator(stack, async (client) => {
    const { rows } = await client.query<{ id: string; count: number }>(
      `select id, count(*)::int as count from ${TABLE} group by id`,
    );
    return new Map(rows.map(({ id, count }) => [id, count]));
  });
