import { join } from "node:path";
import { readIfThere, writeOwned } from "./files";

/**
 * What an operator wants to be new (`npx license-db rotate`). It lies beside the cluster and not in its configuration:
 * what is wanted is an act and not a figure. The resources see it as a drift, so that any `up` does it, or finishes it
 * after one that was killed. It stays there: what is newer than the wish fulfils it.
 */
export interface Rotations {
  /** The application's password is to be younger than `since` (ISO 8601), and to be written to `file` when it is made. */
  readonly password?: { readonly since: string; readonly file?: string };
  /** So are the certificates. ISO 8601. */
  readonly certificates?: string;
  /** How far a new certificate authority is to have come. */
  readonly authority?: AuthorityPhase;
}

/**
 * "introduced": a new authority is trusted beside the old one, which still issues. "alone": the new one has issued every
 * certificate, and the old one is gone.
 */
export type AuthorityPhase = "introduced" | "alone";

const file = (folder: string): string => join(folder, "rotations.json");

export async function readRotations(folder: string): Promise<Rotations> {
  return JSON.parse((await readIfThere(file(folder))) ?? "{}") as Rotations;
}

/** Leaves what was wanted before, and adds this. */
export async function wantRotation(folder: string, wanted: Rotations): Promise<void> {
  const all = { ...(await readRotations(folder)), ...wanted };
  await writeOwned(file(folder), `${JSON.stringify(all, null, 2)}\n`);
}

/** Whether something is wanted anew. @param since when it was made; undefined where nobody knows. */
export const isOlder = (since: string | undefined, wanted: string | undefined): boolean =>
  wanted !== undefined && (since === undefined || Date.parse(since) < Date.parse(wanted));
