import { setTimeout as sleep } from "node:timers/promises";
import type { PoolClient, QueryResult } from "pg";
import { asPosition, hasReached, type Position } from "./position";
import { READER_POSITION } from "./readers";

/** Milliseconds a reader is given to catch up: far longer than a healthy one needs, far less than a user notices. */
const CATCH_UP = 100;
const STEP = 5;

/**
 * Reads on a server that has replayed up to `position`; undefined from one that does not within a moment. Asking and
 * reading are one transaction, so that a pooler gives both to the same server.
 */
export async function readAfter<T>(
  client: PoolClient,
  position: Position,
  read: (client: PoolClient) => Promise<T>,
): Promise<T | undefined> {
  const until = performance.now() + CATCH_UP;
  // Two statements in one message, for one way there and back instead of two. Each sees what is there when it begins.
  let replayed = replayedIn(await client.query(`begin isolation level read committed read only; ${READER_POSITION}`));
  while (replayed !== undefined && !hasReached(replayed, position)) {
    if (performance.now() > until) {
      await client.query("rollback");
      return undefined;
    }
    await sleep(STEP);
    replayed = replayedIn(await client.query(READER_POSITION));
  }
  try {
    const result = await read(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

/** Undefined from a server that is no replica: it shows everything. */
function replayedIn(answer: QueryResult | readonly QueryResult[]): Position | undefined {
  const last = (Array.isArray(answer) ? answer.at(-1) : answer) as QueryResult<{ replayed: string | null }> | undefined;
  const replayed = last?.rows[0]?.replayed;
  return typeof replayed === "string" ? asPosition(replayed) : undefined;
}
