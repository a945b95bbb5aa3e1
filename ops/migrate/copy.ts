/** The rows of all tables, as one snapshot shows them: COPY to COPY, several tables side by side, nothing on a disk between. */
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams"; // COPY's data as Node's streams.
import { columnsOf } from "./digest";
import { type End, inTransaction } from "./end";
import { plain, quoted, type TableName } from "./names";
import { noteLoaded } from "./state";

export interface CopyJob {
  readonly source: End;
  readonly target: End;
  readonly snapshot: string;
  /** The biggest first: so no worker ends much later than the others. */
  readonly tables: readonly TableName[];
  readonly jobs: number;
  readonly signal: AbortSignal;
  onBytes(bytes: number): void;
  onTable(table: TableName, rows: number): void;
}

export async function copyTables(job: CopyJob): Promise<void> {
  const queue = [...job.tables];
  // One worker's failure ends the others: they would work for nothing.
  const failed = new AbortController();
  const signal = AbortSignal.any([job.signal, failed.signal]);
  const workers = Array.from({ length: Math.min(job.jobs, queue.length) }, async () => {
    try {
      await worker({ ...job, signal }, queue);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  const ends = await Promise.allSettled(workers);
  job.signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

async function worker(job: CopyJob, queue: TableName[]): Promise<void> {
  const source = await job.source.connect({ statementTimeout: 0 });
  let target: pg.Client | undefined;
  try {
    await useSnapshot(source, job.snapshot);
    for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
      job.signal.throwIfAborted();
      for (let attempt = 1; ; attempt++) {
        try {
          target ??= await openTarget(job.target);
          job.onTable(table, await copyTable(job, table, source, target));
          break;
        } catch (error) {
          // A target that fails over comes back; the source's session holds the snapshot and cannot be had again.
          if (!isAway(error) || attempt === 30) throw error;
          await target?.end().catch(() => {});
          target = undefined;
          await endCopy(source, job.snapshot);
          await new Promise((resolve) => setTimeout(resolve, 2_000));
        }
      }
    }
  } finally {
    await Promise.all([source, target].map((client) => client?.end().catch(() => {})));
  }
}

export async function useSnapshot(client: pg.Client, snapshot: string): Promise<void> {
  await client.query("begin isolation level repeatable read read only");
  await client.query(`set transaction snapshot ${pg.escapeLiteral(snapshot)}`);
  await client.query("set local row_security = off; set local idle_in_transaction_session_timeout = 0");
  await client.query("savepoint clean");
}

/** After a COPY that was cut off the transaction is failed: back to where it only had its snapshot. */
async function endCopy(source: pg.Client, snapshot: string): Promise<void> {
  await source.query("rollback to savepoint clean").catch(async () => {
    await source.query("rollback");
    await useSnapshot(source, snapshot);
  });
}

async function openTarget(end: End): Promise<pg.Client> {
  const client = await end.connect({ statementTimeout: 0 });
  if (end.owner !== undefined) await client.query(`set role ${pg.escapeIdentifier(end.owner)}`);
  return client;
}

async function copyTable(job: CopyJob, table: TableName, source: pg.Client, target: pg.Client): Promise<number> {
  return inTransaction(target, async () => {
    // In the transaction that empties a table rows may be frozen at once: no later pass over all of them.
    await target.query(`truncate only ${quoted(table)}`);
    const { count, bytes } = await copyRows(source, target, table, " with (freeze)", job);
    await target.query("reset role");
    await noteLoaded(target, table, count, bytes);
    if (job.target.owner !== undefined) await target.query(`set role ${pg.escapeIdentifier(job.target.owner)}`);
    return count;
  });
}

/** From one session to the other. @param options COPY's at the target */
export async function copyRows(
  source: pg.Client,
  target: pg.Client,
  table: TableName,
  options = "",
  { onBytes, signal }: Partial<Pick<CopyJob, "onBytes" | "signal">> = {},
): Promise<{ count: number; bytes: number }> {
  const columns = (await columnsOf(source, table, true)).map((column) => pg.escapeIdentifier(column));
  // A table may have no column of its own.
  const what = `${quoted(table)}${columns.length > 0 ? ` (${columns.join(", ")})` : ""}`;
  const reading = source.query(copyTo(`copy ${what} to stdout`));
  const writing = target.query(copyFrom(`copy ${what} from stdin${options}`));
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      onBytes?.(chunk.length);
      done(null, chunk);
    },
  });
  try {
    await pipeline(reading, meter, writing, signal ? { signal } : {});
  } catch (error) {
    throw Object.assign(error as Error, { message: `${plain(table)}: ${(error as Error).message}` });
  }
  return { count: writing.rowCount ?? 0, bytes };
}

/** What ends with the server, and not with what was asked of it. */
export const isAway = (error: unknown): boolean => {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  return (
    /^(08|57P0|25006|ECONN|EPIPE|ENOENT|ETIMEDOUT)/.test(code) ||
    /Connection terminated|Query read timeout|no primary just now|recovery is in progress/.test(message)
  );
};
