import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const SOURCES = join(__dirname, "../../daemons");

/** In the environment of the daemons' programs: another version of the code is another program, and restarts them. */
export const DAEMONS_VARIABLE = "LICENSE_DB_DAEMONS";

/** The daemons' code, by file name. */
export async function daemonSources(): Promise<Record<string, string>> {
  const names = (await readdir(SOURCES)).filter((name) => name.endsWith(".py")).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(SOURCES, name), "utf8")));
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""]));
}

export async function daemonsVersion(): Promise<string> {
  return createHash("sha256")
    .update(JSON.stringify(await daemonSources()))
    .digest("hex")
    .slice(0, 12);
}
