import { type Budget, budgetOf } from "./proof";

/** When a file was at work, in milliseconds of one clock: from the start of its process to the end of its last hook. */
export interface FileRan {
  /** "tests/unit/a.test.ts" */
  readonly file: string;
  readonly began: number;
  readonly ended: number;
}

/** Seconds during which at least one of them was at work. */
export function wallSeconds(ran: readonly FileRan[]): number {
  let until = Number.NEGATIVE_INFINITY;
  let total = 0;
  for (const { began, ended } of [...ran].sort((a, b) => a.began - b.began)) {
    total += Math.max(0, ended - Math.max(began, until));
    until = Math.max(until, ended);
  }
  return total / 1000;
}

/** Each file's duration, the longest first; then each part's, against its budget. */
export function durations(ran: readonly FileRan[], budgets: readonly Budget[]): string[] {
  const files = ran
    .map((one) => ({ file: one.file, seconds: wallSeconds([one]) }))
    .sort((a, b) => b.seconds - a.seconds)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`);
  const parts = budgets.flatMap((budget) => {
    const own = ran.filter(({ file }) => budgetOf(file, budgets) === budget);
    if (own.length === 0) return [];
    const minutes = wallSeconds(own) / 60;
    const over = minutes > budget.minutes ? "  OVER BUDGET" : "";
    return [`${minutes.toFixed(1).padStart(5)} of ${budget.minutes} min  ${budget.part}${over}`];
  });
  return [...files, ...parts, `${(wallSeconds(ran) / 60).toFixed(1).padStart(5)} min  in all`];
}
