import { join, resolve } from "node:path";
import { buildSync } from "esbuild"; // makes one file of the function and what it imports
import { strToU8, type ZippableFile, zipSync } from "fflate"; // what Function Compute takes code in: a zip archive

const ROOT = resolve(__dirname, "../../..");

let made: string | undefined;

/**
 * The function as one readable file of JavaScript, the same on every machine: paths in it start at the repository.
 *
 * @throws esbuild's error when an import cannot be found.
 */
export function functionCode(): string {
  made ??= bundled(join(__dirname, "handler.ts"), ["pg-native"]); // node-postgres' optional native driver
  return made;
}

/**
 * A program for Function Compute as one readable file.
 * @param external modules that are not brought along: they are optional and never used
 */
export function bundled(entry: string, external: readonly string[]): string {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    external: [...external],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    charset: "utf8",
    legalComments: "inline",
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (!file) throw new Error(`esbuild made no file of ${entry}`);
  return file.text;
}

/** Zip archives know no time before this one, and ours must not depend on when it was made. */
const SOME_TIME = new Date(1980, 0, 1);

/** Of a Unix system; everybody may read and run it: what is no program does not mind. */
const MODE = { os: 3, attrs: 0o755 << 16 } as const;

/** Higher ones take twice the time for one part in a thousand. */
const LEVEL = 6;

/** A zip archive as base64: the same text for the same files. */
export function zipped(files: Readonly<Record<string, string | Uint8Array>>): string {
  const entries = Object.entries(files).map(([name, content]): [string, ZippableFile] => [
    name,
    [typeof content === "string" ? strToU8(content) : content, MODE],
  ]);
  return Buffer.from(zipSync(Object.fromEntries(entries), { level: LEVEL, mtime: SOME_TIME })).toString("base64");
}

/** @param ca PEM; what vouches for the database. */
export const functionArchive = (ca: string): string => zipped({ "index.js": functionCode(), "ca.pem": ca });
