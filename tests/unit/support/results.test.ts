import { describe, expect, it } from "vitest";
import { type JsonReport, type Result, readAllowedSkips, readReport, summary, verdict } from "../../support/results";

const shorten = (path: string) => path.replace("/r/", "");
const file = (name: string, status: string, ...tests: [title: string, status: string][]) => ({
  name: `/r/tests/${name}.test.ts`,
  status,
  assertionResults: tests.map(([title, status]) => ({ ancestorTitles: ["a thing"], title, status })),
});
const read = (files: JsonReport["testResults"], code = 0, suites = ["unit", "local"]) =>
  readReport({ testResults: files }, code, suites, shorten);
const good = [file("unit/a", "passed", ["works", "passed"]), file("local/b", "passed", ["runs", "passed"])];

describe("a report", () => {
  it("gives each test its suite, its whole name and what came of it", () => {
    const tests = read([
      file("unit/a", "failed", ["works", "passed"], ["holds", "failed"]),
      file("local/b", "passed", ["runs", "pending"], ["will be", "todo"], ["cannot", "skipped"]),
    ]);
    expect(tests.map(({ suite, name, outcome }) => [suite, name, outcome])).toEqual([
      ["unit", "tests/unit/a.test.ts > a thing > works", "passed"],
      ["unit", "tests/unit/a.test.ts > a thing > holds", "failed"],
      ["local", "tests/local/b.test.ts > a thing > runs", "skipped"],
      ["local", "tests/local/b.test.ts > a thing > will be", "skipped"],
      ["local", "tests/local/b.test.ts > a thing > cannot", "skipped"],
    ]);
  });

  it("counts a file that takes long to its own suite, wherever it lies", () => {
    const [test] = read([file("unit/c.long", "passed", ["works", "passed"])], 0, ["unit", "long"]);
    expect(test?.suite).toBe("long");
  });

  it.each([
    ["a file that cannot be loaded", read([...good, file("unit/c", "failed")])],
    ["a hook that threw", read([...good, file("unit/c", "failed", ["works", "skipped"])])],
    ["an error outside of any test", read(good, 1)],
    ["a suite without a test", read(good.slice(0, 1))],
    ["a run that wrote no report", readReport(undefined, 137, ["unit"], shorten)],
  ])("counts %s as a failure", (_, results) => {
    expect(results.filter(({ outcome }) => outcome === "failed")).toHaveLength(1);
    expect(verdict(results, [], false).code).toBe(1);
  });
});

describe("a failure", () => {
  const complaint = (why: string) => {
    const failed = file("unit/a", "failed", ["holds", "failed"]);
    const told = {
      ...failed,
      assertionResults: failed.assertionResults.map((one) => ({ ...one, failureMessages: [why] })),
    };
    return verdict(read([told], 1, ["unit"]), [], true).complaints.join("\n");
  };

  it("is told with its message and its place, without colours and others' code", () => {
    const said = complaint(
      "AssertionError: expected \u001b[32m1\u001b[39m to be 2\n    at x (/r/node_modules/y.js:1:1)\n    at /r/tests/unit/a.test.ts:7:9",
    );
    expect(said).toBe(
      "FAILED   tests/unit/a.test.ts > a thing > holds\n" +
        "         AssertionError: expected 1 to be 2\n             at /r/tests/unit/a.test.ts:7:9",
    );
  });

  it("of a file itself is told as well, and a long one is cut", () => {
    const lines = Array.from({ length: 200 }, (_, line) => `line ${line}`).join("\n");
    const broken = { ...file("unit/c", "failed"), message: lines };
    const [said = ""] = verdict(read([...good, broken]), [], true).complaints;
    expect(said).toContain("line 0\n");
    expect(said.split("\n")).toHaveLength(13);
  });
});

describe("the end of a run", () => {
  const skipped: Result = { suite: "local", name: "tests/local/b.test.ts > a thing > mounts", outcome: "skipped" };
  const results = [...read(good), skipped];
  const listed = [{ test: skipped.name, reason: "needs root" }];

  it("counts over all suites in its last line", () => {
    expect(summary(["unit", "local"], results)).toEqual([
      "unit: 1 passed, 0 failed, 0 skipped",
      "local: 1 passed, 0 failed, 1 skipped",
      "2 passed, 0 failed, 1 skipped",
    ]);
    expect(summary(["unit"], read(good, 0, ["unit"]))).toHaveLength(1);
  });

  it("forgives an unlisted skip outside of CI alone, and always says it", () => {
    expect(verdict(read(good), [], true)).toEqual({ complaints: [], code: 0 });
    expect(verdict(results, [], false).code).toBe(0);
    expect(verdict(results, [], true).code).toBe(1);
    expect(verdict(results, [], true).complaints).toEqual([expect.stringContaining("not listed")]);
    expect(verdict(results, listed, true)).toEqual({
      complaints: [expect.stringContaining("needs root")],
      code: 0,
    });
  });

  it("wants a reason for each skip that is allowed", () => {
    expect(readAllowedSkips(JSON.stringify(listed))).toEqual(listed);
    expect(() => readAllowedSkips(JSON.stringify([{ test: "x", reason: " " }]))).toThrow(/needs both/);
  });
});
