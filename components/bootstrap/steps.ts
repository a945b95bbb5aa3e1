import type { Client } from "pg"; // the PostgreSQL client of Node

/** One thing that must be so. */
export interface Step {
  /** A query with a row where it is so. */
  readonly unless: readonly [query: string, ...values: unknown[]];
  /** One statement or several, which bring it about from any state. */
  readonly run: string;
  /** What running it did, in words. */
  readonly did: string;
  /** Good to have where the service lets its administrator say it. */
  readonly ifAllowed?: true;
}

export async function isSo(client: Client, { unless: [query, ...values] }: Step): Promise<boolean> {
  return ((await client.query(query, values)).rowCount ?? 0) > 0;
}

/** PostgreSQL: who asks may not. */
const DENIED = "42501";

/**
 * Brings about what is not so yet, in order.
 *
 * @param did told of each step that was taken.
 * @param left told of each that the server does not allow, where that may be.
 * @throws the server's error, or one that says that the step changed nothing.
 */
export async function take(
  client: Client,
  steps: readonly Step[],
  did: (what: string) => void,
  left: (what: string) => void = () => {},
): Promise<void> {
  for (const step of steps) {
    if (await isSo(client, step)) continue;
    try {
      await client.query(step.run);
    } catch (error) {
      if (!(step.ifAllowed && (error as { code?: string }).code === DENIED)) throw error;
      left(step.did);
      continue;
    }
    // A grant or revoke by somebody who may not is a warning in PostgreSQL, and changes nothing.
    if (!(await isSo(client, step))) throw new Error(`${client.user} may not do it: ${step.did}`);
    did(step.did);
  }
}
