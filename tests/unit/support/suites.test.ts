import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { filesOf, suites } from "../../support/suites";

const ROOT = resolve(__dirname, "../../..");

it.each(suites)("each file of %s runs once, in whatever company", (suite) => {
  const { stdout } = spawnSync("find", [`tests/${suite}`, "-name", "*.test.ts"], { cwd: ROOT, encoding: "utf8" });
  const { together, pairs, alone } = filesOf(ROOT, suite);
  expect([...together, ...pairs, ...alone].sort()).toEqual(stdout.trim().split("\n").sort());
});

it("what measures failovers does not run beside whatever there is", () => {
  expect(filesOf(ROOT, "local").together).not.toContain("tests/local/daemons/failover.test.ts");
});
