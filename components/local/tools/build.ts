import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Makes the folder `target` whole or not at all: `make` fills a fresh folder beside it, and a symbolic link named
 * `target` is moved into place in one step when it is done. (A rename of the folder itself would break what was built
 * with its own path inside, as Python's environments are.) What an interrupted run left behind is removed.
 * To be called under the cache's lock.
 */
export async function buildFolder(target: string, make: (folder: string) => Promise<void>): Promise<void> {
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  removeLeftovers(target);
  const folder = mkdtempSync(`${target}.`);
  // mkdtemp makes it private, but the servers' user must read it.
  chmodSync(folder, 0o755);
  const link = `${folder}.link`;
  try {
    await make(folder);
    symlinkSync(basename(folder), link);
    renameSync(link, target);
  } catch (error) {
    rmSync(link, { force: true });
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  removeLeftovers(target);
}

function removeLeftovers(target: string): void {
  const parent = dirname(target);
  const current = linkOf(target);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`${basename(target)}.`) && name !== current) {
      try {
        rmSync(join(parent, name), { recursive: true, force: true });
      } catch {
        // What a killed run had started may still be writing there; the next run removes it.
      }
    }
  }
}

function linkOf(target: string): string | undefined {
  try {
    return readlinkSync(target);
  } catch {
    return undefined;
  }
}
