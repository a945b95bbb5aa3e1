/** Whether both ends hold the same, row for row: while changes flow, and where nothing is written any more. */
import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { EXIT, OperationError } from "../cli/exit";
import { useSnapshot } from "./copy";
import { columnsOf, type Digest, digest, SAME_TEXT } from "./digest";
import { inTransaction, on, rows } from "./end";
import { endHanging, type Link, nameOf } from "./link";
import { setMarker } from "./marks";
import { plain, quoted, type TableName } from "./names";

export interface Difference {
  readonly table: string;
  readonly publisher: Digest;
  readonly subscriber: Digest;
}

export interface Verified {
  readonly tables: number;
  readonly rows: number;
  readonly seconds: number;
  readonly differences: readonly Difference[];
}

interface Snapshots {
  /** Absent: nothing is written there, what is there is compared. */
  readonly publisher?: string;
  readonly subscriber?: string;
}

/** How long writers may be held up at the publisher for the moment's snapshot, in milliseconds. */
const PATIENCE = 300;

/** The changes cannot be applied: whoever applies them ends again and again. */
export class Stuck extends OperationError {
  constructor({ subscriber }: Link) {
    super(
      EXIT.failed,
      `The changes do not arrive: what applies them at ${subscriber.label} ends again and again, and the server's log there tells why. license-db migrate verify --repair begins anew.`,
    );
  }
}

/**
 * Compares all rows of both ends while changes flow. A marker goes through the stream of changes and stops the subscriber
 * behind it; its snapshot there, and the publisher's from when the marker was written (for that moment nobody else writes),
 * show the same transactions.
 */
export async function verifyFollowing(link: Link, tables: readonly TableName[], jobs: number): Promise<Verified> {
  const key = String(randomInt(2 ** 47));
  const sessions: pg.Client[] = [];
  const open = async (end: Link["publisher"]) => {
    const client = await end.connect({ statementTimeout: 0 });
    sessions.push(client);
    return client;
  };
  try {
    const [holder, watcher, publisher, subscriber] = await Promise.all([
      open(link.subscriber),
      open(link.subscriber),
      open(link.publisher),
      open(link.subscriber),
    ]);
    await holder.query("select pg_advisory_lock($1)", [key]);
    const published = await momentOf(link, publisher, tables, key);
    await pausedBy(link, watcher, key);
    const subscribed = await snapshotOf(subscriber);
    await holder.query("select pg_advisory_unlock_all()");
    const comparing = await comparer(link, Math.min(jobs, tables.length));
    try {
      return await comparing.compare(tables, { publisher: published, subscriber: subscribed });
    } finally {
      await comparing.end();
    }
  } finally {
    await Promise.all(sessions.map((client) => client.end().catch(() => {})));
  }
}

/** Keeps `keeper`'s transaction open, which gives the snapshot out. */
async function snapshotOf(keeper: pg.Client): Promise<string> {
  await keeper.query("begin isolation level repeatable read");
  const [found] = await rows<{ snapshot: string }>(keeper, "select pg_export_snapshot() as snapshot");
  return found?.snapshot ?? "";
}

/** Writers that are at work end, new ones wait; not longer than `PATIENCE`, then it is tried again later. */
async function momentOf(link: Link, keeper: pg.Client, tables: readonly TableName[], key: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await on(link.publisher, (client) =>
        inTransaction(client, async () => {
          await client.query(`set local lock_timeout = ${PATIENCE}`);
          await client.query(`lock table ${tables.map(quoted).join(", ")} in share mode`);
          await setMarker(client, randomUUID(), key);
          return snapshotOf(keeper);
        }),
      );
    } catch (error) {
      if ((error as { code?: string }).code !== "55P03") throw error;
      if (attempt === 30) {
        throw new OperationError(
          EXIT.failed,
          `Long transactions at ${link.publisher.label} leave no moment of ${PATIENCE} ms without a writer: try again when they have ended.`,
        );
      }
      await sleep(attempt * 100);
    }
  }
}

/** Of the subscriber's workers so many end while the marker is on its way: the server begins one anew every 5 s. */
const WORKERS = 5;

/** Milliseconds without anything arriving. */
const STANDSTILL = 600_000;

async function pausedBy(link: Link, watcher: pg.Client, key: string): Promise<void> {
  const workers = new Set<number>();
  let [received, since, looked] = ["", Date.now(), 0];
  for (;;) {
    if (Date.now() - looked > 1_000) {
      await endHanging(watcher, link);
      looked = Date.now();
    }
    const [found] = await rows<{ waiting: boolean; worker: number | null; received: string | null }>(
      watcher,
      `select exists (select 1 from pg_locks where locktype = 'advisory' and not granted
                         and (classid::bigint << 32 | objid::bigint) = $1::bigint) as waiting,
              max(pid) as worker, max(received_lsn::text) as received from pg_stat_subscription where subname = $2`,
      [key, nameOf(link)],
    );
    if (found?.waiting) return;
    if (found?.worker) workers.add(found.worker);
    if (workers.size > WORKERS) throw new Stuck(link);
    if (found?.received && found.received !== received) [received, since] = [found.received, Date.now()];
    if (Date.now() - since > STANDSTILL) {
      throw new OperationError(
        EXIT.failed,
        `The changes cannot be compared: none arrived within ${STANDSTILL / 1_000} s (license-db migrate status).`,
      );
    }
    await sleep(10);
  }
}

/** Sessions at both ends, in pairs: made before anybody waits. */
export interface Comparer {
  /** Without snapshots: only where nothing is written at either end. */
  compare(tables: readonly TableName[], snapshots?: Snapshots): Promise<Verified>;
  end(): Promise<void>;
}

export async function comparer(link: Link, jobs: number): Promise<Comparer> {
  const sessions: pg.Client[] = [];
  const open = async (end: Link["publisher"]) => {
    const client = await end.connect({ statementTimeout: 0 });
    sessions.push(client);
    await client.query(SAME_TEXT.join("; "));
    return client;
  };
  const pairs = await Promise.all(
    Array.from({ length: jobs }, () => Promise.all([open(link.publisher), open(link.subscriber)] as const)),
  );
  const recode = await encodingsDiffer(link);
  return {
    async compare(tables, snapshots = {}) {
      const began = performance.now();
      const queue = [...tables];
      const differences: Difference[] = [];
      let count = 0;
      await Promise.all(
        pairs.map(async ([publisher, subscriber]) => {
          if (snapshots.publisher !== undefined) await useSnapshot(publisher, snapshots.publisher);
          if (snapshots.subscriber !== undefined) await useSnapshot(subscriber, snapshots.subscriber);
          for (let table = queue.shift(); table; table = queue.shift()) {
            const columns = await columnsOf(publisher, table);
            const [theirs, ours] = await Promise.all([
              digest(publisher, table, columns, recode),
              digest(subscriber, table, columns, recode),
            ]);
            count += Number(theirs.rows);
            if (theirs.rows !== ours.rows || theirs.sum !== ours.sum) {
              differences.push({ table: plain(table), publisher: theirs, subscriber: ours });
            }
          }
        }),
      );
      return { tables: tables.length, rows: count, seconds: (performance.now() - began) / 1_000, differences };
    },
    end: async () => void (await Promise.all(sessions.map((client) => client.end().catch(() => {})))),
  };
}

async function encodingsDiffer({ publisher, subscriber }: Link): Promise<boolean> {
  const [one, other] = await Promise.all(
    [publisher, subscriber].map((end) =>
      on(end, (client) => rows<{ encoding: string }>(client, "select current_setting('server_encoding') as encoding")),
    ),
  );
  return one?.[0]?.encoding !== other?.[0]?.encoding;
}

export const compared = ({ rows: count, tables, seconds }: Verified): string =>
  `${count} rows of ${tables} tables in ${seconds.toFixed(1)} s`;

export const inWords = (
  { publisher, subscriber }: Pick<Link, "publisher" | "subscriber">,
  found: readonly Difference[],
): string =>
  found
    .map(
      ({ table, publisher: theirs, subscriber: ours }) =>
        `${table}: ${theirs.rows} rows at ${publisher.label}, ${ours.rows} at ${subscriber.label}${theirs.rows === ours.rows ? ", and their contents differ" : ""}`,
    )
    .join("\n");
