/** Rows of text as aligned columns; the last column is left as it is. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns - 1 }, (_, index) =>
    Math.max(...rows.map((row) => row[index]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, index) => cell.padEnd(index < row.length - 1 ? (widths[index] ?? 0) : 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
