export interface TestName {
  /** "unit", "component", "local". */
  readonly suite: string;
  /** `tests/unit/a.test.ts > what > does this`. */
  readonly name: string;
}

export interface Result extends TestName {
  readonly outcome: "passed" | "failed" | "skipped";
}

/** What vitest's JSON reporter writes, as far as it is read here. */
export interface JsonReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
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
    const suite = suites.find((name) => path.startsWith(`tests/${name}/`)) ?? "?";
    const tests = file.assertionResults.map(({ ancestorTitles, title, status }) => ({
      suite,
      name: [path, ...ancestorTitles, title].join(" > "),
      outcome: outcomeOf(status),
    }));
    const explained = file.status === "passed" || tests.some(({ outcome }) => outcome === "failed");
    return explained ? tests : [...tests, { suite, name: `${path} (outside of its tests)`, outcome: "failed" }];
  });
  const empty = suites.filter((suite) => !results.some((result) => result.suite === suite));
  results.push(...empty.map((suite): Result => ({ suite, name: `${suite}: no test ran`, outcome: "failed" })));
  if (exitCode !== 0 && !results.some(({ outcome }) => outcome === "failed")) {
    results.push({ suite: suites[0] ?? "?", name: `vitest ended with ${exitCode}`, outcome: "failed" });
  }
  return results;
}

const outcomeOf = (status: string): Result["outcome"] =>
  status === "passed" || status === "failed" ? status : "skipped";

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
      ...failed.map(({ name }) => `FAILED   ${name}`),
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
