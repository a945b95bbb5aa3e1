import { mkdtemp, open, readFile, rm, stat, statfs, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./run";

/** The nearest ancestor that exists: where a folder yet to be made would land. */
export async function nearestExisting(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found?.isDirectory()) return at;
    if (found) throw new Error(`${at} is a file, not a folder`);
    if (at === dirname(at)) return at;
  }
}

/** Free bytes for an ordinary user. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(await nearestExisting(folder));
  return bavail * bsize;
}

/** What stays free of a file system, in bytes and as its share; under the lesser, PostgreSQL is about to stop. */
const LEAST_FREE = { bytes: 2 * 2 ** 30, share: 0.05 };

/** What to say of a file system that is all but full; undefined while there is room. */
export async function diskAlarm(folder: string): Promise<string | undefined> {
  const at = await nearestExisting(folder);
  const { bavail, blocks, bsize } = await statfs(at);
  if (bavail * bsize >= Math.min(LEAST_FREE.bytes, blocks * bsize * LEAST_FREE.share)) return undefined;
  const mb = (count: number) => `${Math.floor((count * bsize) / 2 ** 20)} MB`;
  return `the disk of ${at} is full but for ${mb(bavail)} of ${mb(blocks)}: free some, or PostgreSQL stops; no acknowledged write is lost`;
}

/**
 * Why PostgreSQL cannot keep its data here, or undefined. Tried, not looked up: PostgreSQL needs a folder only its
 * owner can open, flushed writes and symbolic links, and some file systems and mounts have not all of them.
 */
export async function unfitForData(folder: string): Promise<string | undefined> {
  const parent = await nearestExisting(folder);
  let probe: string;
  try {
    probe = await mkdtemp(join(parent, ".license-db-probe-"));
  } catch (error) {
    return `${parent} cannot be written: ${(error as Error).message}`;
  }
  try {
    if (((await stat(probe)).mode & 0o777) !== 0o700) {
      return `the file system of ${parent} does not keep permissions (PostgreSQL needs a folder of mode 0700)`;
    }
    const file = await open(join(probe, "file"), "w", 0o600);
    await file.writeFile("probe").then(() => file.sync());
    await file.close();
    await symlink("file", join(probe, "link"));
    return undefined;
  } catch (error) {
    return `the file system of ${parent} lacks what PostgreSQL needs: ${(error as Error).message}`;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

/** Whether the database's OS user can pass through all folders above; else which one stops it. */
export async function closedToServers(folder: string): Promise<string | undefined> {
  const parent = await nearestExisting(folder);
  return run("test", ["-x", parent]).then(
    () => undefined,
    () => parent,
  );
}

/** Whether the folder's file system lies on an encrypted block device (dm-crypt), as the kernel tells. */
export async function isEncrypted(folder: string): Promise<boolean> {
  const { dev } = await stat(await nearestExisting(folder));
  const major = (dev >> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
  return deviceIsEncrypted(`/sys/dev/block/${major}:${minor}`);
}

async function deviceIsEncrypted(device: string): Promise<boolean> {
  const id = await readFile(join(device, "dm/uuid"), "utf8").catch(() => "");
  if (id.startsWith("CRYPT-")) return true;
  const { readdir } = await import("node:fs/promises");
  const below = await readdir(join(device, "slaves")).catch(() => []);
  const answers = await Promise.all(below.map((name) => deviceIsEncrypted(join("/sys/class/block", name))));
  return answers.length > 0 && answers.every(Boolean);
}
