import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * What was found last time, with what tells cheaply (a stat per file, no process started) that it is still so.
 */
interface Manifest<T> {
  /** What the findings depend on: format, user, PATH, overrides. */
  readonly key: string;
  readonly stamps: Readonly<Record<string, string>>;
  readonly found: T;
}

/** The findings kept in `file`, or undefined when there are none, they are for another `key`, or a file has changed. */
export function readManifest<T>(file: string, key: string): T | undefined {
  try {
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest<T>;
    if (manifest.key !== key) {
      return undefined;
    }
    const valid = Object.entries(manifest.stamps).every(([path, stamp]) => stampOf(path) === stamp);
    return valid ? manifest.found : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps `found`, which stands as long as none of `paths` changes. */
export function writeManifest<T>(file: string, key: string, found: T, paths: readonly string[]): void {
  const stamps = Object.fromEntries(paths.map((path) => [path, stampOf(path)]));
  const manifest: Manifest<T> = { key, stamps, found };
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}`;
  writeFileSync(part, JSON.stringify(manifest, undefined, 1));
  renameSync(part, file);
}

function stampOf(path: string): string {
  const { ino, size, mtimeMs, mode } = statSync(path);
  return [ino, size, mtimeMs, mode].join(":");
}
