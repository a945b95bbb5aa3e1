import { createPrivateKey, X509Certificate } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../../provider/progress";
import { type Place, paths } from "../place";
import { readIfThere, writeOwned } from "./files";
import type { AuthorityPhase } from "./rotations";
import { type Issued, newAuthority } from "./tls";

/** The cluster's own certificate authorities: one, and for the time of a rotation two. */
export interface Authorities {
  readonly issuer: Issued;
  /** PEM of all that are trusted; the first is the one that issues. */
  readonly trusted: string;
  /** What is trusted has just become another: servers have to take it up before anything that depends on it is done. */
  readonly changed: boolean;
  /** They are as far as was wanted. */
  readonly come: boolean;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;
/** Those of a PEM text, each with the end of its line: texts can be put together. */
export const certificatesIn = (pem: string): string[] =>
  (pem.match(CERTIFICATE) ?? []).map((one) => (one.endsWith("\n") ? one : `${one}\n`));

const files = (folder: string) => {
  const { tls } = paths(folder);
  return {
    cert: join(tls, "ca.crt"),
    key: join(tls, "ca.key"),
    /** Of the one that is introduced, until it issues. */
    nextCert: join(tls, "ca-next.crt"),
    nextKey: join(tls, "ca-next.key"),
  };
};

/** How far a rotation of the authority is. */
export type Standing = "one" | "introduced" | "issuing";

export async function standing(folder: string): Promise<Standing> {
  const at = files(folder);
  if ((await readIfThere(at.nextCert)) !== undefined) return "introduced";
  return certificatesIn((await readIfThere(at.cert)) ?? "").length > 1 ? "issuing" : "one";
}

/** Whether a rotation is as far as it was wanted. One that is over is as far as any. */
export async function hasCome(folder: string, wanted: AuthorityPhase | undefined): Promise<boolean> {
  const now = await standing(folder);
  if (wanted === undefined) return now === "one";
  return wanted === "alone" ? now === "one" : now === "introduced";
}

/**
 * Takes one step towards what is wanted; the authorities' keys never leave their files. Each step can be cut off
 * anywhere: the next run finds out where.
 *
 * @param days that a new authority is good for.
 */
export async function ensureAuthorities(
  { folder, name }: Place,
  wanted: AuthorityPhase | undefined,
  days: number,
  progress: Progress,
): Promise<Authorities> {
  const at = files(folder);
  await ensureFirst(at, name, days);
  let changed = await finishStep(at);
  const now = await standing(folder);
  if (now === "one" && wanted === "introduced") {
    progress.step("introducing a new certificate authority");
    await introduce(at, name, days);
    changed = true;
  } else if (now === "introduced" && wanted !== "introduced") {
    progress.step("issuing from the new certificate authority");
    await takeOver(at);
    changed = true;
  } else if (now === "issuing") {
    progress.step("letting the old certificate authority go");
    const [issuing = ""] = certificatesIn((await readIfThere(at.cert)) ?? "");
    await writeOwned(at.cert, issuing, 0o644);
    changed = true;
  }
  const [trusted = "", key = ""] = await Promise.all([readIfThere(at.cert), readIfThere(at.key)]);
  const [cert = ""] = certificatesIn(trusted);
  return {
    issuer: { cert, key },
    trusted,
    changed,
    come: await hasCome(folder, wanted ?? "alone"),
  };
}

type Files = ReturnType<typeof files>;

async function ensureFirst(at: Files, name: string, days: number): Promise<void> {
  const [cert, key] = await Promise.all([readIfThere(at.cert), readIfThere(at.key)]);
  if (cert !== undefined && key !== undefined) return;
  if (cert !== undefined) {
    throw new Error(
      `${at.key} is gone while ${at.cert} is there: clients trust that authority, so none is made in its place. Put the copy of the key back`,
    );
  }
  const authority = await newAuthority(name, days);
  await writeOwned(at.key, authority.key);
  await writeOwned(at.cert, authority.cert, 0o644);
}

/** The new one's certificate comes to lie there last: before that there is none. */
async function introduce(at: Files, name: string, days: number): Promise<void> {
  const next = await newAuthority(name, days);
  await writeOwned(at.nextKey, next.key);
  const [old = ""] = certificatesIn((await readIfThere(at.cert)) ?? "");
  await writeOwned(at.nextCert, next.cert, 0o644);
  await writeOwned(at.cert, old + next.cert, 0o644);
}

async function takeOver(at: Files): Promise<void> {
  await writeOwned(at.key, (await readIfThere(at.nextKey)) ?? "");
  await finishStep(at);
}

/** Puts in place what a step that was cut off left out; whether there was any. */
async function finishStep(at: Files): Promise<boolean> {
  const [trusted = "", key = "", introduced = ""] = await Promise.all([at.cert, at.key, at.nextCert].map(readIfThere));
  const [next] = certificatesIn(introduced);
  if (next === undefined) return false;
  const all = certificatesIn(trusted);
  if (new X509Certificate(next).checkPrivateKey(createPrivateKey(key))) {
    // From the moment on that the key is the new one's, nothing but its certificate may stand first.
    await writeOwned(at.cert, [next, ...all.filter((one) => one !== next)].join(""), 0o644);
    await rm(at.nextCert);
    await rm(at.nextKey, { force: true });
    return true;
  }
  if (all.length > 1) return false;
  await writeOwned(at.cert, all.join("") + next, 0o644);
  return true;
}
