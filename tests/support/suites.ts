import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import type { FileRan } from "./durations";
import type { FileNews } from "./fileReporter";
import { type JsonReport, type Result, readReport, type TestName } from "./results";

/** Each is a folder here and a project of vitest.config.mts; "long" is every file of theirs that ends in .long.test.ts. */
export const suites = ["unit", "component", "policy", "aws", "alicloud", "local", "ops", "monitoring"] as const;
export type Suite = (typeof suites)[number];
export type SuiteName = Suite | "long";

const vitest = (root: string) => join(root, "node_modules/vitest/vitest.mjs");
const chosen = (names: readonly SuiteName[]) => names.flatMap((name) => ["--project", name]);

export interface Finished {
  readonly results: readonly Result[];
  readonly files: readonly FileRan[];
}

/**
 * Runs suites in one go. What a file begins and ends with is told as it happens; what vitest says of failures is printed
 * when all have ended, so that it does not mix with another run's.
 * @param files only those whose path contains one of these; none: all there are
 */
export async function runSuites(
  root: string,
  names: readonly SuiteName[],
  tell: (news: FileNews) => void,
  files: readonly string[] = [],
): Promise<Finished> {
  if (names.length === 0) return { results: [], files: [] };
  const folder = mkdtempSync(join(tmpdir(), "license-db-tests-"));
  const file = join(folder, "report.json");
  try {
    const child = spawn(
      process.execPath,
      [
        vitest(root),
        "run",
        ...files,
        ...chosen(names),
        "--reporter=dot",
        "--reporter=json",
        `--reporter=${join(__dirname, "fileReporter.ts")}`,
        `--outputFile.json=${file}`,
      ],
      { cwd: root, stdio: ["ignore", "pipe", "pipe", "ipc"] },
    );
    const began = new Map<string, number>();
    const ran: FileRan[] = [];
    child.on("message", (news) => {
      const { file, at, end } = news as FileNews;
      if (end) ran.push({ file, began: began.get(file) ?? at, ended: at });
      else began.set(file, at);
      tell(news as FileNews);
    });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => said.push(chunk));
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    });
    process.stdout.write(Buffer.concat(said));
    const report = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as JsonReport) : undefined;
    const results = readReport(report, code, names, (path) => relative(root, path).split(sep).join("/"));
    return { results, files: ran };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What `npm test` leaves out: "tests/local/badDays.long.test.ts". */
export const longFiles = (root: string): string[] =>
  readdirSync(join(root, "tests"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".long.test.ts"))
    .map((file) => join("tests", file).split(sep).join("/"))
    .sort();

/** The tests there are, without running them. */
export function listSuites(root: string, names: readonly SuiteName[]): TestName[] {
  const { stdout, stderr } = spawnSync(process.execPath, [vitest(root), "list", "--json", ...chosen(names)], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  try {
    const tests = JSON.parse(stdout.slice(stdout.indexOf("["))) as {
      name: string;
      file: string;
      projectName: string;
    }[];
    return tests.map(({ name, file, projectName }) => ({
      suite: projectName,
      name: `${relative(root, file).split(sep).join("/")} > ${name}`,
    }));
  } catch {
    throw new Error(`the tests of ${names.join(", ")} cannot be listed:\n${stderr || stdout}`);
  }
}
