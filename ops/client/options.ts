import type { ClientEvent } from "./events";
import type { LoginSource } from "./login";

/** Where one kind of traffic goes, as the stack's outputs have it. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** As the stack's output `pool`; R10's figures where something is left out. Milliseconds, 0: never. */
export interface PoolOptions {
  /** Connections to the writer, and as many to all readers together. @default 20 */
  readonly max?: number;
  /** After which an unused connection is closed. @default 30000 */
  readonly idleTimeoutMillis?: number;
  /** In which a connection must come about, TLS and login included. @default 2000 */
  readonly connectionTimeoutMillis?: number;
}

export interface ClientOptions {
  readonly writer: Endpoint;
  /** Each gets its share of the pool. None, or only the writer: everything is read there. @default [] */
  readonly readers?: readonly Endpoint[];
  readonly database: string;
  readonly username: string;
  /** The password, or where it is to be had whenever it is needed: only such a one can be rotated without a restart. */
  readonly password: string | LoginSource;
  /** PEM of who vouches for the servers. A function is asked again when a server cannot be verified. */
  readonly caCertificate: string | (() => string | Promise<string>);
  readonly pool?: PoolOptions;
  /**
   * Milliseconds for which a call is tried again, from its beginning. 0: never. A failover takes one to two seconds on one
   * machine, half a minute to two minutes in a cloud.
   * @default 60000
   */
  readonly retryFor?: number;
  /** Milliseconds until the answer to a statement is no longer waited for; 0: for ever. @default 60000 */
  readonly statementTimeout?: number;
  /** Calls that may wait for a connection or for their next try; more are refused at once. @default 10 times pool.max */
  readonly maxQueue?: number;
  /**
   * Milliseconds that what a reader shows may be old. Beyond that the writer is read, until the reader has caught up.
   * Measured about four times in that time, but once a second at most; on one server if several share an address.
   * `Infinity`: not measured. `db.read(…, { maxLag })` is exact.
   * @default 10000
   */
  readonly maxLag?: number;
  /** Milliseconds after which a connection is replaced, so that connections spread over servers again. @default 1800000 */
  readonly maxLifetime?: number;
  /** Milliseconds for which a refused password is asked for anew: a rotation changes server and store one after another. @default 15000 */
  readonly loginPatience?: number;
  /** Told of every call, retry, fallback and change of password, for metrics and logs; must return at once. */
  readonly onEvent?: (event: ClientEvent) => void;
  /** As servers show it (pg_stat_activity). @default "license-db" */
  readonly applicationName?: string;
}

export interface Settings {
  readonly writer: Endpoint;
  readonly readers: readonly Endpoint[];
  readonly database: string;
  readonly username: string;
  readonly password: string | LoginSource;
  readonly caCertificate: () => string | Promise<string>;
  readonly pool: Required<PoolOptions>;
  readonly retryFor: number;
  readonly statementTimeout: number;
  readonly maxQueue: number;
  readonly maxLag: number;
  readonly maxLifetime: number;
  readonly loginPatience: number;
  readonly onEvent: (event: ClientEvent) => void;
  readonly applicationName: string;
}
