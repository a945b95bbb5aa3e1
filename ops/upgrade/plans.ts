import type pg from "pg";

/** A statement that matters, as pg_stat_statements has it. */
export interface Statement {
  readonly query: string;
  readonly calls: number;
  /** Milliseconds in all. */
  readonly total: number;
}

/** A plan's shape: its nodes from the top, and what the planner thinks it costs. */
export interface Plan {
  readonly shape: string;
  readonly cost: number;
}

export interface Comparison {
  readonly query: string;
  readonly calls: number;
  readonly before?: Plan;
  readonly after?: Plan;
  readonly verdict: "same" | "other plan" | "dearer" | "fails";
  /** Why it fails. */
  readonly error?: string;
}

/** So many times the cost counts as dearer; what costs less than CHEAP is never dear. */
const DEARER = 2;
const CHEAP = 100;

/** The statements that took most of the time; utility statements have no plan. */
export const TOP = `
  select query, calls::int as calls, total_exec_time as total from pg_stat_statements s
    join pg_database d on d.oid = s.dbid
   where d.datname = current_database() and toplevel and query ~* '^\\s*(select|insert|update|delete|with|merge)\\y'
     and query !~* 'pg_stat_statements'
   order by total_exec_time desc limit $1`;

interface Node {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Total Cost": number;
  readonly Plans?: readonly Node[];
}

/** "Nested Loop(Index Scan customers_pkey, Seq Scan licenses)" */
export function shapeOf(node: Node): string {
  const on = node["Index Name"] ?? node["Relation Name"];
  const own = on === undefined ? node["Node Type"] : `${node["Node Type"]} ${on}`;
  const inner = node.Plans?.map(shapeOf) ?? [];
  return inner.length === 0 ? own : `${own}(${inner.join(", ")})`;
}

export function compare(statement: Statement, before: Plan | Error, after: Plan | Error): Comparison {
  const { query, calls } = statement;
  const common = { query, calls };
  if (before instanceof Error) {
    // Nothing to compare with: not what the upgrade changed.
    return { ...common, ...(after instanceof Error ? {} : { after }), verdict: "same" };
  }
  if (after instanceof Error) return { ...common, before, verdict: "fails", error: after.message };
  const dearer = after.cost > Math.max(before.cost * DEARER, CHEAP);
  return {
    ...common,
    before,
    after,
    verdict: dearer ? "dearer" : after.shape === before.shape ? "same" : "other plan",
  };
}

/** Plans each statement for any values of its parameters; nothing of it runs. */
export async function plan(client: pg.Client, statements: readonly Statement[]): Promise<(Plan | Error)[]> {
  await client.query("set plan_cache_mode = force_generic_plan");
  const plans: (Plan | Error)[] = [];
  for (const { query } of statements) plans.push(await planOne(client, query).catch((error: Error) => error));
  return plans;
}

async function planOne(client: pg.Client, query: string): Promise<Plan> {
  await client.query("begin read only");
  try {
    // A deallocated name is free for the next; statements are texts of pg_stat_statements, whose values are $1, $2, …
    await client.query(`prepare license_db_plan as ${query}`);
    const { rows } = await client.query<{ count: number }>(
      "select cardinality(parameter_types) as count from pg_prepared_statements where name = 'license_db_plan'",
    );
    const nulls = Array.from({ length: rows[0]?.count ?? 0 }, () => "null").join(", ");
    const found = await client.query<{ "QUERY PLAN": [{ Plan: Node }] }>(
      `explain (format json) execute license_db_plan${nulls === "" ? "" : `(${nulls})`}`,
    );
    const node = found.rows[0]?.["QUERY PLAN"][0].Plan;
    if (node === undefined) throw new Error("it has no plan");
    return { shape: shapeOf(node), cost: node["Total Cost"] };
  } finally {
    await client.query("rollback");
    await client.query("deallocate all");
  }
}
