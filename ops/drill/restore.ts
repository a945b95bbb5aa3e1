import { setTimeout as sleep } from "node:timers/promises";
import type { PostgresMajor } from "../../components/local/tools";
import { rangeOf } from "../backup/pgbackrest";
import { asAdministrator } from "../cli/connections";
import { EXIT, OperationError } from "../cli/exit";
import { type LocalCluster, localCluster } from "../cli/local";
import type { Stack } from "../cli/stack";
import { candidates, obstacles } from "../restore/checks";
import { copyOptions } from "../restore/copyOptions";
import { recover } from "../restore/recover";
import { dataOf, drop, freeAt, makeItsOwn, prepare, type Scratch, serverOf } from "../restore/scratch";
import { ask, freePort, startServer } from "../restore/server";
import { TABLE } from "./scratch";

export interface Restored {
  /** Milliseconds from the beginning until the copy answered. */
  readonly took: number;
  /** The write that was made just before is in it. */
  readonly complete: boolean;
}

const LATEST = { type: "latest" } as const;
/** Beside the cluster; the same each time, so that one which a killed drill left is found. */
const folderOf = ({ place }: LocalCluster): string => `${place.folder}.drill`;

async function situationOf(cluster: LocalCluster) {
  const folder = folderOf(cluster);
  const [{ info, archiving, range }, free] = await Promise.all([rangeOf(cluster), freeAt(folder)]);
  const { version, history } = archiving;
  const { repositories } = info;
  return { target: LATEST, range, repositories, version, history, now: new Date().toISOString(), free, folder };
}

/** What would keep a restore from being done here. */
export async function restoreObstacles(stack: Stack): Promise<string[]> {
  return obstacles(await situationOf(await localCluster(stack)));
}

/**
 * Makes one write, waits until the backups hold it, and says how long that took: what is written later than that before a
 * machine is lost is lost with it.
 *
 * @returns milliseconds.
 */
export function archived(stack: Stack, patience: number, signal: AbortSignal): Promise<number> {
  return asAdministrator(stack, async (client) => {
    const began = performance.now();
    await client.query(`insert into ${TABLE} (id) values ('restore')`);
    const { rows } = await client.query<{ segment: string }>("select pg_walfile_name(pg_current_wal_lsn()) as segment");
    const segment = rows[0]?.segment ?? "";
    while (performance.now() - began < patience) {
      signal.throwIfAborted();
      const found = await client.query<{ last: string | null }>(
        "select substr(last_archived_wal, 1, 24) as last from pg_stat_archiver",
      );
      // The first eight digits are the timeline's; segments of one timeline are in order.
      if ((found.rows[0]?.last ?? "") >= segment) return performance.now() - began;
      await sleep(100);
    }
    throw new OperationError(
      EXIT.found,
      `A write was not in the backups after ${Math.round(patience / 1000)} s: archiving does not work (npx license-db status).`,
    );
  });
}

/** Restores the newest state that the backups hold beside the cluster, starts it, looks into it, and removes it again. */
export async function restoreBeside(
  stack: Stack,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<Restored> {
  const cluster = await localCluster(stack);
  const { place } = cluster;
  const situation = await situationOf(cluster);
  const scratch: Scratch = {
    folder: folderOf(cluster),
    port: await freePort(),
    version: situation.version as PostgresMajor,
    target: "a drill",
    madeAt: situation.now,
  };
  // What a drill that was killed has left.
  await drop(place, scratch);
  try {
    const began = performance.now();
    await prepare(place, scratch);
    const server = await serverOf(scratch);
    const own = await copyOptions(place, scratch.folder);
    const what = {
      place,
      target: LATEST,
      exclusive: false,
      data: dataOf(scratch.folder),
      options: own,
      signal,
      progress,
    };
    await recover(what, candidates(situation), async () => {
      await makeItsOwn(scratch, "");
      await startServer(server, {}, signal);
    });
    const rows = await ask(server, `select 1 from ${TABLE} where id = 'restore'`, stack.database);
    return { took: performance.now() - began, complete: rows.length === 1 };
  } finally {
    await drop(place, scratch);
  }
}
