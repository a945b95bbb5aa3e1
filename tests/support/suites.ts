import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { type JsonReport, type Result, readReport, type TestName } from "./results";

/** Each is a folder here and a project of vitest.config.ts. */
export const suites = ["unit", "component", "policy", "aws", "alicloud", "local", "ops", "monitoring"] as const;
export type SuiteName = (typeof suites)[number];

const vitest = (root: string) => join(root, "node_modules/vitest/vitest.mjs");
const chosen = (names: readonly SuiteName[]) => names.flatMap((name) => ["--project", name]);

/**
 * Files that measure how long something takes, or stand by what a machine does in seconds. Of some, two bear each other;
 * beside the others nothing runs. All that is not named here does well beside whatever else waits or computes.
 */
const TIMED = {
  pairs: ["tests/local/daemons/failover.test.ts", "tests/local/lifecycle.test.ts"],
  alone: ["tests/monitoring/alerts.test.ts", "tests/ops/client.test.ts"],
} as const;

/** A suite's files, from the project's folder, by the company they bear: any, one other, none. */
export type Files = Readonly<Record<"together" | keyof typeof TIMED, string[]>>;

export function filesOf(root: string, name: SuiteName): Files {
  const folder = join("tests", name);
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(folder, file).split(sep).join("/"))
    .sort();
  const timed: readonly string[] = Object.values(TIMED).flat();
  const gone = timed.filter((file) => file.startsWith(`${folder}/`) && !files.includes(file));
  if (gone.length > 0) throw new Error(`tests/support/suites.ts names ${gone.join(", ")}, which is no file`);
  const named = (some: readonly string[]) => files.filter((file) => some.includes(file));
  return {
    together: files.filter((file) => !timed.includes(file)),
    pairs: named(TIMED.pairs),
    alone: named(TIMED.alone),
  };
}

interface How {
  /** Keeps their words until the end, so that they do not mix with somebody else's. */
  readonly quiet?: boolean;
  /** Only these; without it all there are. */
  readonly files?: readonly string[];
}

/** Runs suites in one go. */
export async function runSuites(
  root: string,
  names: readonly SuiteName[],
  { quiet = false, files = [] }: How = {},
): Promise<Result[]> {
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
