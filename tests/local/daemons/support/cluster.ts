import { readFileSync } from "node:fs";
import { request } from "node:https";
import { userInfo } from "node:os";
import { basename, join } from "node:path";
import { performance } from "node:perf_hooks";
import { Client, type ClientConfig } from "pg";
import { type DynamicOptions, renderPatroni } from "../../../../components/local/provider/config/patroni";
import { renderPgbouncer, renderPoolerHba } from "../../../../components/local/provider/config/pgbouncer";
import { routerConfig } from "../../../../components/local/provider/config/router";
import { makeFolder, writeOwned as writeProgram } from "../../../../components/local/provider/host/files";
import { operatorScripts } from "../../../../components/local/provider/host/operatorScripts";
import {
  certificatePaths,
  LOOPBACK,
  memberNames,
  memberPorts,
  paths,
} from "../../../../components/local/provider/place";
import { applicationDatabase } from "../../../../components/local/provider/resources/applicationDatabase";
import { runUser } from "../../../../components/local/tools";
import { postmasterOf } from "../../support/processes";
import { Bed, writeOwned } from "./bed";
import { Supervised, signalPid, until } from "./processes";
import { Server } from "./server";

const DYNAMIC: DynamicOptions = {
  synchronous: true,
  parameters: { max_connections: "60", shared_buffers: "64MB", wal_retrieve_retry_interval: "200ms" },
};

export interface PatroniStatus {
  readonly state: string;
  readonly role: string;
  /** A synchronous standby, as etcd knows it. */
  readonly synchronous: boolean;
}

const ROLES = ["writer", "reader"] as const;
const APPLICATION = { database: "application", username: "application" };
const CLIENT = { database: APPLICATION.database, connectionTimeoutMillis: 1_000, query_timeout: 3_000 };

/**
 * Three members under the configuration the provider writes, the poolers and their router before them, each process
 * brought back when it ends.
 */
export class Cluster {
  readonly members: Record<string, Supervised> = {};
  /** The poolers and their router. */
  private readonly before: Supervised[] = [];
  private password = "";

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
        ...APPLICATION,
        cidrs: [],
        postgresBin: tools.postgresBin,
        operators: [...new Set([runUser().name, userInfo().username])],
        locale: "C.UTF-8",
      };
      await writeOwned(at.member(name).config, renderPatroni(place, name, DYNAMIC, options));
      this.members[name] = this.bed.member(name, [tools.patroni, at.member(name).config]).start();
      // The first is the primary, the others are copied from it.
      if (name === names[0]) await this.wait(60_000, "a primary", async () => (await this.primary()) === name);
    }
    const { database, username } = APPLICATION;
    const asked = { place, members: names, database, username, extensions: [], passwordDays: 365 };
    const silent = { step() {}, note() {}, warn() {} };
    this.password = (await applicationDatabase.create(asked, silent)).outputs.password;
    const psql = join(tools.postgresBin, "psql");
    await writeOwned(at.routerConfig, routerConfig(place, names, database, psql));
    this.program("router", [tools.python, "-u", join(at.daemons, "router.py"), at.routerConfig]);
    await writeOwned(at.poolerHba, renderPoolerHba(database, username, []));
    const options = { database, members: names, listen: [LOOPBACK], serverConnections: 20, clientConnections: 100 };
    for (const role of ROLES) {
      await makeFolder(at.poolerOrders(role));
      await writeOwned(at.pooler(role), renderPgbouncer(place, role, options));
      this.program(`pgbouncer-${role}`, [tools.pgbouncer, at.pooler(role)]);
    }
    if (guarded) this.bed.guard.start();
    await this.settle();
  }

  private program(name: string, command: readonly string[]): void {
    const log = join(paths(this.bed.place.folder).log, `${name}.log`);
    this.before.push(new Supervised({ command, log }).start());
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

  /** The application's connection, through a pooler. */
  application(role: "writer" | "reader"): Client {
    const { folder, ports } = this.bed.place;
    return connection({
      user: APPLICATION.username,
      password: this.password,
      port: ports[role],
      ssl: { ca: readFileSync(certificatePaths(folder, "server").ca) },
    });
  }

  /** The superuser's connection, to one member. */
  direct(member: string): Client {
    const { folder, ports } = this.bed.place;
    const files = certificatePaths(folder, "postgres");
    return connection({
      user: "postgres",
      port: memberPorts(ports, member).postgres,
      ssl: { ca: readFileSync(files.ca), cert: readFileSync(files.cert), key: readFileSync(files.key) },
    });
  }

  async query(member: string, sql: string): Promise<Record<string, string>[]> {
    const client = this.direct(member);
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

  /** Of the postmaster alone. */
  postmaster(member: string): number {
    return postmasterOf(paths(this.bed.place.folder).member(member).data);
  }

  /** @returns when it was done, by performance.now(). */
  async signal(member: string, signal: NodeJS.Signals): Promise<number> {
    const pids = await this.processes(member);
    for (const pid of pids) signalPid(pid, signal);
    return performance.now();
  }

  async end(): Promise<void> {
    await this.bed.guard.stop();
    await Promise.all(this.before.map((program) => program.stop()));
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

function connection(config: ClientConfig): Client {
  const client = new Client({ ...CLIENT, host: LOOPBACK, ...config });
  // A server that dies under it makes the running query fail; that is enough.
  client.on("error", () => {});
  return client;
}
