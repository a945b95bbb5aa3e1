import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Outcome } from "../function/outcome";
import { type Asked, KINDS, type Kind, type Wish } from "./asked";
import { clientCommand, clientEnvironment } from "./client";
import type { Store, Uploaded } from "./store";

/** What lies beside a dump that was read back and found whole. */
export interface Receipt extends Uploaded {
  readonly key: string;
  readonly database: string;
  readonly host: string;
  /** ISO 8601. */
  readonly started: string;
  readonly verified: string;
}

/** Where the dump of a task lies, or of a moment. */
const keyOf = (kind: Kind, database: string, what: string): string => `${kind}/${database}-${what}.dump`;
const receiptOf = (key: string): string => `${key}.json`;
const failureOf = (key: string): string => `${key}.failed.json`;

/**
 * Dumps the database into the bucket, reads the object back (its digest, and every block of it by pg_restore), and only
 * then writes the receipt beside it: a dump without one is not to be trusted.
 *
 * @throws Error in words, without a secret.
 */
export async function archive(asked: Asked, store: Store, { dump: kind, task }: Dump, started: Date): Promise<Receipt> {
  const key = keyOf(kind, asked.database, task ?? started.toISOString().replaceAll(":", ""));
  const uploaded = await upload(asked, store, key);
  await verify(store, key, uploaded);
  const receipt: Receipt = {
    key,
    ...uploaded,
    database: asked.database,
    host: asked.host,
    started: started.toISOString(),
    verified: new Date().toISOString(),
  };
  await store.write(receiptOf(key), asText(receipt));
  return receipt;
}

/** Leaves beside the place of a task's dump why there is none, for whoever asks for the outcome. */
export async function leaveWhy(asked: Asked, store: Store, { dump: kind, task }: Dump, error: string): Promise<void> {
  if (task !== undefined) await store.write(failureOf(keyOf(kind, asked.database, task)), asText({ error }));
}

/** What became of a task: its receipt counts for more than why an earlier try of it failed. */
export async function outcome({ database }: Asked, store: Store, task: string): Promise<Outcome> {
  for (const kind of KINDS) {
    const key = keyOf(kind, database, task);
    const receipt = await store.textOf(receiptOf(key));
    if (receipt !== undefined) return { answer: JSON.parse(receipt) as Outcome["answer"] & object };
    const failure = await store.textOf(failureOf(key));
    if (failure !== undefined) return JSON.parse(failure) as Outcome;
  }
  return {};
}

type Dump = Extract<Wish, { readonly dump: Kind }>;

const asText = (content: object): string => `${JSON.stringify(content, null, 2)}\n`;

async function upload(asked: Asked, store: Store, key: string): Promise<Uploaded> {
  const [command, args] = clientCommand("pg_dump", ["--format=custom", "--no-password", "--lock-wait-timeout=10min"]);
  const env = await clientEnvironment(asked);
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = ending("pg_dump", child);
  try {
    return await store.upload(key, child.stdout, () => ended);
  } catch (error) {
    child.kill();
    // Its own words say more than those of a stream that broke off.
    await ended;
    throw error;
  }
}

async function verify(store: Store, key: string, uploaded: Uploaded): Promise<void> {
  const digest = createHash("sha256");
  let bytes = 0;
  const watched = new PassThrough();
  watched.on("data", (chunk: Buffer) => {
    digest.update(chunk);
    bytes += chunk.length;
  });
  // No database: it makes SQL of every block of the archive, and of what is broken it cannot.
  const [command, args] = clientCommand("pg_restore", ["--file=/dev/null"]);
  const child = spawn(command, args, { env: { LC_ALL: "C" }, stdio: ["pipe", "ignore", "pipe"] });
  const ended = ending("pg_restore", child);
  const fed = feed(await store.read(key), watched, child);
  await Promise.all([fed, ended]);
  const read = digest.digest("hex");
  if (read !== uploaded.sha256) {
    throw new Error(
      `${key} is not what was uploaded: ${bytes} bytes with SHA-256 ${read}, not ${uploaded.bytes} with ${uploaded.sha256}`,
    );
  }
}

async function feed(content: Readable, watched: PassThrough, { stdin }: ChildProcess): Promise<void> {
  if (!stdin) throw new Error("pg_restore takes no input");
  // It stops reading at the archive's end, or where it is broken: what comes behind is for the digest.
  stdin.on("error", () => watched.unpipe(stdin).resume());
  watched.pipe(stdin);
  await pipeline(content, watched);
}

/** Settles when the program has ended; it fails with the program's last words. */
function ending(name: string, child: ChildProcess): Promise<void> {
  let words = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2000);
  });
  const ended = once(child, "close").then(([code, signal]) => {
    if (code !== 0) throw new Error(`${name} ended with ${signal ?? code}: ${words.trim() || "no word"}`);
  });
  ended.catch(() => {}); // it may fail before anybody waits for it, and Node ends over that
  return ended;
}
