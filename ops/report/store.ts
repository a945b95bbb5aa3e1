import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stateFolder } from "../../components/local/tools/folders";
import { markdown } from "./markdown";
import { reportPage } from "./page";
import type { Report } from "./report";
import type { Snapshot } from "./snapshot";

/** Where a stack's reports are kept: TIME.snapshot.json with what was counted, TIME.json, .html and .md of each. */
export const reportFolder = (stack: string): string => join(stateFolder(), "reports", stack.replaceAll("/", "-"));

const SNAPSHOT = ".snapshot.json";

/** Every look that is kept, the oldest first. */
export async function pastSnapshots(stack: string): Promise<Snapshot[]> {
  const folder = reportFolder(stack);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(SNAPSHOT)).sort();
  return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as Snapshot));
}

export interface KeptReport {
  readonly html: string;
  readonly markdown: string;
  readonly json: string;
}

/** Keeps a look and the report out of it. @param past the looks before, the oldest first. */
export async function keepReport(report: Report, now: Snapshot, past: readonly Snapshot[]): Promise<KeptReport> {
  const folder = reportFolder(now.stack);
  // Statements tell what an application does: nobody else's business.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, now.takenAt.replace(/[^\dT]/g, "").slice(0, 18));
  const kept = { html: `${file}.html`, markdown: `${file}.md`, json: `${file}.json` };
  await writeFile(kept.html, reportPage(report, [...past, now]));
  await writeFile(kept.markdown, markdown(report));
  await writeFile(kept.json, `${JSON.stringify(report, null, 2)}\n`);
  // Last: what the next report is compared with has had its report.
  await writeFile(`${file}${SNAPSHOT}`, `${JSON.stringify(now)}\n`);
  return kept;
}
