import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipped } from "../function/bundle";

/** Milliseconds: whoever's code changes every day does not gather archives for ever. */
const KEPT = 30 * 86_400_000;

/**
 * A zip archive as base64. To make one of some megabytes takes seconds, and nearly every preview wants the last one's.
 *
 * @param folder where archives are kept by the digest of what is in them; safe to delete. Where it cannot be written to,
 * every archive is made anew.
 */
export function zippedOnce(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const file = join(folder, `${digestOf(files)}.zip.base64`);
  try {
    return readFileSync(file, "latin1");
  } catch {
    const made = zipped(files);
    keep(folder, file, made);
    return made;
  }
}

/** Of names and contents, each with its length before it: no two sets of files have the same. */
function digestOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const hash = createHash("sha256");
  for (const [name, content] of Object.entries(files)) {
    for (const part of [name, content]) hash.update(`${Buffer.byteLength(part)}\n`).update(part);
  }
  return hash.digest("hex");
}

function keep(folder: string, file: string, made: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const other of readdirSync(folder).map((name) => join(folder, name))) {
      if (statSync(other).mtimeMs < Date.now() - KEPT) rmSync(other, { force: true });
    }
    // Another process may be about to read the same, and shall find all of it or nothing.
    const part = `${file}.${process.pid}`;
    writeFileSync(part, made, "latin1");
    renameSync(part, file);
  } catch {
    // Only time is lost.
  }
}
