import { join, resolve } from "node:path";
import { buildSync } from "esbuild"; // makes one file of the function and what it imports
import { strToU8, zipSync } from "fflate"; // what Function Compute takes code in: a zip archive

const ROOT = resolve(__dirname, "../../..");

let made: string | undefined;

/**
 * The function as one readable file of JavaScript, the same on every machine: paths in it start at the repository.
 *
 * @throws esbuild's error when an import cannot be found.
 */
export function functionCode(): string {
  made ??= bundled();
  return made;
}

function bundled(): string {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [join(__dirname, "handler.ts")],
    external: ["pg-native"], // node-postgres' optional native driver
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
  if (!file) throw new Error("esbuild made no file of components/alicloud/function/handler.ts");
  return file.text;
}

/** Zip archives know no time before this one, and ours must not depend on when it was made. */
const SOME_TIME = new Date(1980, 0, 1);

/** A zip archive as base64: the same text for the same files. */
export function zipped(files: Readonly<Record<string, string>>): string {
  const entries = Object.entries(files).map(([name, text]) => [name, strToU8(text)] as const);
  return Buffer.from(zipSync(Object.fromEntries(entries), { level: 9, mtime: SOME_TIME })).toString("base64");
}

/** @param ca PEM; what vouches for the database. */
export const functionArchive = (ca: string): string => zipped({ "index.js": functionCode(), "ca.pem": ca });
