import { setTimeout as sleep } from "node:timers/promises";
import { waitAfter } from "./backoff";
import { LicenseDbError, OutcomeUnknownError, RefusedError, UnavailableError } from "./errors";
import type { ClientEvent } from "./events";
import { decide, type Operation } from "./failure";
import { Failed } from "./server";

export interface Retrying {
  readonly operation: Operation;
  /** By performance.now(). */
  readonly deadline: number;
  readonly onEvent: (event: ClientEvent) => void;
  readonly closing: AbortSignal;
}

/**
 * Does `attempt` until it succeeds, fails for good, or the time is over.
 *
 * @throws the server's own error where a statement is at fault, otherwise a LicenseDbError.
 */
export async function persist<T>(
  attempt: (number: number) => Promise<T>,
  { operation, deadline, onEvent, closing }: Retrying,
): Promise<T> {
  /** An earlier try may have happened, though a later one certainly has not. */
  let mayHaveHappened = false;
  let refusedSince: number | undefined;
  for (let number = 1; ; number++) {
    let failed: Failed;
    try {
      return await attempt(number);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      failed = error;
    }
    const { kind, stage, access, server } = failed;
    const decision = decide(kind, stage, operation);
    if (decision === "unknown") throw unknown(failed);
    if (decision === "fail") throw asIs(failed);
    if (decision === "renew") {
      refusedSince ??= performance.now();
      // Where there is nothing to ask, or it says the same for too long, waiting is of no use.
      const changed = access !== undefined && (await server.logins.refused(access).catch(() => false));
      if (!changed && performance.now() - refusedSince >= server.loginPatience) throw refused(failed);
    } else {
      refusedSince = undefined;
    }
    if (stage === "final" && (kind === "lost" || kind === "timeout")) mayHaveHappened = true;
    const delay = waitAfter(number, Math.random());
    if (performance.now() + delay > deadline) {
      throw mayHaveHappened ? unknown(failed) : givenUp(failed, number);
    }
    onEvent({ kind: "retry", target: server.target, failure: kind, reason: failed.message, attempt: number, delay });
    await sleep(delay, undefined, { signal: closing }).catch(() => {});
    if (closing.aborted) throw mayHaveHappened ? unknown(failed) : givenUp(failed, number);
  }
}

function unknown({ cause, message, server: { target } }: Failed): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `the connection to the ${target} was lost before its answer (${message}): what was sent has happened, or not. ` +
      "Look before doing it again; what may be done twice can say so (idempotent: true) and is then repeated.",
    { cause },
  );
}

/** A statement's own error stays what it is; so does one of this library's. */
function asIs({ kind, cause, message, server: { target } }: Failed): unknown {
  if (kind === "statement" || isTheServers(kind) || cause instanceof LicenseDbError) return cause;
  return new UnavailableError(`the ${target} was lost (${message}); nothing was done`, { cause });
}

function givenUp({ kind, cause, message, server: { target } }: Failed, attempts: number): unknown {
  if (isTheServers(kind)) return cause;
  const tries = attempts === 1 ? "1 try" : `${attempts} tries`;
  return new UnavailableError(`the ${target} was not to be had (${tries}; at last: ${message}); nothing was done`, {
    cause,
  });
}

/** It answered, and what it said is more use than our words: 40001, 25006. */
const isTheServers = (kind: Failed["kind"]): boolean => kind === "rolled back" || kind === "demoted";

function refused({ message, cause, access, server: { target, endpoint } }: Failed): RefusedError {
  return new RefusedError(
    `the ${target} at ${endpoint.host}:${endpoint.port} cannot be logged in to${access ? ` as ${access.username}` : ""}: ` +
      `${message}. Compare password, role and CA certificate with the stack's outputs.`,
    { cause },
  );
}
