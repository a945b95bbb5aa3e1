import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runUser } from "../../tools";

/** Gives a path to the database's OS user when we are root and run the servers as another. */
async function own(path: string): Promise<void> {
  const user = runUser();
  if (user.drop) await chown(path, user.uid, user.gid);
}

/** Makes a folder (and its parents) for the database's OS user; nobody else may look inside. */
export async function makeFolder(path: string, mode = 0o700): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  await chmod(path, mode);
  await own(path);
  // Parents that mkdir made on the way belong to the same user, or the servers could not pass through them.
  for (let made = path; first && made !== first; ) {
    made = dirname(made);
    await own(made);
  }
}

/** Removes a folder and all that is in it. A mount point is emptied, and stays. */
export async function removeFolder(path: string): Promise<void> {
  const found = (await isThere(path)) ? await readdir(path) : [];
  for (const name of found) await rm(join(path, name), { recursive: true, force: true });
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EBUSY" && error.code !== "ENOENT") throw error;
  });
}

/**
 * Writes a file whole or not at all, readable by the database's OS user only.
 * @returns whether the content is new.
 */
export async function writeOwned(path: string, content: string, mode = 0o600): Promise<boolean> {
  if ((await readIfThere(path)) === content) return false;
  const part = `${path}.${randomBytes(4).toString("hex")}.part`;
  const handle = await open(part, "wx", mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await own(part);
  await rename(part, path);
  return true;
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return false;
      throw error;
    },
  );
}

/** The last lines of a log, for an error message; empty when there is none. */
export async function tail(path: string, lines = 15): Promise<string> {
  const text = await readIfThere(path).catch(() => undefined);
  return (text ?? "").trimEnd().split("\n").slice(-lines).join("\n");
}

/** Those of our files that are not as we write them, as sentences: changed by hand, or by an older version of us. */
export async function fileDrift(files: Readonly<Record<string, string>>): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(files).map(async ([path, content]) =>
      (await readIfThere(path)) === content ? [] : [`${path} is not as it was made`],
    ),
  );
  return found.flat();
}
