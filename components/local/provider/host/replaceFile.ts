import { chmod, chown, rename, rm, stat, writeFile } from "node:fs/promises";

/**
 * Writes a file that others read at any time: they see the old text or the new one. It keeps its owner and mode.
 *
 * @param mode of a file that is new.
 */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  const beside = `${path}.${process.pid}.new`;
  try {
    await writeFile(beside, text, { mode: 0o600, flag: "wx" });
    await chmod(beside, before ? before.mode & 0o777 : mode);
    if (before) await chown(beside, before.uid, before.gid);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
