import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";

/** One application that inserts rows one after another into `journal`, and connects anew when it is told off. */
export class Writes {
  /** Numbers whose commit was acknowledged. */
  readonly acknowledged: number[] = [];
  /** The longest time between two acknowledgements, in ms. */
  longestGap = 0;
  private running = true;
  private last = performance.now();
  private readonly done: Promise<void>;

  constructor(
    private readonly connection: ClientConfig,
    private readonly first: number,
  ) {
    this.done = this.write();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
    this.note();
  }

  private note(): void {
    const now = performance.now();
    this.longestGap = Math.max(this.longestGap, now - this.last);
    this.last = now;
  }

  private async write(): Promise<void> {
    for (let number = this.first; this.running; ) {
      const client = new Client({ ...this.connection, query_timeout: 5_000 });
      client.on("error", () => {});
      try {
        await client.connect();
        while (this.running) {
          const mine = number++;
          await client.query("insert into journal values ($1)", [mine]);
          this.acknowledged.push(mine);
          this.note();
          await sleep(5);
        }
      } catch {
        await sleep(50);
      }
      await client.end().catch(() => {});
    }
  }
}
