import type { Target } from "./events";
import type { Server } from "./server";

export interface ServerHealth {
  readonly target: Target;
  readonly host: string;
  readonly port: number;
  /** It answered, and is what it should be: the writer takes writes. */
  readonly ok: boolean;
  /** Milliseconds until the answer, or until there was none. */
  readonly duration: number;
  /** Milliseconds a reader is behind the writer at most, when last measured. */
  readonly lag?: number;
  /** Why it is not ok. */
  readonly error?: string;
}

export interface Health {
  /** The writer is: without readers reads go there, without writer nothing is written. */
  readonly ok: boolean;
  readonly writer: ServerHealth;
  readonly readers: readonly ServerHealth[];
}

/** Every server, asked at once over its own pool: where no connection comes free in time, no call would get one. */
export async function healthOf(
  writer: Server,
  readers: readonly { readonly server: Server; readonly lag: number | undefined }[],
  timeout: number,
): Promise<Health> {
  const [first, ...others] = await Promise.all([
    ask(writer, timeout, undefined, true),
    ...readers.map(({ server, lag }) => ask(server, timeout, lag, false)),
  ]);
  return { ok: first.ok, writer: first, readers: others };
}

async function ask(server: Server, timeout: number, lag: number | undefined, writes: boolean): Promise<ServerHealth> {
  const began = performance.now();
  const { target, endpoint } = server;
  const error = await Promise.race([answer(server, timeout, writes), late(timeout)]);
  return {
    target,
    host: endpoint.host,
    port: endpoint.port,
    ok: error === undefined,
    duration: performance.now() - began,
    ...(lag === undefined ? {} : { lag }),
    ...(error === undefined ? {} : { error }),
  };
}

/** Undefined, or what is wrong. */
async function answer(server: Server, timeout: number, writes: boolean): Promise<string | undefined> {
  const text = "select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as closed";
  try {
    const { rows } = await server.with(
      timeout,
      (client) => client.query<{ closed: boolean }>({ text, ...{ query_timeout: timeout } }),
      { urgent: true },
    );
    return writes && rows[0]?.closed !== false ? "it takes no writes" : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const late = (timeout: number) =>
  new Promise<string>((resolve) => {
    setTimeout(() => resolve(`no answer within ${timeout} ms`), timeout).unref();
  });
