import { setTimeout as sleep } from "node:timers/promises";
import { type LicenseDb, LicenseDbError, OutcomeUnknownError } from "../../../ops/client";

/** What callers were told of each of their writes, by its id. */
export interface Told {
  readonly acknowledged: Set<string>;
  /** OutcomeUnknownError: it is there, or not. */
  readonly unknown: Set<string>;
  /** Any other error, which says that it is not there. */
  readonly failed: Map<string, unknown>;
}

/** Milliseconds between two calls of a caller, who has something else to do, too. */
const PAUSE = 50;

type Way = "idempotent" | "plain" | "transaction" | "read";

/** The ways an application uses the library, each by many callers at once that go on after every error. */
export class ApplicationLoad {
  readonly told: Record<Way, Told> = { idempotent: none(), plain: none(), transaction: none(), read: none() };
  /** When a write was acknowledged, by performance.now(). */
  readonly times: number[] = [];
  private running = true;
  private readonly done: Promise<unknown>;

  static readonly TABLES = `
    create table if not exists idempotent (id text primary key);
    create table if not exists plain (id text);
    create table if not exists transaction (id text);
    create table if not exists counts (id int primary key, writes int not null);
    insert into counts values (1, 0) on conflict do nothing`;

  constructor(
    private readonly db: LicenseDb,
    callers: Readonly<Record<Way, number>>,
    private readonly run: string,
  ) {
    const ways = Object.entries(callers) as [Way, number][];
    this.done = Promise.all(
      ways.flatMap(([way, count]) => Array.from({ length: count }, (_, index) => this.call(way, index))),
    );
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  /** The longest time without an acknowledged write after `since`, in ms. */
  gap(since: number): number {
    const times = [since, ...this.times.filter((time) => time > since)];
    return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)));
  }

  private async call(way: Way, caller: number): Promise<void> {
    for (let number = 0; this.running; number++) {
      const id = `${this.run}-${way}-${caller}-${number}`;
      try {
        await this.ways[way](id);
        this.told[way].acknowledged.add(id);
        if (way !== "read") this.times.push(performance.now());
      } catch (error) {
        if (error instanceof OutcomeUnknownError) this.told[way].unknown.add(id);
        else this.told[way].failed.set(id, error instanceof LicenseDbError ? error.message : error);
      }
      await sleep(PAUSE);
    }
  }

  private readonly ways: Record<Way, (id: string) => Promise<unknown>> = {
    idempotent: (id) =>
      this.db.query("insert into idempotent values ($1) on conflict do nothing", [id], { idempotent: true }),
    plain: (id) => this.db.query("insert into plain values ($1)", [id]),
    transaction: (id) =>
      this.db.transaction(async (transaction) => {
        await transaction.query("insert into transaction values ($1)", [id]);
        await transaction.query("select 1");
      }),
    read: () => this.db.read("select count(*) from counts"),
  };
}

const none = (): Told => ({ acknowledged: new Set(), unknown: new Set(), failed: new Map() });
