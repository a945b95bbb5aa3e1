/** How long each kind of failure is worth another try. */

const SECOND = 1_000;

export interface Patience {
  /** Milliseconds since the first try within which such a failure is tried again; 0: never. */
  of(error: unknown): number;
  /** Milliseconds between two tries. */
  readonly pause: number;
}

/** A failover of RDS takes a minute or two at worst; a new role's rights reach every part of AWS within seconds. */
const OUTAGE = 180 * SECOND;
const RIGHTS = 60 * SECOND;

/** PostgreSQL: the server goes down, comes up, is no longer the writer, is slow, has no room, or someone else was first. */
const passing = /^(08|57014|57P0|53|25006|40001|40P01|55P03)/;
/** Node: the writer's name or address does not answer now. */
const unreachable = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
/** PostgreSQL: the master's password is being rotated; the next try reads it again. */
const wrongPassword = "28P01";
const denied = new Set(["AccessDeniedException", "DecryptionFailure", "EncryptionFailure"]);
const throttled = new Set(["ThrottlingException", "InternalServiceError", "TimeoutError"]);

export const patience: Patience = {
  pause: 3 * SECOND,
  of(error) {
    const { code = "", name = "", message = "" } = error as { code?: string; name?: string; message?: string };
    if (denied.has(name)) return RIGHTS;
    if (unreachable.has(code) || throttled.has(name) || passing.test(code) || code === wrongPassword) return OUTAGE;
    // what node-postgres says of a connection that ends before its answer has no code
    return /^(Connection terminated|timeout expired|Query read timeout)/.test(message) ? OUTAGE : 0;
  },
};

/**
 * Works until it works, or until it is not worth it any more.
 * @throws the last failure.
 */
export async function persist<T>(work: () => Promise<T>, { of, pause }: Patience = patience): Promise<T> {
  const start = Date.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() - start + pause > of(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
