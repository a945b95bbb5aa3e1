import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { type JsonReport, type Result, readReport, type TestName } from "./results";

/** In the order they run. Each is a folder here and a project of vitest.config.ts. */
export const suites = ["unit", "component", "policy", "aws", "alicloud", "local"] as const;
export type SuiteName = (typeof suites)[number];

const vitest = (root: string) => join(root, "node_modules/vitest/vitest.mjs");
const chosen = (names: readonly SuiteName[]) => names.flatMap((name) => ["--project", name]);

/** Runs suites in one go. `quiet` keeps their words until the end, so that they do not mix with somebody else's. */
export async function runSuites(root: string, names: readonly SuiteName[], { quiet = false } = {}): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), "license-db-tests-"));
  const file = join(folder, "report.json");
  try {
    const child = spawn(
      process.execPath,
      [
        vitest(root),
        "run",
        ...chosen(names),
        `--reporter=${quiet ? "default" : "verbose"}`,
        "--reporter=json",
        `--outputFile.json=${file}`,
      ],
      { cwd: root, stdio: ["ignore", ...(quiet ? (["pipe", "pipe"] as const) : (["inherit", "inherit"] as const))] },
    );
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => said.push(chunk));
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    });
    process.stdout.write(Buffer.concat(said));
    const report = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as JsonReport) : undefined;
    return readReport(report, code, names, (path) => relative(root, path).split(sep).join("/"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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
