import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster";

interface Write {
  readonly id: string;
  readonly began: number;
  readonly acknowledged: number;
  /** The port of the server that acknowledged it. */
  readonly server: number;
}

/** Milliseconds between two of a writer's rows: fine enough to see an outage, and leaves the processors to the cluster. */
const PAUSE = 20;

/** Writers that insert one row after another through the writer's pooler and reconnect when told off. */
export class Load {
  readonly writes: Write[] = [];
  private running = true;
  private readonly done: Promise<unknown>;

  constructor(cluster: Cluster, writers: number) {
    this.done = Promise.all(Array.from({ length: writers }, (_, index) => this.write(cluster, index)));
  }

  /** A write that a server acknowledged after another one had taken over from it. */
  backwards(): Write | undefined {
    const left = new Set<number>();
    let now: number | undefined;
    for (const write of [...this.writes].sort((a, b) => a.acknowledged - b.acknowledged)) {
      if (left.has(write.server)) return write;
      if (now !== undefined && now !== write.server) left.add(now);
      now = write.server;
    }
    return undefined;
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

  private async write(cluster: Cluster, writer: number): Promise<void> {
    for (let number = 0; this.running; ) {
      const client = cluster.application("writer");
      try {
        await client.connect();
        while (this.running) {
          const id = `${writer}-${number++}`;
          const began = performance.now();
          const { rows } = await client.query<{ server: number }>(INSERT, [id]);
          this.writes.push({ id, began, acknowledged: performance.now(), server: rows[0]?.server ?? 0 });
          await sleep(PAUSE);
        }
      } catch {
        await sleep(50);
      }
      await client.end().catch(() => {});
    }
  }
}

const INSERT = "insert into load values ($1) returning current_setting('port')::int as server";
const READ = "select pg_is_in_recovery() as replica, current_setting('port')::int as server";

interface Read {
  readonly replica: boolean;
  readonly server: number;
  readonly answered: number;
}

/** Readers that keep their sessions on the reader's pooler, and ask who answers. */
export class Reads {
  readonly answers: Read[] = [];
  private running = true;
  private readonly done: Promise<unknown>;

  constructor(cluster: Cluster, readers: number) {
    this.done = Promise.all(Array.from({ length: readers }, () => this.read(cluster)));
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }

  private async read(cluster: Cluster): Promise<void> {
    while (this.running) {
      const client = cluster.application("reader");
      try {
        await client.connect();
        while (this.running) {
          const { rows } = await client.query<Omit<Read, "answered">>(READ);
          if (rows[0]) this.answers.push({ ...rows[0], answered: performance.now() });
          await sleep(2 * PAUSE);
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
    while (this.running) {
      const client = cluster.direct(member);
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
