import type pg from "pg";
import type { Conninfo } from "./conninfo";

/** One of the two databases of a migration, and how it is reached. */
export interface End {
  /** "stack prod", "db.example.com:5432/licenses" */
  readonly label: string;
  /** Its stack's name, where it is one. */
  readonly stack?: string;
  /** Who owns what is restored here; absent: whoever connects. */
  readonly owner?: string;
  /** A session of its own as the administrator, in the application's database. The caller ends it. */
  connect(options?: SessionOptions): Promise<pg.Client>;
  /** What such a session is opened with, for a process of its own; as JSON it is still the same. */
  config(): Promise<pg.ClientConfig>;
  /** For PostgreSQL's own programs, as the administrator. */
  tools(): Promise<Conninfo>;
  /** How the other end's server comes in to subscribe. Where that is a role of the migration's own, it is made anew. */
  subscribable(): Promise<Conninfo>;
  /** Before a slot is made: whoever keeps the cluster is told not to drop it. */
  expectSlot(slot: string): Promise<void>;
  /** After: it is to be there on whichever member is primary. */
  keepSlot(slot: string): Promise<void>;
  /** Ends when every standby has the slot: a failover before that would lose it. Throws where one has not for minutes. */
  slotKept(slot: string): Promise<void>;
  forgetSlot(slot: string): Promise<void>;
  /** Drops what `subscribable` has made. */
  dropRole(): Promise<void>;
  /** Synchronous replication within the cluster: what was acknowledged survives a failover; undefined: not known. */
  readonly cluster: "single" | "managed" | "patroni";
}

export interface SessionOptions {
  /** Milliseconds a statement may take; 0: no end. @default 30000 */
  readonly statementTimeout?: number;
}

/** Runs work on a session of its own. */
export async function on<T>(end: End, work: (client: pg.Client) => Promise<T>, options?: SessionOptions): Promise<T> {
  const client = await end.connect(options);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Runs work as one transaction on that session; rolled back when it throws. */
export async function inTransaction<T>(client: pg.Client, work: () => Promise<T>, begin = "begin"): Promise<T> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

/** The rows of one statement. */
export async function rows<R extends pg.QueryResultRow>(
  client: pg.Client,
  sql: string,
  values: unknown[] = [],
): Promise<R[]> {
  return (await client.query<R>(sql, values)).rows;
}
