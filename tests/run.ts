import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensureLocalTools, LineReporter } from "../components/local/tools";
import { ensureEngine } from "../ops/setup/engine";
import { type Result, readAllowedSkips, summary, verdict } from "./support/results";
import { listSuites, runSuites, type SuiteName, suites } from "./support/suites";

const ROOT = resolve(__dirname, "..");

/**
 * Runs suites: all, or those named on the command line. The last line counts: `N passed, N failed, N skipped`. Fails when
 * a test failed; with CI=true also when one was skipped that tests/allowed-skips.json does not list.
 */
async function main(asked: readonly string[]): Promise<number> {
  const unknown = asked.filter((name) => !suites.some((suite) => suite === name));
  if (unknown.length > 0) throw new Error(`no suite ${unknown.join(", ")}: there are ${suites.join(", ")}`);
  const chosen = suites.filter((name) => asked.length === 0 || asked.includes(name));
  const quick = chosen.filter((name) => !needy.has(name));
  // What needs nothing but Node runs while the rest is fetched and built.
  const [quickResults, missing] = await Promise.all([
    quick.length > 0 ? runSuites(ROOT, quick, { quiet: chosen.length > quick.length }) : [],
    chosen.some((name) => needy.has(name)) ? setUp(chosen.includes("local")) : undefined,
  ]);
  const slow = chosen.filter((name) => needy.has(name));
  const results = [
    ...quickResults,
    ...(slow.length === 0 ? [] : missing === undefined ? await runSuites(ROOT, slow) : skip(missing, slow)),
  ];

  const allowed = readAllowedSkips(readFileSync(join(ROOT, "tests/allowed-skips.json"), "utf8"));
  const { complaints, code } = verdict(results, allowed, process.env.CI === "true");
  for (const complaint of complaints) console.error(complaint);
  for (const line of summary(chosen, results)) console.log(line);
  return code;
}

/** Suites that need more than Node: the engine, "local" the servers, too. */
const needy: ReadonlySet<SuiteName> = new Set(["policy", "local"]);

/** Has the engine and the servers; what kept it from that, if anything did. */
async function setUp(servers: boolean): Promise<string | undefined> {
  const report = new LineReporter();
  try {
    await ensureEngine(report);
    if (servers) await ensureLocalTools(report);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function skip(reason: string, names: readonly SuiteName[]): Result[] {
  const line = "!".repeat(80);
  console.error(`\n${line}\nSKIPPED: ${names.join(", ")}, as something needed cannot be had:\n\n${reason}\n${line}\n`);
  return listSuites(ROOT, names).map((test) => ({ ...test, outcome: "skipped" }));
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
