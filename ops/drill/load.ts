import { setTimeout as sleep } from "node:timers/promises";
import { type ClientOptions, LicenseDb, OutcomeUnknownError } from "../client";
import type { Told, Write } from "./measures";
import { TABLE } from "./scratch";

export interface Rates {
  /** A second, of all writers together. */
  readonly writes: number;
  readonly reads: number;
}

/** So many write (and as many read) at once; each waits for its answer. */
const CALLERS = 8;

/** Constant writes and reads as an application makes them, through the library that applications use. */
export class DrillLoad {
  /** When reads were answered, in milliseconds since the load began. */
  readonly reads: number[] = [];
  failedReads = 0;
  private readonly acknowledged: Write[] = [];
  private readonly unknown: string[] = [];
  private readonly failed: string[] = [];
  private readonly began = performance.now();
  private readonly db: LicenseDb;
  private running = true;
  private readonly done: Promise<unknown>;

  constructor(options: ClientOptions, rates: Rates) {
    this.db = new LicenseDb({ ...options, applicationName: "license-db drill" });
    this.done = Promise.all(
      Array.from({ length: CALLERS }, (_, caller) => [
        this.call((CALLERS * 1000) / rates.writes, (number) => this.write(`${caller}-${number}`)),
        this.call((CALLERS * 1000) / rates.reads, () => this.read()),
      ]).flat(),
    );
  }

  /** Milliseconds since the load began. */
  now(): number {
    return performance.now() - this.began;
  }

  get told(): Told {
    return { acknowledged: this.acknowledged, unknown: this.unknown, failed: this.failed };
  }

  /** When writes were acknowledged, in order. */
  get writes(): number[] {
    return this.acknowledged.map(({ ended }) => ended).sort((a, b) => a - b);
  }

  /** Waits until what has begun is over. */
  async stop(): Promise<void> {
    this.running = false;
    await this.done;
    await this.db.close();
  }

  /** @param pause milliseconds between the beginnings of two calls; one that took longer is followed at once. */
  private async call(pause: number, work: (number: number) => Promise<void>): Promise<void> {
    await sleep(Math.random() * pause);
    for (let number = 0; this.running; number++) {
      const next = performance.now() + pause;
      await work(number);
      await sleep(Math.max(0, next - performance.now()));
    }
  }

  /** Not said to be idempotent: so nothing is repeated that may have been done, and what is there twice is a mistake. */
  private async write(id: string): Promise<void> {
    const began = this.now();
    try {
      await this.db.query(`insert into ${TABLE} (id) values ($1)`, [id]);
      this.acknowledged.push({ id, began, ended: this.now() });
    } catch (error) {
      (error instanceof OutcomeUnknownError ? this.unknown : this.failed).push(id);
    }
  }

  private async read(): Promise<void> {
    try {
      await this.db.read(`select id from ${TABLE} limit 1`);
      this.reads.push(this.now());
    } catch {
      this.failedReads += 1;
    }
  }
}
