import { readFileSync } from "node:fs";
import { request } from "node:https";
import { basename, join } from "node:path";
import { performance } from "node:perf_hooks";
import { Client } from "pg";
import { renderHaproxy } from "../../../../components/local/provider/config/haproxy";
import { type DynamicOptions, renderPatroni } from "../../../../components/local/provider/config/patroni";
import { makeFolder, writeOwned as writeProgram } from "../../../../components/local/provider/host/files";
import { operatorScripts } from "../../../../components/local/provider/host/operatorScripts";
import {
  certificatePaths,
  LOOPBACK,
  memberNames,
  memberPorts,
  paths,
} from "../../../../components/local/provider/place";
import { runUser } from "../../../../components/local/tools";
import { Bed, writeOwned } from "./bed";
import { Supervised, signalPid, until } from "./processes";
import { Server } from "./server";

const DYNAMIC: DynamicOptions = { synchronous: true, parameters: { max_connections: "60", shared_buffers: "64MB" } };

export interface PatroniStatus {
  readonly state: string;
  readonly role: string;
  /** A synchronous standby, as etcd knows it. */
  readonly synchronous: boolean;
}

const CLIENT = { user: "postgres", database: "postgres", connectionTimeoutMillis: 1_000, query_timeout: 3_000 };

/** Three members under the configuration the provider writes, HAProxy before them, each process brought back when it ends. */
export class Cluster {
  readonly members: Record<string, Supervised> = {};
  private haproxy: Supervised | undefined;

  private constructor(readonly bed: Bed) {}

  static async make(guarded = true): Promise<Cluster> {
    const cluster = new Cluster(await Bed.make(memberNames(3)));
    try {
      await cluster.start(guarded);
      return cluster;
    } catch (error) {
      await cluster.end();
      throw error;
    }
  }

  private async start(guarded: boolean): Promise<void> {
    const { place, tools } = this.bed;
    const at = paths(place.folder);
    const names = memberNames(3);
    await makeFolder(at.bin);
    const isReady = operatorScripts(place, tools, runUser())[basename(at.isReady)];
    await writeProgram(at.isReady, isReady ?? "", 0o755);
    for (const name of names) {
      const options = {
        listen: LOOPBACK,
        database: "postgres",
        username: "nobody",
        cidrs: [],
        postgresBin: tools.postgresBin,
        operators: [runUser().name],
        locale: "C.UTF-8",
      };
      await writeOwned(at.member(name).config, renderPatroni(place, name, DYNAMIC, options));
      this.members[name] = this.bed.member(name, [tools.patroni, at.member(name).config]).start();
      // The first is the primary, the others are copied from it.
      if (name === names[0]) await this.wait(60_000, "a primary", async () => (await this.primary()) === name);
    }
    await makeFolder(at.balanced);
    await writeOwned(at.haproxyConfig, renderHaproxy(place, names, 100));
    this.haproxy = new Supervised({
      command: [tools.haproxy, "-W", "-db", "-f", at.haproxyConfig],
      log: join(at.log, "haproxy.log"),
    }).start();
    if (guarded) this.bed.guard.start();
    await this.settle();
  }

  get names(): string[] {
    return Object.keys(this.members);
  }

  member(name: string): Supervised {
    const found = this.members[name];
    if (!found) throw new Error(`no member ${name}`);
    return found;
  }

  /**
   * Until a primary leads, the others stream, and one of them is known in etcd as synchronous. A fault before that is
   * two faults: Patroni then waits for the old primary rather than lose a write.
   */
  async settle(): Promise<void> {
    await this.wait(90_000, "two streaming replicas, one synchronous", async () => {
      const seen = await Promise.all(this.names.map((name) => this.status(name)));
      const streaming = seen.filter((one) => one?.role === "replica" && one.state === "streaming");
      const synchronous = streaming.some((one) => one?.synchronous);
      return streaming.length === this.names.length - 1 && synchronous && (await this.primary()) !== undefined;
    });
  }

  async primary(): Promise<string | undefined> {
    const seen = await Promise.all(this.names.map((name) => this.status(name)));
    return this.names.find((_, index) => seen[index]?.role === "primary" && seen[index]?.state === "running");
  }

  status(member: string): Promise<PatroniStatus | undefined> {
    const operator = certificatePaths(this.bed.place.folder, "operator");
    return new Promise((resolve) => {
      const port = memberPorts(this.bed.place.ports, member).patroni;
      const call = request({ host: LOOPBACK, port, path: "/patroni", ca: readFileSync(operator.ca), timeout: 1_000 });
      call.on("response", (response) => {
        let text = "";
        response.on("data", (piece) => {
          text += piece;
        });
        response.on("end", () => {
          const { state, role, replication_state, sync_standby } = JSON.parse(text);
          resolve({ role, state: replication_state ?? state, synchronous: sync_standby === true });
        });
      });
      call.on("timeout", () => call.destroy());
      call.on("error", () => resolve(undefined));
      call.end();
    });
  }

  client(port: number): Client {
    const { folder, ports } = this.bed.place;
    if (port === ports.balancedWriter) {
      // The way of the poolers: the balancer's unix socket, on which the operating system vouches for us.
      return new Client({ ...CLIENT, host: paths(folder).balanced, port });
    }
    const files = certificatePaths(folder, "postgres");
    return new Client({
      ...CLIENT,
      host: LOOPBACK,
      port,
      ssl: { ca: readFileSync(files.ca), cert: readFileSync(files.cert), key: readFileSync(files.key) },
    });
  }

  async query(member: string, sql: string): Promise<Record<string, string>[]> {
    const client = this.client(memberPorts(this.bed.place.ports, member).postgres);
    client.on("error", () => {});
    try {
      await client.connect();
      return (await client.query(sql)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** The member's processes, as the operating system shows them: Patroni, the postmaster and its backends. */
  async processes(member: string): Promise<number[]> {
    const data = paths(this.bed.place.folder).member(member).data;
    const running = this.member(member).running ? [this.member(member).pid] : [];
    return [...running, ...(await Server.processesIn(data))];
  }

  /** @returns when it was done, by performance.now(). */
  async signal(member: string, signal: NodeJS.Signals): Promise<number> {
    const pids = await this.processes(member);
    for (const pid of pids) signalPid(pid, signal);
    return performance.now();
  }

  async end(): Promise<void> {
    await this.bed.guard.stop();
    await this.haproxy?.stop();
    for (const name of this.names) await this.signal(name, "SIGCONT");
    await Promise.all(this.names.map((name) => this.member(name).stop(20_000)));
    for (const name of this.names) await this.signal(name, "SIGKILL");
    await this.bed.end();
  }

  private async wait(timeout: number, what: string, condition: () => Promise<boolean>): Promise<void> {
    if (!(await until(condition, timeout))) {
      throw new Error(`no ${what} within ${timeout / 1000} s; see ${paths(this.bed.place.folder).log}`);
    }
  }
}
