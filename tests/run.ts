import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensureLocalTools, ensureMonitoringTools, LineReporter, type Reporter } from "../components/local/tools";
import { ensureEngine } from "../ops/setup/engine";
import { durations } from "./support/durations";
import type { FileNews } from "./support/fileReporter";
import { ensurePlugins } from "./support/plugins";
import { readProof, recordPassed } from "./support/proof";
import { type Result, readAllowedSkips, summary, verdict } from "./support/results";
import { type Finished, listSuites, longFiles, runSuites, type Suite, type SuiteName, suites } from "./support/suites";

const ROOT = resolve(__dirname, "..");
const PROOF = join(ROOT, "docs/proof.md");
const USAGE = `npm test [-- SUITE…]                      ${["check", ...suites].join(", ")}; none: all of them
npm run test:long [-- FILE… --record]     files whose path contains FILE; none: every .long.test.ts`;

/**
 * Runs what decides: `npm run check` and the suites, all or those named; or, with "long" first, the files that `npm test`
 * leaves out. The last line counts: `N passed, N failed, N skipped`. Fails when a test failed; with CI=true also when one
 * was skipped that tests/allowed-skips.json does not list.
 */
async function main(args: readonly string[]): Promise<number> {
  if (args[0] === "long") return runLong(args.slice(1));
  const known: readonly string[] = ["check", ...suites];
  const unknown = args.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`There is no suite ${unknown.join(", ")}.\n${USAGE}`);
  const chosen = <N extends string>(name: N) => args.length === 0 || args.includes(name);
  const names = suites.filter(chosen);
  // What needs nothing but Node computes while the rest is fetched and built, and while AWS's provider waits; clusters, which
  // are about what happens in seconds, come after it.
  const pure = runSuites(
    ROOT,
    names.filter((name) => needs[name].length === 0),
    tell,
  );
  const ready = setUp(new Set(names.flatMap((name) => needs[name])));
  const waiting = names.filter((name) => name === "aws");
  const others = names.filter((name) => needs[name].length > 0 && name !== "aws");
  const finished = await Promise.all([
    chosen("check") ? check() : none,
    pure,
    ready.then((missing) => runWithServers(waiting, missing)),
    Promise.all([ready, pure]).then(([missing]) => runWithServers(others, missing)),
  ]);
  return end([...(chosen("check") ? ["check"] : []), ...names], finished);
}

async function runLong(args: readonly string[]): Promise<number> {
  const parts = args.filter((one) => one !== "--record");
  const all = longFiles(ROOT);
  const files = all.filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
  if (files.length === 0) {
    throw new Error(`No long file's path contains ${parts.join(" or ")}. There are:\n${all.join("\n")}`);
  }
  const commit = args.includes("--record") ? commitUnderTest() : undefined;
  const suiteOf = (file: string) => file.split("/")[1] as Suite;
  const missing = await setUp(new Set(files.flatMap((file) => needs[suiteOf(file)])));
  const ready = files.filter((file) => reasonOf(suiteOf(file), missing) === undefined);
  const ran = ready.length > 0 ? await runSuites(ROOT, ["long"], tell, ready) : none;
  const skipped = suites
    .filter((name) => files.some((file) => suiteOf(file) === name))
    .flatMap((name) => skip(name, reasonOf(name, missing), "long"))
    .filter(({ name }) => files.some((file) => name.startsWith(`${file} >`)));
  const code = end(["long"], [ran, { results: skipped, files: [] }]);
  if (commit !== undefined) record(ran, commit);
  return code;
}

const none: Finished = { results: [], files: [] };
const began = Date.now();
const clock = (at: number) => {
  const seconds = Math.round((at - began) / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, "0")}`;
};

/** A line for each file that has ended, and for each that begins and may take long. */
function tell({ file, at, end }: FileNews): void {
  if (end) console.log(`${clock(at)}  ${end.state}  ${file} (${end.tests})`);
  else if (!/^tests\/(unit|component)\//.test(file)) console.log(`${clock(at)}  begins  ${file}`);
}

/** Types, format and lint decide as tests do. */
async function check(): Promise<Finished> {
  const child = spawn("npm", ["run", "--silent", "check"], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const file = "npm run check";
  const at = Date.now();
  tell({ file, at });
  const code = await new Promise<number>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done(code ?? 1));
  });
  const outcome = code === 0 ? "passed" : "failed";
  tell({ file, at: Date.now(), end: { state: outcome, tests: 1 } });
  if (code !== 0) console.error(said);
  return {
    results: [{ suite: "check", name: file, outcome, ...(code === 0 ? {} : { why: said.trim() }) }],
    files: [{ file, began: at, ended: Date.now() }],
  };
}

/** @param missing what could not be had, with the reason: suites that need it are skipped */
async function runWithServers(names: readonly Suite[], missing: ReadonlyMap<Need, string>): Promise<Finished> {
  const ready = names.filter((name) => reasonOf(name, missing) === undefined);
  const ran = await runSuites(ROOT, ready, tell);
  return { ...ran, results: [...ran.results, ...names.flatMap((name) => skip(name, reasonOf(name, missing)))] };
}

/** Why a suite cannot run. */
const reasonOf = (name: Suite, missing: ReadonlyMap<Need, string>): string | undefined =>
  needs[name].flatMap((need) => missing.get(need) ?? [])[0];

/** How what a suite may need beside Node is had, in the order in which it is. */
const have = {
  engine: (report: Reporter) => ensureEngine(report),
  servers: (report: Reporter) => ensureLocalTools(report),
  watchers: (report: Reporter) => ensureMonitoringTools(report),
  awsPlugins: () => ensurePlugins(ROOT, ["aws", "random"]),
  alicloudPlugins: () => ensurePlugins(ROOT, ["alicloud", "random"]),
} as const;
type Need = keyof typeof have;

const needs: Readonly<Record<Suite, readonly Need[]>> = {
  unit: [],
  component: [],
  policy: ["engine", "awsPlugins", "alicloudPlugins"],
  aws: ["engine", "servers", "awsPlugins"],
  alicloud: ["engine", "alicloudPlugins"],
  local: ["engine", "servers", "watchers"],
  ops: ["engine", "servers"],
  monitoring: ["engine", "servers", "watchers"],
};

/** Has what is needed; what cannot be had, with the reason. */
async function setUp(needed: ReadonlySet<Need>): Promise<ReadonlyMap<Need, string>> {
  const report = new LineReporter();
  const missing = new Map<Need, string>();
  for (const need of (Object.keys(have) as Need[]).filter((one) => needed.has(one))) {
    try {
      await have[need](report);
    } catch (error) {
      missing.set(need, error instanceof Error ? error.message : String(error));
    }
  }
  return missing;
}

/** @param as the suite that its tests are listed in: "long" of those that `npm test` leaves out */
function skip(name: Suite, reason: string | undefined, as: SuiteName = name): Result[] {
  if (reason === undefined) return [];
  const line = "!".repeat(80);
  console.error(
    `\n${line}\nThe suite "${name}" is SKIPPED, as something it needs cannot be had:\n\n${reason}\n${line}\n`,
  );
  const own = listSuites(ROOT, [as]).filter((test) => test.name.startsWith(`tests/${name}/`));
  return own.map((test) => ({ ...test, outcome: "skipped" }));
}

/** Says how long everything took, what failed, and the counts. @returns the exit code */
function end(names: readonly string[], finished: readonly Finished[]): number {
  const results = finished.flatMap((one) => one.results);
  const { budgets } = names.includes("long") ? { budgets: [] } : readProof(readFileSync(PROOF, "utf8"));
  const times = durations(
    finished.flatMap(({ files }) => files),
    budgets,
  );
  console.log(`\nHow long it took (budgets: docs/proof.md)\n${times.join("\n")}\n`);
  const allowed = readAllowedSkips(readFileSync(join(ROOT, "tests/allowed-skips.json"), "utf8"));
  const { complaints, code } = verdict(results, allowed, process.env.CI === "true");
  for (const complaint of complaints) console.error(complaint);
  for (const line of summary(names, results)) console.log(line);
  return code;
}

const git = (...args: string[]) => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();

/** @throws unless all but docs/proof.md is as that commit has it */
function commitUnderTest(): string {
  if (git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/proof.md") !== "") {
    throw new Error("--record names a commit, and there are changes that are not committed. Commit them first.");
  }
  return git("rev-parse", "--short=9", "HEAD");
}

/** Writes into docs/proof.md which files have passed, today and at this commit. */
function record({ results, files }: Finished, commit: string): void {
  const whole = ({ file }: { file: string }) =>
    results.filter(({ name }) => name.startsWith(`${file} >`)).every(({ outcome }) => outcome === "passed");
  const seconds = new Map(
    files
      .filter(whole)
      .map(({ file, began, ended }) => [file.replace(/^tests\//, ""), { seconds: (ended - began) / 1000 }]),
  );
  const at = { day: new Date().toISOString().slice(0, 10), commit };
  writeFileSync(PROOF, recordPassed(readFileSync(PROOF, "utf8"), seconds, at));
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
