import { type Budget, budgetOf } from "./proof";

/** When a file was at work, in milliseconds of one clock: from the start of its process to the end of its last hook. */
export interface FileRan {
  /** "tests/unit/a.test.ts" */
  readonly file: string;
  readonly began: number;
  readonly ended: number;
}

/** Seconds of the wall clock that each file took: at every moment the files at work share it equally, so that all add up. */
export function sharesOf(ran: readonly FileRan[]): ReadonlyMap<FileRan, number> {
  const moments = [...new Set(ran.flatMap(({ began, ended }) => [began, ended]))].sort((a, b) => a - b);
  const shares = new Map(ran.map((one) => [one, 0]));
  moments.slice(1).forEach((until, index) => {
    const from = moments[index] ?? until;
    const atWork = ran.filter(({ began, ended }) => began <= from && until <= ended);
    for (const one of atWork) shares.set(one, (shares.get(one) ?? 0) + (until - from) / atWork.length / 1000);
  });
  return shares;
}

/** Each file's duration, the longest first; then each part's share of the whole, against its budget. */
export function durations(ran: readonly FileRan[], budgets: readonly Budget[]): string[] {
  const files = ran
    .map(({ file, began, ended }) => ({ file, seconds: (ended - began) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`);
  const shares = [...sharesOf(ran)];
  const minutes = (some: typeof shares) => some.reduce((sum, [, seconds]) => sum + seconds, 0) / 60;
  const parts = budgets.flatMap((budget) => {
    const own = shares.filter(([{ file }]) => budgetOf(file, budgets) === budget);
    if (own.length === 0) return [];
    const over = minutes(own) > budget.minutes ? "  OVER BUDGET" : "";
    return [`${minutes(own).toFixed(1).padStart(5)} of ${budget.minutes} min  ${budget.part}${over}`];
  });
  return [...files, ...parts, `${minutes(shares).toFixed(1).padStart(5)} min  in all`];
}
