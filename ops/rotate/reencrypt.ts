import type pg from "pg";
import { escapeIdentifier as name } from "pg";
import { SCHEMA } from "../../components/bootstrap/columnEncryption";

/** Key id -> 32 bytes in base64. */
export type Keys = Readonly<Record<string, string>>;

/** A table without partitions (or one partition), as the server knows it. */
export interface Piece {
  /** Quoted where it has to be, with its schema. */
  readonly table: string;
  /** 8 KB each. */
  readonly pages: number;
}

/** Pages done in one transaction: a few thousand rows, so that nobody waits long for one of them. */
const PAGES = 64;

/** PostgreSQL: undone for another's sake; the same again. */
const AGAIN = /^(40001|40P01|55P03)$/;

/** $1: a table. Those that hold its rows. */
const PIECES = `
  select leaf.oid::regclass::text as table, (pg_relation_size(leaf.oid) / current_setting('block_size')::int)::int as pages
    from (select $1::regclass as oid where not exists (select from pg_partition_tree($1::regclass))
          union all select relid from pg_partition_tree($1::regclass) where isleaf) as leaf`;

/** $1: a table; $2: a column. */
const COLUMN =
  "select atttypid::regtype::text as type from pg_attribute where attrelid = to_regclass($1) and attname = $2 and attnum > 0 and not attisdropped";

/** The column's type; undefined when there is no such column, or no such table. */
export async function columnType(client: pg.Client, table: string, column: string): Promise<string | undefined> {
  return (await client.query<{ type: string }>(COLUMN, [table, column])).rows[0]?.type;
}

/** How many values there are of each key. Reads the whole table. */
export async function countByKey(client: pg.Client, table: string, column: string): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; count: string }>(
    `select ${SCHEMA}.key_id(${name(column)}) as id, count(*) from ${await quoted(client, table)}
      where ${name(column)} is not null group by 1 order by 1`,
  );
  return new Map(rows.map(({ id, count }) => [id, Number(count)]));
}

const quoted = async (client: pg.Client, table: string): Promise<string> =>
  (await client.query<{ table: string }>("select $1::regclass::text as table", [table])).rows[0]?.table ?? table;

/**
 * Encrypts what another key encrypted with this one, some pages at a time, each in a transaction of its own. What is
 * done stays done; rows that were moved meanwhile are found by the next pass, until one finds none.
 *
 * @param done told of the values that were encrypted anew.
 */
export async function reencrypt(
  client: pg.Client,
  {
    table,
    column,
    to,
    keys,
  }: { readonly table: string; readonly column: string; readonly to: string; readonly keys: Keys },
  done: (values: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    let found = 0;
    for (const piece of (await client.query<Piece>(PIECES, [table])).rows) {
      for (let page = 0; page < piece.pages; page += PAGES) {
        signal.throwIfAborted();
        const values = await batch(client, piece.table, column, to, keys, page);
        found += values;
        if (values > 0) done(values);
      }
    }
    if (found === 0) return;
  }
}

async function batch(client: pg.Client, table: string, column: string, to: string, keys: Keys, page: number) {
  const field = name(column);
  for (let tries = 1; ; tries++) {
    try {
      await client.query("begin");
      // Parameters, as all that is a secret: statements are logged and counted, these are not.
      for (const [id, key] of Object.entries(keys)) await client.query(`select ${SCHEMA}.set_key($1, $2)`, [id, key]);
      const { rowCount } = await client.query(
        `update ${table} set ${field} = ${SCHEMA}.encrypt(${SCHEMA}.decrypt(${field}), $1)
          where ctid >= $2::tid and ctid < $3::tid and ${field} is not null and ${SCHEMA}.key_id(${field}) <> $1`,
        [to, `(${page},0)`, `(${page + PAGES},0)`],
      );
      await client.query("commit");
      return rowCount ?? 0;
    } catch (error) {
      await client.query("rollback").catch(() => {});
      if (!AGAIN.test((error as { code?: string }).code ?? "") || tries === 10) throw error;
    }
  }
}
