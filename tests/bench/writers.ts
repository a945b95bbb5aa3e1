import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";

/** Constant writes as an application makes them: each connection inserts one row after another, and reconnects. */
export class Writers {
  /** Ids whose commit was acknowledged, and when (performance.now()). */
  readonly acknowledged = new Map<string, number>();
  private running = true;
  private readonly done: Promise<unknown>;

  constructor(connection: ClientConfig, count: number, run: string) {
    this.done = Promise.all(Array.from({ length: count }, (_, index) => this.write(connection, `${run}-${index}`)));
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  /** The longest time without an acknowledged write after `since`, in milliseconds; undefined while none came. */
  gapAfter(since: number): number | undefined {
    const times = [...this.acknowledged.values()].sort((a, b) => a - b);
    const from = times.findLastIndex((time) => time <= since);
    if (from < 0 || (times.at(-1) ?? 0) < since + 5_000) return undefined;
    return Math.max(...times.slice(from + 1).map((time, index) => time - (times[from + index] ?? since)));
  }

  private async write(connection: ClientConfig, name: string): Promise<void> {
    for (let number = 0; this.running; ) {
      const client = new Client({ ...connection, connectionTimeoutMillis: 1_000, query_timeout: 3_000 });
      client.on("error", () => {});
      try {
        await client.connect();
        while (this.running) {
          const id = `${name}-${number++}`;
          await client.query("insert into written values ($1)", [id]);
          this.acknowledged.set(id, performance.now());
        }
      } catch {
        await sleep(20);
      }
      await client.end().catch(() => {});
    }
  }
}
