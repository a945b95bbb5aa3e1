import pg from "pg";
import { rows } from "./end";
import { quoted, type TableName } from "./names";

/** What a table holds, in a few bytes: equal where the rows are, whatever their order. */
export interface Digest {
  readonly rows: string;
  readonly sum: string;
}

/** Values read the same at both ends. */
export const SAME_TEXT = [
  "set datestyle = 'ISO, YMD'",
  "set intervalstyle = 'postgres'",
  "set timezone = 'UTC'",
  "set bytea_output = 'hex'",
  "set extra_float_digits = 1",
  "set xmlbinary = 'base64'",
  "set search_path = pg_catalog",
  "set row_security = off",
];

const COLUMNS = `
  select a.attname as name from pg_attribute a
   where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`;

export async function columnsOf(client: pg.Client, table: TableName, writable = false): Promise<string[]> {
  const sql = writable ? COLUMNS.replace("order by", "and a.attgenerated = '' order by") : COLUMNS;
  return (await rows<{ name: string }>(client, sql, [quoted(table)])).map(({ name }) => name);
}

/** @param columns in the same order at both ends. @param recode the ends' encodings differ: bytes are compared as UTF8. */
export async function digest(
  client: pg.Client,
  table: TableName,
  columns: readonly string[],
  recode = false,
): Promise<Digest> {
  const row = `row(${columns.map((column) => pg.escapeIdentifier(column)).join(", ")})::text`;
  const text = recode ? `encode(convert_to(${row}, 'UTF8'), 'base64')` : row;
  const [found] = await rows<Digest>(
    client,
    `select count(*)::text as rows, coalesce(sum(hashtextextended(${text}, 0)), 0)::text as sum from only ${quoted(table)}`,
  );
  return found as Digest;
}
