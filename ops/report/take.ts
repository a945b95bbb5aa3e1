import type pg from "pg";
import { onMember } from "../../components/local/provider/host/sql";
import { connectAsAdministrator } from "../cli/connections";
import { EXIT, OperationError } from "../cli/exit";
import { localCluster } from "../cli/local";
import type { Stack } from "../cli/stack";
import { askServer, OURS } from "../status/sql";
import { redact } from "./redact";
import { type Audit, DATABASE_COUNTERS, type Index, type ServerCounters, type Snapshot, type Table } from "./snapshot";

/** Names of servers, and how each is asked. The first is the primary. */
type Servers = readonly { readonly name: string; ask<T>(work: (client: pg.Client) => Promise<T>): Promise<T> }[];

/** Looks at every server that can be reached by itself. */
export async function takeSnapshot(stack: Stack): Promise<Snapshot> {
  const servers = stack.vendor === "local" ? await membersOf(stack) : endpointsOf(stack);
  const [primary] = servers;
  if (primary === undefined) throw new OperationError(EXIT.failed, `Stack ${stack.name} has no server that answers.`);
  const facts = await primary.ask(askServer);
  const counters: ServerCounters[] = [];
  const uses: Use[] = [];
  for (const server of servers) {
    // A replica that is away is left out; without the primary there is nothing to tell.
    const found = await server
      .ask(async (client) => ({ own: await countersOf(client, server.name), use: await usesOf(client) }))
      .catch((error: unknown) => {
        if (server === primary) throw error;
        return undefined;
      });
    // Where there is no replica, the reader's endpoint leads to the primary.
    if (found === undefined || (server !== primary && found.own.role === "primary")) continue;
    counters.push(found.own);
    uses.push(found.use);
  }
  const rest = await primary.ask(async (client) => ({
    databaseBytes: Number((await one(client, "select pg_database_size(current_database()) as value")).value),
    tables: tablesWith(await tablesOf(client), uses),
    indexes: indexesWith(await indexesOf(client), uses),
    pendingRestart: (await all<{ name: string }>(client, "select name from pg_settings where pending_restart")).map(
      (row) => row.name,
    ),
    audit: await auditOf(client),
  }));
  return {
    takenAt: new Date().toISOString(),
    stack: stack.name,
    vendor: stack.vendor,
    database: stack.database,
    version: (facts.version ?? "").split(" ")[0] ?? "",
    servers: counters,
    ...rest,
    transactionAge: facts.transactionAge ?? 0,
    connections: { used: facts.used ?? 0, most: facts.most ?? 0 },
    lag: (facts.standbys ?? []).map(({ name, lagSeconds, lagBytes }) => ({
      name,
      seconds: lagBytes === 0 ? 0 : lagSeconds,
      bytes: lagBytes,
    })),
  };
}

async function membersOf(stack: Stack): Promise<Servers> {
  const cluster = await localCluster(stack);
  const primary = await cluster.primary();
  const names = [primary, ...cluster.members.filter((name) => name !== primary)];
  return names.map((name) => ({ name, ask: (work) => onMember(cluster.place, name, work, stack.database) }));
}

/** A cloud shows its primary, and one of its replicas at a time. */
const endpointsOf = (stack: Stack): Servers =>
  (["writer", "reader"] as const).map((role) => ({
    name: role,
    async ask(work) {
      const client = await connectAsAdministrator(stack, { role, statementTimeout: 120_000 });
      try {
        return await work(client);
      } finally {
        await client.end().catch(() => {});
      }
    },
  }));

async function all<R extends pg.QueryResultRow>(client: pg.Client, text: string): Promise<R[]> {
  return (await client.query<R>(`${OURS} ${text}`)).rows;
}

async function one(client: pg.Client, text: string): Promise<Record<string, unknown>> {
  return (await all(client, text))[0] ?? {};
}

async function countersOf(client: pg.Client, name: string): Promise<ServerCounters> {
  const row = await one(
    client,
    `select to_json(pg_postmaster_start_time())#>>'{}' as started, pg_is_in_recovery() as replica,
            to_json(stats_reset)#>>'{}' as since from pg_stat_statements_info`,
  );
  const counted = await one(
    client,
    `select ${DATABASE_COUNTERS.map((column) => `${column}::float8`).join(", ")} from pg_stat_database where datname = current_database()`,
  );
  return {
    name,
    role: row.replica === true ? "replica" : "primary",
    startedAt: new Date(String(row.started)).toISOString(),
    statementsSince: new Date(String(row.since)).toISOString(),
    statements: await statementsOf(client),
    database: counted as ServerCounters["database"],
  };
}

interface RawStatement {
  readonly id: string;
  readonly text: string;
  readonly all: readonly Readonly<Record<string, number>>[];
}

/** By JSON, as the columns have other names in each major version. Our own look is left out. */
async function statementsOf(client: pg.Client): Promise<ServerCounters["statements"]> {
  const rows = await all<RawStatement>(
    client,
    `select queryid::text as id, min(left(query, 4000)) as text,
            json_agg(to_jsonb(s) - 'query' - 'stats_since' - 'minmax_stats_since') as all
       from pg_stat_statements s
      where dbid = (select oid from pg_database where datname = current_database()) and queryid is not null
        and query not like '${OURS}%' and query not like '%license_db_drill.%'
      group by queryid order by sum(total_exec_time) desc`,
  );
  return rows.map(({ id, text, all: found }) => {
    const sum = (...columns: string[]) =>
      found.reduce((total, row) => total + columns.reduce((part, column) => part + Number(row[column] ?? 0), 0), 0);
    return {
      id,
      text: redact(text),
      calls: sum("calls"),
      time: sum("total_exec_time"),
      rows: sum("rows"),
      hit: sum("shared_blks_hit", "local_blks_hit"),
      read: sum("shared_blks_read", "local_blks_read"),
      // From 17 on reading shared and local pages is counted apart.
      io: sum(
        ...["blk_read_time", "blk_write_time", "shared_blk_read_time", "shared_blk_write_time"],
        ...["local_blk_read_time", "local_blk_write_time", "temp_blk_read_time", "temp_blk_write_time"],
      ),
      temp: sum("temp_blks_written"),
    };
  });
}

/** How often tables and indexes were read on one server: name -> counts. */
interface Use {
  readonly tables: ReadonlyMap<string, { readonly sequential: number; readonly rows: number; readonly index: number }>;
  readonly indexes: ReadonlyMap<string, number>;
}

async function usesOf(client: pg.Client): Promise<Use> {
  const tables = await all<{ name: string; sequential: number; rows: number; index: number }>(
    client,
    `select format('%I.%I', schemaname, relname) as name, seq_scan::float8 as sequential, seq_tup_read::float8 as rows,
            coalesce(idx_scan, 0)::float8 as index from pg_stat_user_tables`,
  );
  const indexes = await all<{ name: string; scans: number }>(
    client,
    "select format('%I.%I', schemaname, indexrelname) as name, idx_scan::float8 as scans from pg_stat_user_indexes",
  );
  return {
    tables: new Map(tables.map(({ name, ...rest }) => [name, rest])),
    indexes: new Map(indexes.map(({ name, scans }) => [name, scans])),
  };
}

type RawTable = Omit<Table, "sequentialScans" | "sequentialRows" | "indexScans">;

/**
 * A page has 24 bytes of its own, a row 24 and a pointer of 4, and fillfactor leaves some free. The planner's statistics
 * tell the rows' average width; what a table has beyond that is bloat, or was never analyzed.
 */
const tablesOf = (client: pg.Client): Promise<RawTable[]> =>
  all<RawTable>(
    client,
    `select format('%I.%I', n.nspname, c.relname) as name, pg_total_relation_size(c.oid)::float8 as bytes,
            greatest(c.reltuples, 0)::float8 as rows, coalesce(s.n_dead_tup, 0)::float8 as dead,
            c.reltuples >= 0 and w.width is not null as analyzed,
            case when c.reltuples > 0 and w.width is not null then greatest(0, pg_relation_size(c.oid) - 8192 * ceil(
              c.reltuples * (28 + 8 * ceil(w.width / 8.0)) / ((8192 - 24) * f.fill / 100.0))) else 0 end::float8 as bloat
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       left join pg_stat_user_tables s on s.relid = c.oid
       left join lateral (select sum(avg_width * (1 - null_frac)) as width from pg_stats
                           where schemaname = n.nspname and tablename = c.relname) w on true
      cross join lateral (select coalesce((select option_value::int from pg_options_to_table(c.reloptions)
                                            where option_name = 'fillfactor'), 100) as fill) f
      where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema')
      order by 2 desc`,
  );

const tablesWith = (tables: readonly RawTable[], uses: readonly Use[]): Table[] =>
  tables.map((table) => {
    const found = uses.flatMap((use) => use.tables.get(table.name) ?? []);
    const sum = (value: (one: (typeof found)[number]) => number) => found.reduce((total, one) => total + value(one), 0);
    return {
      ...table,
      sequentialScans: sum(({ sequential }) => sequential),
      sequentialRows: sum(({ rows }) => rows),
      indexScans: sum(({ index }) => index),
    };
  });

const indexesOf = (client: pg.Client): Promise<Omit<Index, "scans">[]> =>
  all(
    client,
    `select format('%I.%I', n.nspname, i.relname) as name, format('%I.%I', n.nspname, t.relname) as table,
            pg_relation_size(i.oid)::float8 as bytes,
            x.indisunique or x.indisexclusion or exists (select from pg_constraint where conindid = i.oid) as rule,
            concat_ws(' ', x.indrelid, i.relam, x.indkey, x.indclass, x.indcollation, x.indoption,
                      pg_get_expr(x.indexprs, x.indrelid), pg_get_expr(x.indpred, x.indrelid)) as shape
       from pg_index x
       join pg_class i on i.oid = x.indexrelid
       join pg_class t on t.oid = x.indrelid
       join pg_namespace n on n.oid = t.relnamespace
      where n.nspname !~ '^pg_' and x.indisvalid
      order by 3 desc`,
  );

const indexesWith = (indexes: readonly Omit<Index, "scans">[], uses: readonly Use[]): Index[] =>
  indexes.map((index) => ({
    ...index,
    scans: uses.reduce((total, use) => total + (use.indexes.get(index.name) ?? 0), 0),
  }));

async function auditOf(client: pg.Client): Promise<Audit> {
  const row = await one(
    client,
    `select exists (select from pg_available_extensions where name = 'pgaudit') as available,
            current_setting('pgaudit.log', true) as log`,
  );
  return {
    available: row.available === true,
    loaded: typeof row.log === "string",
    ...(typeof row.log === "string" ? { log: row.log } : {}),
  };
}
