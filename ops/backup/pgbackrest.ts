import { join } from "node:path";
import { tail } from "../../components/local/provider/host/files";
import { run } from "../../components/local/provider/host/run";
import { onMember } from "../../components/local/provider/host/sql";
import { localTools } from "../../components/local/provider/host/tools";
import { waitFor } from "../../components/local/provider/host/wait";
import { type Place, paths } from "../../components/local/provider/place";
import type { LocalCluster } from "../cli/local";
import {
  type BackupLock,
  type History,
  type Range,
  type Repository,
  readHistory,
  readInfo,
  recoveryRange,
} from "./info";

/** Milliseconds: no backup or restore is cut off for being large. */
const PATIENCE = 7 * 86_400_000;

export interface PgbackrestOptions {
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
  /** Another configuration file than the cluster's. */
  readonly config?: string;
}

/** Runs pgBackRest on the cluster's stanza, as the database's user; what it printed. Throws `CommandError`. */
export async function pgbackrest(
  place: Place,
  args: readonly string[],
  options: PgbackrestOptions = {},
): Promise<string> {
  const { config = paths(place.folder).pgbackrestConfig, ...more } = options;
  const tools = await localTools();
  return run(tools.pgbackrest, [`--config=${config}`, `--stanza=${place.name}`, ...args], {
    timeout: PATIENCE,
    ...more,
  });
}

export interface Info {
  readonly repositories: readonly Repository[];
  readonly daily: Repository;
  readonly lock: BackupLock | undefined;
}

export async function info(place: Place): Promise<Info> {
  const text = await pgbackrest(place, ["--output=json", "--log-level-console=off", "info"]);
  const { repositories, lock } = readInfo(text, place.name);
  return { repositories, lock, daily: repositories[0] as Repository };
}

/** How far the running cluster's WAL is archived. */
export interface Archiving {
  /** "15" */
  readonly version: string;
  /** ISO 8601. */
  readonly archivedAt: string | undefined;
  /** ISO 8601, where the last try failed. */
  readonly failedAt: string | undefined;
  readonly history: History;
}

export async function archiving({ place, primary }: LocalCluster): Promise<Archiving> {
  return onMember(place, await primary(), async (client) => {
    const { rows } = await client.query<
      Record<"version" | "archived" | "failed" | "timeline" | "history", string | null>
    >(
      `select current_setting('server_version_num')::int / 10000 as version, timeline,
              coalesce(pg_read_file('pg_wal/' || timeline || '.history', 0, 10000000, true), '') as history,
              to_json(last_archived_time)#>>'{}' as archived,
              case when last_failed_time > coalesce(last_archived_time, '-infinity')
                   then to_json(last_failed_time)#>>'{}' end as failed
         from pg_stat_archiver, (select left(pg_walfile_name(pg_current_wal_lsn()), 8) as timeline) t`,
    );
    const iso = (time: string | null | undefined) => (time ? new Date(time).toISOString() : undefined);
    const [row] = rows;
    return {
      version: String(row?.version),
      archivedAt: iso(row?.archived),
      failedAt: iso(row?.failed),
      history: readHistory(Number.parseInt(row?.timeline ?? "1", 16), row?.history ?? ""),
    };
  });
}

/** The range a restore of the running cluster can reach. */
export async function rangeOf(
  cluster: LocalCluster,
): Promise<{ info: Info; archiving: Archiving; range: Range | undefined }> {
  const [found, now] = await Promise.all([info(cluster.place), archiving(cluster)]);
  return { info: found, archiving: now, range: recoveryRange(found.daily, now.version, now.history, now.archivedAt) };
}

/** Has everything that is committed by now in the repository: ends when the current segment of WAL is archived. */
export async function archiveNow(cluster: LocalCluster): Promise<void> {
  const { place, primary } = cluster;
  const leader = await primary();
  const segment = await onMember(place, leader, async (client) => {
    // A segment without a record in it would not be switched, nor need it be.
    const { rows } = await client.query<{ name: string }>(
      "select pg_walfile_name(pg_switch_wal()) as name from (select pg_create_restore_point('license-db')) made",
    );
    return rows[0]?.name ?? "";
  });
  const archived = () =>
    onMember(place, leader, async (client) => {
      const { rows } = await client.query<{ done: boolean }>(
        "select coalesce(left(last_archived_wal, 24) >= $1, false) as done from pg_stat_archiver",
        [segment],
      );
      return rows[0]?.done;
    });
  await waitFor(archived, {
    timeout: 120_000,
    what: `the archiving of WAL (segment ${segment})`,
    evidence: () => tail(join(paths(place.folder).log, `${place.name}-archive-push-async.log`)),
  });
}
