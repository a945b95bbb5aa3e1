import { stripVTControlCharacters } from "node:util";

export interface TestName {
  /** "unit", "component", "local". */
  readonly suite: string;
  /** `tests/unit/a.test.ts > what > does this`. */
  readonly name: string;
}

export interface Result extends TestName {
  readonly outcome: "passed" | "failed" | "skipped";
  /** What was said of a failure. */
  readonly why?: string;
}

/** What vitest's JSON reporter writes, as far as it is read here. */
export interface JsonReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** What is wrong with the file itself. */
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/**
 * One result for each test, and a failed one for whatever else went wrong: a file that cannot be loaded, a hook that
 * threw, an error outside of any test, a suite in which nothing ran.
 */
export function readReport(
  report: JsonReport | undefined,
  exitCode: number,
  suites: readonly string[],
  shorten: (path: string) => string,
): Result[] {
  const results = (report?.testResults ?? []).flatMap((file): Result[] => {
    const path = shorten(file.name);
    const suite = suites.find((name) => isOf(name, path)) ?? "?";
    const tests = file.assertionResults.map(({ ancestorTitles, title, status, failureMessages }) => ({
      suite,
      name: [path, ...ancestorTitles, title].join(" > "),
      outcome: outcomeOf(status),
      ...whyOf(failureMessages?.[0]),
    }));
    const explained = file.status === "passed" || tests.some(({ outcome }) => outcome === "failed");
    const outside = { suite, name: `${path} (outside of its tests)`, ...whyOf(file.message) };
    return explained ? tests : [...tests, { ...outside, outcome: "failed" }];
  });
  const empty = suites.filter((suite) => !results.some((result) => result.suite === suite));
  results.push(...empty.map((suite): Result => ({ suite, name: `${suite}: no test ran`, outcome: "failed" })));
  if (exitCode !== 0 && !results.some(({ outcome }) => outcome === "failed")) {
    results.push({ suite: suites[0] ?? "?", name: `vitest ended with ${exitCode}`, outcome: "failed" });
  }
  return results;
}

/** Files of "long" lie beside the others, and are told by their names. */
const isOf = (suite: string, path: string): boolean =>
  path.endsWith(".long.test.ts") ? suite === "long" : path.startsWith(`tests/${suite}/`);

const outcomeOf = (status: string): Result["outcome"] =>
  status === "passed" || status === "failed" ? status : "skipped";

/** The message, and where in the tests: a run's last lines may be all that somebody gets to see of it. */
function whyOf(said: string | undefined): { readonly why?: string } {
  if (!said) return {};
  const lines = stripVTControlCharacters(said).split("\n");
  const isFrame = (line: string) => /^\s+at /.test(line);
  const where = lines.filter((line) => isFrame(line) && line.includes("/tests/")).slice(0, 2);
  return { why: [...lines.filter((line) => line.trim() && !isFrame(line)).slice(0, 12), ...where].join("\n") };
}

export interface AllowedSkip {
  /** A test's whole name, as {@link TestName} has it. */
  readonly test: string;
  /** Where it cannot run, and where it does. */
  readonly reason: string;
}

/** @throws when an entry lacks its test or its reason. */
export function readAllowedSkips(json: string): AllowedSkip[] {
  const entries = JSON.parse(json) as Partial<AllowedSkip>[];
  const [bad] = entries.filter(({ test, reason }) => !test?.trim() || !reason?.trim());
  if (bad) throw new Error(`tests/allowed-skips.json: ${JSON.stringify(bad)} needs both "test" and "reason"`);
  return entries as AllowedSkip[];
}

/** What is to be said at the end, and how the run exits. `strict`: an unlisted skip is a failure, as in CI. */
export function verdict(results: readonly Result[], allowed: readonly AllowedSkip[], strict: boolean) {
  const named = (outcome: Result["outcome"]) => results.filter((result) => result.outcome === outcome);
  const [failed, skipped] = [named("failed"), named("skipped")];
  const reasons = new Map(allowed.map(({ test, reason }) => [test, reason]));
  const unlisted = skipped.filter(({ name }) => !reasons.has(name));
  return {
    complaints: [
      ...failed.map(({ name, why }) => [`FAILED   ${name}`, ...(why?.split("\n") ?? [])].join("\n         ")),
      ...skipped.map(
        ({ name }) => `SKIPPED  ${name}: ${reasons.get(name) ?? "not listed in tests/allowed-skips.json"}`,
      ),
    ],
    code: failed.length > 0 || (strict && unlisted.length > 0) ? 1 : 0,
  };
}

/** A line for each suite when there are several, and the line that counts. */
export function summary(suites: readonly string[], results: readonly Result[]): string[] {
  const counts = (some: readonly Result[]) =>
    (["passed", "failed", "skipped"] as const)
      .map((outcome) => `${some.filter((result) => result.outcome === outcome).length} ${outcome}`)
      .join(", ");
  const parts = suites.map((suite) => `${suite}: ${counts(results.filter((result) => result.suite === suite))}`);
  return [...(suites.length > 1 ? parts : []), counts(results)];
}
