import type pg from "pg";
import { type End, on, rows } from "./end";
import { OWN_SCHEMAS, plain, SCHEMA, type TableName } from "./names";

/** One table of the application's, a partition being one of its own. */
export interface SurveyedTable extends TableName {
  readonly bytes: number;
  /** As the planner estimates; -1 where it has never looked. */
  readonly rows: number;
  /** r: a table; p: partitioned, its rows are in its partitions. */
  readonly kind: "r" | "p";
  /** What tells its rows apart for updates and deletes: a key, the whole row, or nothing. */
  readonly identity: "key" | "full" | "none";
}

export interface Extension {
  readonly name: string;
  readonly version: string;
}

/** All that the checks want to know of an end. */
export interface Survey {
  readonly label: string;
  /** 150004 */
  readonly versionNumber: number;
  readonly version: string;
  readonly system: string;
  readonly database: string;
  readonly encoding: string;
  readonly collation: string;
  /** libc, icu */
  readonly collationProvider: string;
  readonly inRecovery: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly bytes: number;
  readonly tables: readonly SurveyedTable[];
  readonly sequences: number;
  readonly unlogged: readonly string[];
  readonly foreign: readonly string[];
  readonly largeObjects: number;
  readonly extensions: readonly Extension[];
  readonly availableExtensions: Readonly<Record<string, string>>;
  /** Extensions whose own tables hold data of the user's. */
  readonly extensionData: readonly string[];
  readonly publications: readonly string[];
  readonly subscriptions: readonly string[];
  readonly slots: readonly { readonly name: string; readonly active: boolean; readonly logical: boolean }[];
  readonly walSenders: number;
  readonly prepared: number;
  /** Of objects, other than system's. */
  readonly owners: readonly string[];
  /** Roles that have been granted something on a table, beside its owner. */
  readonly grantees: readonly string[];
  /** Languages of functions that only a superuser may create: c, plperlu. */
  readonly untrusted: readonly string[];
  readonly eventTriggers: readonly string[];
  /** The connecting user. */
  readonly user: string;
  readonly superuser: boolean;
  readonly replication: boolean;
  readonly mayCreate: boolean;
  /** Of the tables, those that the user may not read. */
  readonly unreadable: readonly string[];
  /** Virtual generated columns (from 18 on). */
  readonly virtualColumns: readonly string[];
  /** Left by a migration. */
  readonly leftover: boolean;
}

const SETTINGS = [
  "wal_level",
  "max_replication_slots",
  "max_wal_senders",
  "max_logical_replication_workers",
  "max_worker_processes",
  "max_slot_wal_keep_size",
  "synchronous_standby_names",
  "server_encoding",
];

/** Of the application's schemas: not the system's, not an extension's, not our own. $1: our own. */
const OURS = `
  n.nspname <> all($1) and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** $1: our own schemas. The tables of the application, partitions being tables of their own. */
export const TABLES = `
  select n.nspname as schema, c.relname as name, c.relkind as kind, c.relpersistence as persistence,
         c.reltuples::float8 as rows,
         case when c.relkind = 'r' then pg_table_size(c.oid) else 0 end::float8 as bytes,
         case when c.relreplident = 'f' then 'full'
              when c.relreplident = 'i' and exists (
                     select 1 from pg_index i where i.indrelid = c.oid and i.indisreplident) then 'key'
              when c.relreplident = 'd' and exists (
                     select 1 from pg_index i where i.indrelid = c.oid and i.indisprimary) then 'key'
              else 'none' end as identity
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'f') and ${OURS}
   order by n.nspname, c.relname`;

interface TableRow extends Omit<SurveyedTable, "kind"> {
  readonly kind: "r" | "p" | "f";
  /** p: permanent; u: unlogged. */
  readonly persistence: "p" | "u" | "t";
}

/** The tables that are moved, the biggest first, and the partitioned ones, which have no rows of their own. */
export async function applicationTables(client: pg.Client): Promise<SurveyedTable[]> {
  return permanent(await rows<TableRow>(client, TABLES, [OWN_SCHEMAS]));
}

const permanent = (found: readonly TableRow[]): SurveyedTable[] =>
  found
    .filter(({ kind, persistence }) => kind !== "f" && persistence === "p")
    .map(({ persistence: _persistence, ...table }) => table as SurveyedTable)
    .sort((a, b) => b.bytes - a.bytes);

/** Those that hold rows. */
export const filled = <T extends { readonly kind: SurveyedTable["kind"] }>(tables: readonly T[]): T[] =>
  tables.filter(({ kind }) => kind === "r");

export const survey = (end: End): Promise<Survey> => on(end, (client) => look(client, end.label));

async function look(client: pg.Client, label: string): Promise<Survey> {
  const one = async <R extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<R> =>
    (await rows<R>(client, sql, values))[0] as R;
  const names = async (sql: string, values: unknown[] = []): Promise<string[]> =>
    (await rows<{ name: string }>(client, sql, values)).map(({ name }) => name);
  const settings = Object.fromEntries(
    (
      await rows<{ name: string; setting: string }>(
        client,
        "select name, setting from pg_settings where name = any($1)",
        [SETTINGS],
      )
    ).map(({ name, setting }) => [name, setting]),
  );
  const versionNumber = Number((await one<{ n: string }>("select current_setting('server_version_num') as n")).n);
  const provider = versionNumber >= 150_000 ? "datlocprovider" : "'c'";
  const database = await one<{
    database: string;
    encoding: string;
    collation: string;
    provider: string;
    bytes: number;
    recovery: boolean;
    system: string;
    version: string;
  }>(
    `select current_database() as database, pg_encoding_to_char(encoding) as encoding, datcollate as collation,
            ${provider} as provider, pg_database_size(oid)::float8 as bytes, pg_is_in_recovery() as recovery,
            (select system_identifier::text from pg_control_system()) as system,
            current_setting('server_version') as version
       from pg_database where datname = current_database()`,
  );
  const all = await rows<TableRow>(client, TABLES, [OWN_SCHEMAS]);
  const counts = await one<{ sequences: number; large: number; senders: number; prepared: number }>(
    `select (select count(*)::int from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where c.relkind = 'S' and ${OURS}) as sequences,
            (select count(*)::int from pg_largeobject_metadata) as large,
            (select count(*)::int from pg_stat_replication) as senders,
            (select count(*)::int from pg_prepared_xacts where database = current_database()) as prepared`,
    [OWN_SCHEMAS],
  );
  const me = await one<{ user: string; superuser: boolean; replication: boolean; create: boolean }>(
    `select rolname as user,
            rolsuper or pg_has_role(oid, (select oid from pg_roles where rolname = 'rds_superuser'), 'member') is true as superuser,
            rolsuper or rolreplication
              or pg_has_role(oid, (select oid from pg_roles where rolname = 'rds_replication'), 'member') is true as replication,
            has_database_privilege(current_database(), 'create') as create
       from pg_roles where rolname = current_user`,
  );
  return {
    label,
    versionNumber,
    version: database.version,
    system: database.system,
    database: database.database,
    encoding: database.encoding,
    collation: database.collation,
    collationProvider: database.provider === "i" ? "icu" : database.provider === "c" ? "libc" : "builtin",
    inRecovery: database.recovery,
    settings,
    bytes: database.bytes,
    tables: permanent(all),
    sequences: counts.sequences,
    unlogged: all.filter(({ kind, persistence }) => kind === "r" && persistence === "u").map(plain),
    foreign: all.filter(({ kind }) => kind === "f").map(plain),
    largeObjects: counts.large,
    extensions: await rows(
      client,
      "select extname as name, extversion as version from pg_extension where extname <> 'plpgsql' order by 1",
    ),
    availableExtensions: Object.fromEntries(
      (await rows<Extension>(client, "select name, default_version as version from pg_available_extensions")).map(
        ({ name, version }) => [name, version],
      ),
    ),
    extensionData: await names(
      "select extname as name from pg_extension where extconfig is not null and extname <> 'plpgsql'",
    ),
    publications: await names("select pubname as name from pg_publication"),
    subscriptions: await names(
      "select subname as name from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())",
    ).catch(() => names("select subname as name from pg_stat_subscription")),
    slots: await rows(
      client,
      "select slot_name as name, active, slot_type = 'logical' as logical from pg_replication_slots",
    ),
    walSenders: counts.senders,
    prepared: counts.prepared,
    owners: await names(
      `select distinct pg_get_userbyid(c.relowner) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where ${OURS} order by 1`,
      [OWN_SCHEMAS],
    ),
    grantees: await names(
      `select distinct coalesce(r.rolname, 'public') as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
         left join pg_roles r on r.oid = a.grantee
        where ${OURS} and a.grantee <> c.relowner order by 1`,
      [OWN_SCHEMAS],
    ),
    untrusted: await names(
      `select distinct l.lanname as name
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
        where not l.lanpltrusted and l.lanname <> 'internal' and n.nspname <> all($1)
          and n.nspname not in ('pg_catalog', 'information_schema')
          and not exists (select 1 from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`,
      [OWN_SCHEMAS],
    ),
    eventTriggers: await names(
      `select evtname as name from pg_event_trigger e where not exists (
         select 1 from pg_depend d where d.classid = 'pg_event_trigger'::regclass and d.objid = e.oid and d.deptype = 'e')`,
    ),
    user: me.user,
    superuser: me.superuser,
    replication: me.replication,
    mayCreate: me.create,
    unreadable: await names(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and ${OURS} and not has_table_privilege(c.oid, 'select')`,
      [OWN_SCHEMAS],
    ),
    virtualColumns:
      versionNumber < 180_000
        ? []
        : await names(
            `select format('%I.%I.%I', n.nspname, c.relname, a.attname) as name
               from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
              where a.attgenerated = 'v' and ${OURS}`,
            [OWN_SCHEMAS],
          ),
    leftover: (await names("select nspname as name from pg_namespace where nspname = $1", [SCHEMA])).length > 0,
  };
}
