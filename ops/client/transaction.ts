import type { PoolClient, QueryResult, QueryResultRow } from "pg";
import { RolledBackError } from "./errors";
import { classify } from "./failure";
import { Failed, type Progress, type Server } from "./server";

export interface TransactionOptions {
  /** @default "read committed" */
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
  /** @default false */
  readonly readOnly?: boolean;
}

/** What a transaction's function talks to. */
export interface Transaction {
  query<R extends QueryResultRow = QueryResultRow>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>>;
}

/**
 * One statement without a name, so that poolers may give every transaction another connection.
 *
 * @param timeout milliseconds; undefined: the connection's own. That way costs the least.
 */
export function send<R extends QueryResultRow>(
  client: PoolClient,
  text: string,
  values: readonly unknown[] | undefined,
  timeout: number | undefined,
): Promise<QueryResult<R>> {
  const given = values as unknown[] | undefined;
  if (timeout === undefined) return client.query<R>(text, given);
  // query_timeout is node pg's, though its types know it for whole connections only; 0 would mean the connection's own
  const limit = { query_timeout: timeout === 0 ? NEVER : timeout };
  return client.query<R>({ text, ...(given === undefined ? {} : { values: given }), ...limit });
}

/** Milliseconds, the longest that a timer of Node takes: 24 days. */
const NEVER = 2 ** 31 - 1;

/**
 * One transaction around a function.
 *
 * @throws Failed, which says whether the commit was sent; of the function's own error: kind "statement".
 */
export async function inTransaction<T>(
  server: Server,
  client: PoolClient,
  progress: Progress,
  begin: string,
  timeout: number | undefined,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  await start(server, client, begin);
  const session = new Session(client, timeout);
  let result: T;
  try {
    result = await work(session);
  } catch (error) {
    throw await undone(server, session, error);
  } finally {
    session.over = true;
  }
  // A function that went on after a failed statement would have its commit turned into a rollback without a word.
  if (session.failure !== undefined && classify(session.failure, "open") !== "statement") {
    throw await undone(server, session, session.failure);
  }
  progress.stage = "final";
  const { command } = await send(client, "commit", undefined, timeout);
  if (command === "ROLLBACK") throw new Failed("statement", "final", swallowed(session.failure), server);
  return result;
}

/** A replica refuses to begin a transaction that may write, though with another code than a write itself. */
async function start(server: Server, client: PoolClient, begin: string): Promise<void> {
  try {
    await client.query(begin);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "0A000") throw error;
    throw new Failed("demoted", "open", error, server);
  }
}

class Session implements Transaction {
  /** Of the last statement; whatever succeeds after one that failed is a way around it (rollback to a savepoint). */
  failure: unknown;
  over = false;

  constructor(
    readonly client: PoolClient,
    private readonly timeout: number | undefined,
  ) {}

  async query<R extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>> {
    if (this.over) throw new Error("the transaction is over: await each of its statements before its function ends");
    try {
      const result = await send<R>(this.client, text, values, this.timeout);
      this.failure = undefined;
      return result;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

/** What became of a transaction whose function failed: with what the database said, where that was why. */
async function undone(server: Server, { client, failure }: Session, error: unknown): Promise<Failed> {
  const kind = failure === undefined ? "statement" : classify(failure, "open");
  if (kind === "statement" || kind === "rolled back") await client.query("rollback").catch(() => {});
  return new Failed(kind, "open", kind === "statement" ? error : failure, server);
}

function swallowed(failure: unknown): RolledBackError {
  const why = failure instanceof Error ? `: ${failure.message}` : "";
  return new RolledBackError(
    `a statement of the transaction failed${why}, its function went on, and PostgreSQL rolled everything back. ` +
      "Let the error through, or set a savepoint before and roll back to it.",
    { cause: failure },
  );
}
