/** How long a part of `npm test` may take; docs/proof.md says so for each. */
export interface Budget {
  readonly part: string;
  /** Beginnings of its files' paths below tests/: "unit/", "ops/client.test.ts". The longest that fits a file decides. */
  readonly files: readonly string[];
  /** Wall minutes on two cores, with warm caches. */
  readonly minutes: number;
}

/** A file that `npm test` leaves out, as docs/proof.md lists it. */
export interface LongFile {
  readonly file: string;
  /** Why it takes long by its nature, and what stays in `npm test`. */
  readonly why: string;
  /** When it last passed, and at which commit; empty where it never did. */
  readonly passed: string;
  readonly commit: string;
}

export interface Proof {
  readonly budgets: readonly Budget[];
  readonly long: readonly LongFile[];
}

/** Reads docs/proof.md: its two tables, known by their first column's name. @throws where a row lacks something. */
export function readProof(markdown: string): Proof {
  const rows = (first: string, width: number, filled: number) =>
    tableOf(markdown, first).map((cells) => {
      if (cells.length !== width || cells.slice(0, filled).some((cell) => cell === "")) {
        throw new Error(`docs/proof.md: the row of ${cells[0]} lacks something: ${cells.join(" | ")}`);
      }
      return cells as [string, string, string, string, string];
    });
  return {
    budgets: rows("part", 3, 3).map(([part, files, minutes]) => {
      const budget = { part, files: namesIn(files), minutes: Number(minutes) };
      if (budget.files.length === 0 || !(budget.minutes > 0)) {
        throw new Error(`docs/proof.md: ${part} needs files and a number of minutes`);
      }
      return budget;
    }),
    long: rows("file", 5, 2).map(([file, why, , passed, commit]) => ({
      file: namesIn(file)[0] ?? file,
      why,
      passed,
      commit,
    })),
  };
}

/** The page with what a run of long files showed put into their rows; the other rows stay as they are. */
export function recordPassed(
  markdown: string,
  files: ReadonlyMap<string, { readonly seconds: number }>,
  { day, commit }: { readonly day: string; readonly commit: string },
): string {
  return markdown
    .split("\n")
    .map((line) => {
      const cells = cellsOf(line);
      const [file = ""] = namesIn(cells?.[0] ?? "");
      const ran = files.get(file);
      if (cells?.length !== 5 || ran === undefined) return line;
      const minutes = Math.max(0.1, ran.seconds / 60).toFixed(1);
      return `| ${[cells[0], cells[1], minutes, day, commit].join(" | ")} |`;
    })
    .join("\n");
}

/** The part that a file belongs to. @param file "tests/unit/a.test.ts" */
export function budgetOf(file: string, budgets: readonly Budget[]): Budget | undefined {
  const fits = budgets.flatMap((budget) =>
    budget.files.filter((start) => file.startsWith(`tests/${start}`)).map((start) => ({ budget, start })),
  );
  return fits.sort((a, b) => b.start.length - a.start.length)[0]?.budget;
}

/** The rows below the table's heading whose first cell is this. */
function tableOf(markdown: string, first: string): string[][] {
  const lines = markdown.split("\n").map(cellsOf);
  const heading = lines.findIndex((cells) => cells?.[0] === first);
  if (heading === -1) throw new Error(`docs/proof.md has no table that begins with "${first}"`);
  const rows = lines.slice(heading + 2);
  const end = rows.indexOf(undefined);
  return rows.slice(0, end === -1 ? undefined : end) as string[][];
}

const cellsOf = (line: string): string[] | undefined =>
  /^\|.*\|$/.test(line)
    ? line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim())
    : undefined;

const namesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "");
