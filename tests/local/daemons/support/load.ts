import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { memberPorts } from "../../../../components/local/provider/place";
import type { Cluster } from "./cluster";

interface Write {
  readonly id: string;
  readonly began: number;
  readonly acknowledged: number;
}

/** Writers that insert one row after another through one port and reconnect when told off. */
export class Load {
  readonly writes: Write[] = [];
  private running = true;
  private readonly done: Promise<unknown>;

  constructor(cluster: Cluster, port: number, writers: number) {
    this.done = Promise.all(Array.from({ length: writers }, (_, index) => this.write(cluster, port, index)));
  }

  /**
   * Waits for a write that was begun after `healedFrom`, which is the fault at `since` unless the fault took effect
   * later; `patience` ms at most.
   * @returns the longest time without an acknowledgement around it, in ms.
   */
  async outage(since: number, healedFrom = since, patience = 60_000): Promise<number> {
    while (!this.writes.some((write) => write.began > healedFrom + 100)) {
      if (performance.now() - healedFrom > patience) throw new Error(`no write for ${patience} ms`);
      await sleep(10);
    }
    const times = this.writes.map((write) => write.acknowledged).filter((time) => time > since - 1_000);
    times.sort((a, b) => a - b);
    return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)));
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  private async write(cluster: Cluster, port: number, writer: number): Promise<void> {
    for (let number = 0; this.running; ) {
      const client = cluster.client(port);
      client.on("error", () => {});
      try {
        await client.connect();
        while (this.running) {
          const id = `${writer}-${number++}`;
          const began = performance.now();
          await client.query("insert into load values ($1)", [id]);
          this.writes.push({ id, began, acknowledged: performance.now() });
        }
      } catch {
        await sleep(50);
      }
      await client.end().catch(() => {});
    }
  }
}

/** Tries to write to every member directly, all the time: who accepts, and when. */
export class Probe {
  readonly accepted: { readonly member: string; readonly began: number; readonly ended: number }[] = [];
  private running = true;
  private readonly done: Promise<unknown>;

  constructor(cluster: Cluster) {
    this.done = Promise.all(cluster.names.map((name) => this.watch(cluster, name)));
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  /** A member that accepted a write which began after another's was accepted, and that had accepted before it. */
  overlap(): string | undefined {
    const sorted = [...this.accepted].sort((a, b) => a.began - b.began);
    const last = new Map<string, { began: number; ended: number }>();
    for (const one of sorted) {
      for (const [other, theirs] of last) {
        const mine = last.get(one.member);
        // A, then B, then A again, closer together than any failover there and back could be.
        if (other !== one.member && mine && theirs.began > mine.began && one.began - mine.began < 3_000)
          return `${one.member} at ${mine.began.toFixed()} and ${one.began.toFixed()}, ${other} at ${theirs.began.toFixed()}`;
        // Both within one another.
        if (other !== one.member && one.began < theirs.ended)
          return `${one.member} and ${other} at ${one.began.toFixed()}`;
      }
      last.set(one.member, one);
    }
    return undefined;
  }

  private async watch(cluster: Cluster, member: string): Promise<void> {
    const port = memberPorts(cluster.bed.place.ports, member).postgres;
    while (this.running) {
      const client = cluster.client(port);
      client.on("error", () => {});
      try {
        await client.connect();
        // Not held back by a missing synchronous standby: whoever can write at all shows.
        await client.query("set synchronous_commit = local");
        while (this.running) {
          const began = performance.now();
          const { rows } = await client.query("select pg_is_in_recovery() as standby");
          if (!rows[0]?.standby) {
            await client.query("insert into probe values ($1)", [member]);
            this.accepted.push({ member, began, ended: performance.now() });
          }
          await sleep(20);
        }
      } catch {
        await sleep(20);
      }
      await client.end().catch(() => {});
    }
  }
}
