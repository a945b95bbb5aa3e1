import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";

/** Refused as a write: the data has gone, or is going, to the other end. */
const READ_ONLY = "25006";

/**
 * The license product at work while its database moves: each writer activates licenses, one transaction after another, and
 * goes over to the other end when it is told that this one takes no writes.
 */
export class MigratingWriters {
  /** Machines whose activation was acknowledged, and when (performance.now()). */
  readonly acknowledged = new Map<string, number>();
  /** Whose commit was cut off: they are there, or not. */
  readonly unknown = new Set<string>();
  private running = true;
  private readonly done: Promise<unknown>;

  constructor(
    private readonly ends: readonly [ClientConfig, ClientConfig],
    count: number,
    private readonly licenses: number,
    /** Milliseconds between two of a writer's transactions. */
    private readonly pause = 100,
  ) {
    this.done = Promise.all(Array.from({ length: count }, (_, index) => this.write(index)));
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  /** The longest time without an acknowledged write, in seconds. */
  gap(since: number, until: number): number {
    const times = [since, ...[...this.acknowledged.values()].filter((at) => at > since && at < until), until];
    times.sort((a, b) => a - b);
    return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time))) / 1_000;
  }

  private async write(writer: number): Promise<void> {
    let end = 0;
    for (let number = 0; this.running; ) {
      const client = new Client({ ...this.ends[end % 2], connectionTimeoutMillis: 2_000, query_timeout: 20_000 });
      client.on("error", () => {});
      let machine = "";
      let committing = false;
      try {
        await client.connect();
        while (this.running) {
          machine = `writer-${writer}-${number++}`;
          committing = false;
          await client.query("begin");
          await client.query(
            `insert into licensing.activations (license, machine) values (md5('license' || $1)::uuid, $2)`,
            [1 + (number % this.licenses), machine],
          );
          await client.query(
            `insert into licensing.audit (at, actor, action, detail) values (now(), 'writer', $1, '{}')`,
            [machine],
          );
          committing = true;
          await client.query("commit");
          this.acknowledged.set(machine, performance.now());
          await sleep(this.pause);
        }
      } catch (error) {
        if (committing) this.unknown.add(machine);
        if ((error as { code?: string }).code === READ_ONLY) end++;
        await sleep(20);
      }
      await client.end().catch(() => {});
    }
  }
}
