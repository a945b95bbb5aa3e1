import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensureLocalTools, ensureMonitoringTools, LineReporter, type Reporter } from "../components/local/tools";
import { ensureEngine } from "../ops/setup/engine";
import { ensurePlugins } from "./support/plugins";
import { type Result, readAllowedSkips, summary, verdict } from "./support/results";
import { type Files, filesOf, listSuites, runSuites, type SuiteName, suites } from "./support/suites";

const ROOT = resolve(__dirname, "..");

/**
 * Runs suites: all, or those named on the command line. The last line counts: `N passed, N failed, N skipped`. Fails when
 * a test failed; with CI=true also when one was skipped that tests/allowed-skips.json does not list.
 */
async function main(asked: readonly string[]): Promise<number> {
  const unknown = asked.filter((name) => !suites.some((suite) => suite === name));
  if (unknown.length > 0) throw new Error(`no suite ${unknown.join(", ")}: there are ${suites.join(", ")}`);
  const chosen = suites.filter((name) => asked.length === 0 || asked.includes(name));
  const quick = chosen.filter((name) => needs[name].length === 0);
  const slow = chosen.filter((name) => needs[name].length > 0);
  // What needs nothing but Node runs while the rest is fetched and built.
  const quickly = run(quick, { quiet: slow.length > 0 });
  const results = (await Promise.all([quickly, runSlow(slow, quickly)])).flat();

  const allowed = readAllowedSkips(readFileSync(join(ROOT, "tests/allowed-skips.json"), "utf8"));
  const { complaints, code } = verdict(results, allowed, process.env.CI === "true");
  for (const complaint of complaints) console.error(complaint);
  for (const line of summary(chosen, results)) console.log(line);
  return code;
}

/** Their tests are about real clusters. */
const CLUSTERS: readonly SuiteName[] = ["local", "ops", "monitoring"];

async function run(names: readonly SuiteName[], how: Parameters<typeof runSuites>[2]): Promise<Result[]> {
  return names.length > 0 ? runSuites(ROOT, names, how) : [];
}

/**
 * What waits runs beside what computes, in three lanes: AWS's suite, whose provider waits by the minute; clusters, and
 * those of the operations. Previews and judgements, which take any core, go to the lane that is free first. What measures
 * time comes last.
 */
async function runSlow(names: readonly SuiteName[], quickly: Promise<unknown>): Promise<Result[]> {
  const missing = await setUp(new Set(names.flatMap((name) => needs[name])));
  const reason = (name: SuiteName) => needs[name].flatMap((need) => missing.get(need) ?? [])[0];
  const ready = (...some: readonly SuiteName[]) =>
    some.filter((name) => names.includes(name) && reason(name) === undefined);
  const quiet = names.length > 1;
  const inCompany = (company: keyof Files, ...some: readonly SuiteName[]) => {
    const named = ready(...some).map((name) => ({ name, files: filesOf(ROOT, name)[company] }));
    const there = named.filter(({ files }) => files.length > 0);
    return { names: there.map(({ name }) => name), files: there.flatMap(({ files }) => files) };
  };
  const together = (...some: readonly SuiteName[]) => {
    const { names: there, files } = inCompany("together", ...some);
    return run(there, { quiet, files });
  };
  const computing = ready("alicloud", "policy");
  const lane = async (first: () => Promise<Result[]>) => {
    const [results] = await Promise.all([first(), quickly]);
    for (let name = computing.shift(); name !== undefined; name = computing.shift()) {
      results.push(...(await run([name], { quiet })));
    }
    return results;
  };
  const beside = await Promise.all([
    lane(() => run(ready("aws"), { quiet })),
    lane(() => quickly.then(() => together("ops"))),
    lane(() => quickly.then(() => together("local", "monitoring"))),
  ]);
  const pairs = ready(...CLUSTERS).flatMap((name) =>
    filesOf(ROOT, name).pairs.map((file) => run([name], { quiet, files: [file] })),
  );
  const paired = await Promise.all(pairs);
  const alone = inCompany("alone", ...CLUSTERS);
  return [
    ...beside.flat(),
    ...paired.flat(),
    ...(await run(alone.names, { files: alone.files })),
    ...names.flatMap((name) => skip(name, reason(name))),
  ];
}

/** How what a suite may need beside Node is had, in the order in which it is. */
const have = {
  engine: (report: Reporter) => ensureEngine(report),
  servers: (report: Reporter) => ensureLocalTools(report),
  watchers: (report: Reporter) => ensureMonitoringTools(report),
  awsPlugins: () => ensurePlugins(ROOT, ["aws", "random"]),
  alicloudPlugins: () => ensurePlugins(ROOT, ["alicloud", "random"]),
} as const;
type Need = keyof typeof have;

const needs: Readonly<Record<SuiteName, readonly Need[]>> = {
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

function skip(name: SuiteName, reason: string | undefined): Result[] {
  if (reason === undefined) return [];
  const line = "!".repeat(80);
  console.error(
    `\n${line}\nThe suite "${name}" is SKIPPED, as something it needs cannot be had:\n\n${reason}\n${line}\n`,
  );
  return listSuites(ROOT, [name]).map((test) => ({ ...test, outcome: "skipped" }));
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
