import type pg from "pg";
import type { Figure } from "./alarms";

/** What one server tells of itself. What it does not let us see is absent. */
export interface ServerFacts {
  readonly version?: string;
  readonly recovery?: boolean;
  readonly timeline?: number;
  readonly used?: number;
  readonly most?: number;
  /** Percent of the transaction ids there are. */
  readonly transactionAge?: number;
  /** Bytes of WAL kept for the slot that is furthest behind. */
  readonly slotBytes?: number;
  readonly walBytes?: number;
  /** Seconds that the oldest segment has waited to be archived. */
  readonly archiveWait?: number;
  /** Seconds that a replica is behind. */
  readonly replayLag?: number;
  readonly standbys?: readonly Standby[];
}

export interface Standby {
  readonly name: string;
  readonly state: string;
  readonly sync: boolean;
  readonly lagBytes: number;
  readonly lagSeconds: number;
}

/** Begins what operations ask, so that reports on the application's statements can leave it out. */
export const OURS = "/* license-db */";

/** Each by itself, as services keep some of it from their customers. */
const QUESTIONS: Readonly<Record<keyof ServerFacts, string>> = {
  version: "select current_setting('server_version') as value",
  recovery: "select pg_is_in_recovery() as value",
  timeline: "select timeline_id as value from pg_control_checkpoint()",
  used: "select count(*)::int as value from pg_stat_activity where backend_type = 'client backend'",
  most: "select current_setting('max_connections')::int as value",
  transactionAge: "select (100.0 * max(age(datfrozenxid)) / 2e9)::float8 as value from pg_database",
  slotBytes: `select coalesce(max(pg_wal_lsn_diff(
      case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, restart_lsn)), 0)::float8 as value
    from pg_replication_slots`,
  walBytes: "select coalesce(sum(size), 0)::float8 as value from pg_ls_waldir()",
  archiveWait: `select coalesce(extract(epoch from now() - min(modification)), 0)::float8 as value
    from pg_ls_archive_statusdir() where name like '%.ready' and not pg_is_in_recovery()`,
  replayLag: `select case when pg_last_wal_receive_lsn() is not distinct from pg_last_wal_replay_lsn() then 0
      else coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0) end::float8 as value
    where pg_is_in_recovery()`,
  standbys: `select coalesce(json_agg(json_build_object(
      'name', application_name, 'state', state, 'sync', sync_state in ('sync', 'quorum'),
      'lagBytes', coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::float8,
      'lagSeconds', coalesce(extract(epoch from replay_lag), 0)::float8)), '[]') as value
    from pg_stat_replication where not pg_is_in_recovery()`,
};

export async function askServer(client: pg.Client): Promise<ServerFacts> {
  const facts: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(QUESTIONS)) {
    const rows = await client.query<{ value: unknown }>(`${OURS} ${text}`).then(
      (answer) => answer.rows,
      (error: { code?: unknown }) => {
        // The server's own "no" has a code; a connection that is gone answers nothing more.
        if (typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code)) return [];
        throw error;
      },
    );
    const value = rows[0]?.value;
    if (value !== undefined && value !== null) facts[name] = value;
  }
  return facts;
}

/** What the catalogue's alerts are about, as far as SQL tells. @param storage bytes of the disk, where known. */
export function figuresOf(member: string, facts: ServerFacts, storage: number | undefined): Figure[] {
  const of = (alert: string, value: number | undefined): Figure[] =>
    value === undefined ? [] : [{ alert, member, value }];
  const share = (bytes: number | undefined) =>
    bytes === undefined || storage === undefined ? undefined : (100 * bytes) / storage;
  const { used, most } = facts;
  return [
    ...of("connections", used === undefined || most === undefined ? undefined : (100 * used) / most),
    ...of("walDisk", share(facts.walBytes)),
    ...(facts.recovery === true
      ? of("replicationLag", facts.replayLag)
      : [
          ...of("transactionAge", facts.transactionAge),
          ...of("slotLag", share(facts.slotBytes)),
          ...of("archiving", facts.archiveWait),
        ]),
  ];
}
