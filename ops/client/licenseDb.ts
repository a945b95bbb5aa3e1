import { setMaxListeners } from "node:events";
import type { PoolClient, QueryResult, QueryResultRow } from "pg"; // the PostgreSQL client of Node
import { ClosedError, OverloadedError } from "./errors";
import { type ClientEvent, quietly, type Target } from "./events";
import type { Operation } from "./failure";
import { type Health, healthOf } from "./health";
import type { ClientOptions, Endpoint, Settings } from "./options";
import { asPosition, type Position } from "./position";
import { positionOf, Readers } from "./readers";
import { persist } from "./retrying";
import { Failed, Server } from "./server";
import { settle } from "./settings";
import { readAfter } from "./strictRead";
import { inTransaction, send, type Transaction, type TransactionOptions } from "./transaction";

export interface CallOptions {
  /** Milliseconds in which it is tried again, instead of the client's `retryFor`. */
  readonly retryFor?: number;
  /** Milliseconds, instead of the client's. */
  readonly statementTimeout?: number;
}

export interface QueryOptions extends CallOptions {
  /** It may happen twice without harm, so it is also repeated when nobody knows whether it has happened. @default false */
  readonly idempotent?: boolean;
}

export interface ReadOptions extends CallOptions {
  /** Show at least what was committed before this position was taken: reads what one has written oneself. */
  readonly after?: Position;
  /** Show at least what was committed this many milliseconds ago: exact, where the client's `maxLag` is a sample. */
  readonly maxLag?: number;
}

export interface TransactOptions extends QueryOptions, TransactionOptions {
  /**
   * The function may run again when its transaction certainly did not happen: serialization failure, deadlock, connection
   * lost before the commit was sent. False where it does something that no rollback undoes. @default true
   */
  readonly rerun?: boolean;
}

export interface Statistics {
  /** Calls that have begun and not ended. */
  readonly calls: number;
  readonly writer: PoolCounts;
  /** `lag`: milliseconds behind the writer at most, when last measured. */
  readonly readers: readonly (PoolCounts & { readonly target: Target; readonly lag: number | undefined })[];
}

export interface PoolCounts {
  readonly connections: number;
  readonly idle: number;
  readonly waiting: number;
}

/** How one call goes, for the event at its end. */
interface Call {
  readonly call: "query" | "read" | "transaction";
  readonly began: number;
  readonly deadline: number;
  readonly patience: number;
  readonly timeout: number | undefined;
  target: Target;
  waited: number;
  attempts: number;
}

const WRITE: Operation = { repeatable: false, rerun: true, writes: true };
const IDEMPOTENT: Operation = { ...WRITE, repeatable: true };
const READ: Operation = { repeatable: true, rerun: true, writes: false };

/** The license database: writes and transactions to the writer, reads to the readers. One for a process. */
export class LicenseDb {
  private readonly settings: Settings;
  private readonly onEvent: (event: ClientEvent) => void;
  private readonly writer: Server;
  private readonly readerServers: readonly Server[];
  private readonly readers: Readers;
  private readonly closing = new AbortController();
  private calls = 0;
  private closed: Promise<{ unfinished: number }> | undefined;
  private idle: (() => void) | undefined;

  /** Connects to nothing yet. @throws OptionsError with all that is wrong. */
  constructor(options: ClientOptions) {
    const given = settle(options);
    this.onEvent = quietly(given.onEvent);
    this.settings = { ...given, onEvent: this.onEvent };
    const { writer, readers, pool, maxLag } = this.settings;
    // Every waiting call listens; many of them are no leak.
    setMaxListeners(0, this.closing.signal);
    const server = (endpoint: Endpoint, target: Target, size: number) =>
      new Server(endpoint, target, this.settings, size, this.closing.signal);
    const others = readers.filter(({ host, port }) => host !== writer.host || port !== writer.port);
    const share = Math.ceil(pool.max / Math.max(1, others.length));
    this.writer = server(writer, "writer", pool.max);
    this.readerServers = others.map((reader) => server(reader, `reader ${reader.host}:${reader.port}`, share));
    this.readers = new Readers(this.readerServers, this.writer, maxLag);
  }

  /**
   * One statement on the writer.
   *
   * @param values of $1, $2, ….
   * @throws OutcomeUnknownError when the connection was lost after it was sent, unless it is `idempotent`;
   * UnavailableError, RefusedError, OverloadedError, ClosedError; pg's DatabaseError with what the server says.
   */
  query<R extends QueryResultRow = QueryResultRow>(
    text: string,
    values?: readonly unknown[],
    options: QueryOptions = {},
  ): Promise<QueryResult<R>> {
    const operation = options.idempotent === true ? IDEMPOTENT : WRITE;
    return this.call("query", options, operation, (call) => this.single<R>(this.writer, call, text, values));
  }

  /**
   * One reading statement on a reader; on the writer where no reader is fit. It is repeated after any loss, so it must
   * change nothing.
   *
   * @throws as `query`, but its outcome is never unknown.
   */
  async read<R extends QueryResultRow = QueryResultRow>(
    text: string,
    values?: readonly unknown[],
    options: ReadOptions = {},
  ): Promise<QueryResult<R>> {
    const after = options.after === undefined ? undefined : asPosition(options.after);
    return this.call("read", options, READ, async (call) => {
      const chosen = await this.readers.choose();
      if (typeof chosen === "string") return this.readWriter<R>(call, text, values, chosen);
      call.target = chosen.target;
      try {
        const position = after ?? (await this.positionFor(options.maxLag, call));
        if (position === undefined) return await this.single<R>(chosen, call, text, values);
        const query = (client: PoolClient) => send<R>(client, text, values, call.timeout);
        const work = (client: PoolClient) => readAfter(client, position, query);
        const result = await chosen.with(left(call), work, this.waiting(call));
        return result ?? (await this.readWriter<R>(call, text, values, "lag"));
      } catch (error) {
        if (error instanceof Failed && error.server === chosen && error.kind !== "statement")
          this.readers.avoid(chosen);
        throw error;
      }
    });
  }

  /**
   * A transaction on the writer: committed when the function's promise is fulfilled, rolled back when it is rejected.
   * The function may run more than once (see `rerun`), and never after its transaction may have been committed unless it
   * is `idempotent`.
   *
   * @throws OutcomeUnknownError when the connection was lost while it committed; what the function throws; as `query`.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>, options: TransactOptions = {}): Promise<T> {
    const { isolation = "read committed", readOnly = false, idempotent = false, rerun = true } = options;
    const begin = `begin isolation level ${isolation} ${readOnly ? "read only" : "read write"}`;
    // Whether a commit of nothing has come through is all the same.
    const operation = { repeatable: idempotent || (readOnly && rerun), rerun, writes: !readOnly };
    return this.call("transaction", options, operation, (call) =>
      this.writer.with(
        left(call),
        (client, progress) => inTransaction(this.writer, client, progress, begin, call.timeout, work),
        this.waiting(call),
      ),
    );
  }

  /** Where the writer's log is: whoever reads `{ after: … }` it sees all that was committed until now. */
  async position(options: CallOptions = {}): Promise<Position> {
    return this.call("query", options, READ, (call) => this.writer.with(left(call), positionOf, this.waiting(call)));
  }

  /** Asks every server once, for a health check. Never throws. @param options.timeout milliseconds. */
  async health({ timeout = 2_000 }: { readonly timeout?: number } = {}): Promise<Health> {
    return healthOf(this.writer, this.readers.lags, timeout);
  }

  /** Counts of this moment, for gauges. */
  statistics(): Statistics {
    return {
      calls: this.calls,
      writer: this.writer.counts,
      readers: this.readers.lags.map(({ server, lag }) => ({ target: server.target, ...server.counts, lag })),
    };
  }

  /**
   * Takes no more calls, waits for those that have begun, and closes every connection. What is not done after `timeout`
   * milliseconds is cut off, and its callers get an error that says what became of it.
   *
   * @returns how many were cut off.
   */
  async close({ timeout = 10_000 }: { readonly timeout?: number } = {}): Promise<{ readonly unfinished: number }> {
    this.closed ??= this.drain(timeout);
    return this.closed;
  }

  private async drain(timeout: number): Promise<{ unfinished: number }> {
    const servers = [this.writer, ...this.readerServers];
    let timer: NodeJS.Timeout | undefined;
    if (this.calls > 0) {
      const over = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeout);
      });
      const done = new Promise<void>((resolve) => {
        this.idle = resolve;
      });
      await Promise.race([over, done]);
      clearTimeout(timer);
    }
    const unfinished = this.calls;
    this.closing.abort();
    const ended = Promise.all(servers.map((server) => server.end()));
    if (unfinished > 0) for (const server of servers) server.cut();
    await ended;
    return { unfinished };
  }

  /** What every call has in common: a place in the queue, tries, and the event at its end. */
  private async call<T>(
    kind: Call["call"],
    options: CallOptions,
    operation: Operation,
    attempt: (call: Call) => Promise<T>,
  ): Promise<T> {
    if (this.closed) throw new ClosedError("the client is closed; nothing was done");
    const { pool, maxQueue, retryFor, readers } = this.settings;
    const places = pool.max * (readers.length === 0 ? 1 : 2) + maxQueue;
    if (this.calls >= places) {
      this.onEvent({ kind: "overloaded", waiting: this.calls });
      throw new OverloadedError(
        `${this.calls} calls are under way or wait already (maxQueue ${maxQueue}, pool.max ${pool.max}); nothing was done. ` +
          "Ask less, or later; a larger queue only makes all wait longer.",
      );
    }
    const began = performance.now();
    const patience = options.retryFor ?? retryFor;
    const call: Call = {
      call: kind,
      began,
      deadline: began + patience,
      patience: Math.max(patience, pool.connectionTimeoutMillis),
      timeout: options.statementTimeout,
      target: "writer",
      waited: 0,
      attempts: 0,
    };
    this.calls += 1;
    let failure: unknown;
    let ok = false;
    try {
      const first = (number: number) => {
        call.attempts = number;
        return attempt(call);
      };
      const result = await persist(first, {
        operation,
        deadline: call.deadline,
        onEvent: this.onEvent,
        closing: this.closing.signal,
      });
      ok = true;
      return result;
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      this.calls -= 1;
      if (this.calls === 0) this.idle?.();
      this.tell(call, ok, failure);
    }
  }

  private tell({ call, target, began, waited, attempts }: Call, ok: boolean, failure: unknown): void {
    const outcome = ok ? "ok" : outcomeOf(failure);
    this.onEvent({ kind: "call", call, target, outcome, duration: performance.now() - began, waited, attempts });
  }

  private waiting(call: Call): { connected: () => void } {
    return {
      connected: () => {
        call.waited = performance.now() - call.began;
      },
    };
  }

  private single<R extends QueryResultRow>(
    server: Server,
    call: Call,
    text: string,
    values: readonly unknown[] | undefined,
  ): Promise<QueryResult<R>> {
    return server.with(
      left(call),
      (client, progress) => {
        progress.stage = "final";
        return send<R>(client, text, values, call.timeout);
      },
      this.waiting(call),
    );
  }

  private readWriter<R extends QueryResultRow>(
    call: Call,
    text: string,
    values: readonly unknown[] | undefined,
    because: "lag" | "unreachable" | "none",
  ): Promise<QueryResult<R>> {
    if (because !== "none") this.onEvent({ kind: "fallback", target: call.target, because });
    call.target = "writer";
    return this.single<R>(this.writer, call, text, values);
  }

  private async positionFor(maxLag: number | undefined, call: Call): Promise<Position | undefined> {
    if (maxLag === undefined || maxLag === Number.POSITIVE_INFINITY) return undefined;
    return this.readers.positionFor(maxLag, () => this.writer.with(left(call), positionOf));
  }
}

/** Milliseconds a call may still wait for a connection: at least as long as one may take to come about. */
const left = ({ began, patience }: Call): number => Math.max(0, began + patience - performance.now());

function outcomeOf(failure: unknown): "failed" | "not done" | "unknown" {
  const { outcome } = (failure ?? {}) as { outcome?: unknown };
  return outcome === "not done" || outcome === "unknown" ? outcome : "failed";
}
