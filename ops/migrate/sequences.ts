import type pg from "pg";
import { rows } from "./end";
import { OWN_SCHEMAS, quoted, type TableName } from "./names";

interface Position {
  readonly name: string;
  readonly last: string;
  readonly called: boolean;
}

const SEQUENCES = `
  select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'S' and n.nspname <> all($1) and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** Sets every sequence of `to` to exactly where it stands at `from`. @returns how many */
export async function copySequences(from: pg.Client, to: pg.Client): Promise<number> {
  const names = (await rows<TableName>(from, SEQUENCES, [OWN_SCHEMAS])).map(quoted);
  if (names.length === 0) return 0;
  const each = names.map(
    (_, index) =>
      `select $${index + 1}::text as name, last_value::text as last, is_called as called from ${names[index]}`,
  );
  const positions = await rows<Position>(from, each.join(" union all "), names);
  await to.query(
    "select setval(name::regclass, last::bigint, called) from unnest($1::text[], $2::text[], $3::bool[]) as t(name, last, called)",
    [positions.map(({ name }) => name), positions.map(({ last }) => last), positions.map(({ called }) => called)],
  );
  return names.length;
}
