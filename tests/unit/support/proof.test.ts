import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { durations, sharesOf } from "../../support/durations";
import { budgetOf, readProof, recordPassed } from "../../support/proof";

const ROOT = resolve(__dirname, "../../..");
const page = readFileSync(join(ROOT, "docs/proof.md"), "utf8");
const files = readdirSync(join(ROOT, "tests"), { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".test.ts"),
);

const SMALL = `# Proof

| part | files | minutes |
|---|---|---|
| pure | \`unit/\` \`component/\` | 3 |
| clients | \`ops/client.test.ts\` | 2 |
| clusters | \`ops/\` | 7 |

Words.

| file | why | minutes | last passed | at commit |
|---|---|---|---|---|
| \`aws/changes.long.test.ts\` | many previews |  |  |  |
| \`local/failover.long.test.ts\` | ten faults |  | 2026-01-01 | abc |
`;

describe("docs/proof.md", () => {
  it("gives every long file a reason, and names none that is not there", () => {
    const listed = readProof(page).long.map(({ file }) => file);
    expect([...listed].sort()).toEqual(files.filter((name) => name.endsWith(".long.test.ts")).sort());
  });

  it("has a budget for every file that npm test runs", () => {
    const { budgets } = readProof(page);
    const without = files.filter((name) => !name.endsWith(".long.test.ts") && !budgetOf(`tests/${name}`, budgets));
    expect(without).toEqual([]);
  });

  it("has no beginning of a path that fits no file", () => {
    const idle = readProof(page).budgets.flatMap(({ files: starts }) =>
      starts.filter((start) => !files.some((name) => name.startsWith(start))),
    );
    expect(idle).toEqual([]);
  });

  it.each([
    ["a reason", SMALL.replace("many previews", ""), /changes\.long\.test\.ts/],
    ["minutes", SMALL.replace("| 2 |", "| soon |"), /clients needs files and a number/],
    ["its table of parts", SMALL.replace("| part |", "| what |"), /no table that begins with "part"/],
  ])("is refused without %s", (_, text, words) => {
    expect(() => readProof(text)).toThrow(words);
  });

  it("takes a run's date, commit and minutes into the rows of the files that ran, and nothing else", () => {
    const ran = new Map([["aws/changes.long.test.ts", { seconds: 90 }]]);
    const text = recordPassed(SMALL, ran, { day: "2026-12-01", commit: "0123abcd9" });
    expect(text).toBe(SMALL.replace("| many previews |  |  |  |", "| many previews | 1.5 | 2026-12-01 | 0123abcd9 |"));
    expect(readProof(text).long[0]).toMatchObject({ passed: "2026-12-01", commit: "0123abcd9" });
  });
});

describe("how long a run took", () => {
  const ran = (file: string, began: number, ended: number) => ({ file, began: began * 1000, ended: ended * 1000 });

  it("shares a moment among the files that are at work in it, and counts none in which no file is", () => {
    const shares = [...sharesOf([ran("a", 0, 10), ran("b", 4, 16), ran("c", 6, 8), ran("d", 20, 30)]).values()];
    expect(shares[0]).toBeCloseTo(4 + 1 + 2 / 3 + 1);
    expect(shares[1]).toBeCloseTo(1 + 2 / 3 + 1 + 6);
    expect(shares[2]).toBeCloseTo(2 / 3);
    expect(shares[3]).toBe(10);
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(26);
    expect(sharesOf([]).size).toBe(0);
  });

  it("is told by file and by part, with what is over its budget; the longest path decides about a part", () => {
    const { budgets } = readProof(SMALL);
    const all = [
      ran("tests/unit/a.test.ts", 0, 60),
      ran("tests/ops/client.test.ts", 0, 186),
      ran("tests/ops/b.test.ts", 60, 120),
    ];
    expect(durations(all, budgets)).toEqual([
      "  186.0 s  tests/ops/client.test.ts",
      "   60.0 s  tests/unit/a.test.ts",
      "   60.0 s  tests/ops/b.test.ts",
      "  0.5 of 3 min  pure",
      "  2.1 of 2 min  clients  OVER BUDGET",
      "  0.5 of 7 min  clusters",
      "  3.1 min  in all",
    ]);
  });
});
