import { Pool, type PoolClient } from "pg";
import type { Target } from "./events";
import { classify, endsConnection, type FailureKind, type Stage } from "./failure";
import { type Access, Logins } from "./login";
import type { Endpoint, Settings } from "./options";
import { NoTurn, Turns } from "./turns";

/** A try that failed: how far it was, and what of it. */
export class Failed extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly stage: Stage,
    override readonly cause: unknown,
    readonly server: Server,
    /** What the server refused, where it did. */
    readonly access?: Access,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** How far a piece of work on a connection is; it says so itself. */
export interface Progress {
  stage: Stage;
}

/** One server (or the pooler before it), and this process's connections to it. */
export class Server {
  readonly logins: Logins;
  private readonly pool: Pool;
  private readonly turns: Turns<PoolClient>;
  /** Every connection, and from when on (by performance.now()) it goes to nobody any more. */
  private readonly open = new Map<PoolClient, number>();
  private current: Access | undefined;
  private welcome = false;

  constructor(
    readonly endpoint: Endpoint,
    readonly target: Target,
    private readonly settings: Settings,
    size: number,
    closing: AbortSignal,
  ) {
    const { username, password, caCertificate, onEvent } = settings;
    this.logins = new Logins({ endpoint, target, username, password, caCertificate, onEvent });
    this.turns = new Turns(size, closing);
    this.pool = new Pool({
      host: endpoint.host,
      port: endpoint.port,
      database: settings.database,
      application_name: settings.applicationName,
      max: size,
      idleTimeoutMillis: settings.pool.idleTimeoutMillis,
      connectionTimeoutMillis: settings.pool.connectionTimeoutMillis,
      query_timeout: settings.statementTimeout,
      maxLifetimeSeconds: settings.maxLifetime / 1_000,
      // A peer that is gone without a word is noticed on an idle connection, too.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    // Without listeners a connection that ends while idle, or between two statements, would end the process.
    this.pool.on("error", () => {});
    this.pool.on("connect", (client) => {
      this.open.set(client, performance.now() + (settings.maxLifetime || Number.POSITIVE_INFINITY));
      client.on("error", () => {});
    });
    this.pool.on("remove", (client) => this.open.delete(client));
  }

  get counts(): { readonly connections: number; readonly idle: number; readonly waiting: number } {
    return { connections: this.pool.totalCount, idle: this.pool.idleCount, waiting: this.turns.waiting };
  }

  /**
   * Milliseconds for which it is worth asking for another password: where one was taken before, there is a rotation
   * going on. What is refused from the beginning is just wrong, and what does not come from a store stays as it is.
   */
  get loginPatience(): number {
    return this.welcome && typeof this.settings.password !== "string" ? this.settings.loginPatience : 0;
  }

  /**
   * Does a piece of work on one connection, which goes back to the pool if it is still good.
   *
   * @param patience milliseconds to wait for a connection to come free.
   * @param connected told once there is a connection.
   * @throws Failed, and nothing else; one that `work` throws goes through.
   */
  async with<T>(
    patience: number,
    work: (client: PoolClient, progress: Progress) => Promise<T>,
    { urgent = false, connected }: { urgent?: boolean; connected?: () => void } = {},
  ): Promise<T> {
    let client: PoolClient | undefined;
    try {
      const turn = this.turns.take(patience, urgent);
      if (turn) client = await turn;
    } catch (error) {
      throw new Failed(error instanceof NoTurn ? "unavailable" : "statement", "connecting", error, this);
    }
    let good = false;
    try {
      client ??= await this.connect();
      connected?.();
      const progress: Progress = { stage: "open" };
      try {
        const result = await work(client, progress);
        good = true;
        return result;
      } catch (error) {
        const failed =
          error instanceof Failed ? error : new Failed(classify(error, progress.stage), progress.stage, error, this);
        good = !endsConnection(failed.kind);
        throw failed;
      }
    } finally {
      // A connection that is still in a transaction would pass it on to whoever comes next.
      this.done(client, good && client?.getTransactionStatus() === "I");
    }
  }

  private async connect(): Promise<PoolClient> {
    const access = this.logins.fresh ?? (await this.ask());
    if (access !== this.current) this.adopt(access);
    const client = await this.pool.connect().catch((error: unknown) => {
      throw new Failed(classify(error, "connecting"), "connecting", error, this, access);
    });
    this.welcome = true;
    return client;
  }

  /**
   * Hands the connection to who waits: by way of the pool it would cost the listeners and two timers, for every
   * statement of a busy process.
   */
  private done(client: PoolClient | undefined, good: boolean): void {
    if (client && good && this.turns.waiting > 0 && this.mayGoOn(client)) {
      this.turns.give(client);
    } else {
      client?.release(!good);
      this.turns.give();
    }
  }

  private mayGoOn(client: PoolClient): boolean {
    return !this.pool.ending && performance.now() < (this.open.get(client) ?? 0);
  }

  private async ask(): Promise<Access> {
    try {
      return await this.logins.ask();
    } catch (error) {
      throw new Failed("refused", "connecting", error, this);
    }
  }

  /** New connections are made with it; the present ones go on, as PostgreSQL asks for a password only once. */
  private adopt(access: Access): void {
    const { options } = this.pool;
    options.user = access.username;
    options.password = access.password;
    options.ssl = { ca: access.ca, rejectUnauthorized: true };
    this.current = access;
  }

  /** Closes what is idle at once, and the rest as soon as its work is done. */
  async end(): Promise<void> {
    await this.pool.end();
  }

  /** Cuts the connections that are still busy. */
  cut(): void {
    for (const client of this.open.keys()) client.connection.stream.destroy();
  }
}
