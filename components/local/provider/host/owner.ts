import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PostgresMajor } from "../../tools";
import { type Ports, paths } from "../place";
import { readIfThere, writeOwned } from "./files";
import { attempt } from "./wait";

/** Whose a folder is; kept in the folder, so that it survives the loss of the stack's state. */
export interface Owner {
  readonly clusterId: string;
  readonly name: string;
  /** "making" until the cluster was ready once: an `up` that was killed before may be gone on with. */
  readonly status: "making" | "ready";
  readonly ports: Ports;
  /**
   * What the data became by an upgrade to another major version, or by taking that back, which the stack's state learns
   * of at its next `up`.
   */
  readonly data?: { readonly major: PostgresMajor; readonly systemIdentifier: string };
  /** The command that began to change the data and has not come to its end: it alone goes on from there. */
  readonly unfinished?: string;
}

export async function readOwner(folder: string): Promise<Owner | undefined> {
  const text = await readIfThere(paths(folder).owner);
  return text === undefined ? undefined : (JSON.parse(text) as Owner);
}

export async function writeOwner(folder: string, owner: Owner): Promise<void> {
  await writeOwned(paths(folder).owner, `${JSON.stringify(owner, null, 2)}\n`);
}

/** From now on the cluster counts as made: it is taken over only by the stack that knows it, or on request. */
export async function markReady(folder: string): Promise<void> {
  const owner = await readOwner(folder);
  if (owner && owner.status !== "ready") await writeOwner(folder, { ...owner, status: "ready" });
}

/** The clusters in the folders beside this one. */
export async function otherOwners(folder: string): Promise<Owner[]> {
  const parent = dirname(folder);
  const names = (await attempt(() => readdir(parent))) ?? [];
  const owners = await Promise.all(
    names
      .map((name) => join(parent, name))
      .filter((one) => one !== folder)
      .map((one) => attempt(() => readOwner(one))),
  );
  return owners.filter((owner): owner is Owner => owner !== undefined);
}
