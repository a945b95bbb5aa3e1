import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stateFolder } from "../../components/local/tools/folders";
import { historyPage, resultPage } from "./page";
import type { DrillResult } from "./result";

/** Where a stack's drills are kept: TIME-KIND.json and .html of each, and index.html over all. */
export const drillFolder = (stack: string): string => join(stateFolder(), "drills", stack.replaceAll("/", "-"));

/** Every drill of a stack that is kept, the oldest first. */
export async function pastDrills(stack: string): Promise<DrillResult[]> {
  const folder = drillFolder(stack);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as DrillResult));
}

/** Keeps a drill and writes its page and the history's. @returns the page's path. */
export async function keepDrill(result: DrillResult): Promise<string> {
  const folder = drillFolder(result.stack);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, drillName(result));
  await writeFile(`${file}.json`, `${JSON.stringify(result, null, 2)}\n`);
  const past = await pastDrills(result.stack);
  await writeFile(`${file}.html`, resultPage(result, past));
  await writeFile(join(folder, "index.html"), historyPage(result.stack, past));
  return `${file}.html`;
}

/** A file's name that sorts by time and may stand in a URL. */
export const drillName = ({ startedAt, kind }: Pick<DrillResult, "startedAt" | "kind">): string =>
  `${startedAt.replace(/[^\dT]/g, "").slice(0, 18)}-${kind}`;
