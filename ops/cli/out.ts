import { LineReporter, type Reporter, silent } from "../../components/local/tools/reporter";
import { reporterForHere } from "../setup/terminal";

/** What an operation found or did: data for machines, a text for people, and whether all is well. */
export interface Result {
  /** Printed by --json: documented, without secrets. Undefined where all was printed while it went on. */
  readonly data: unknown;
  /** Printed else. */
  readonly text: string;
  /** False: the exit code says that what was found is not well. @default true */
  readonly well?: boolean;
}

/** How an operation speaks while it works: on standard error, so that standard output is the result alone. */
export const reporter = (quiet: boolean): Reporter => (quiet ? silent : reporterForHere());

/** The same where something else owns the screen. */
export const lines = (): Reporter => new LineReporter();

export function print({ data, text }: Result, json: boolean): void {
  const said = json ? (data === undefined ? "" : JSON.stringify(data, null, 2)) : text.trimEnd();
  if (said !== "") process.stdout.write(`${said}\n`);
}

/** Columns of a table, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
