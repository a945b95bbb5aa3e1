/** Rows, the first of them the head, as a Markdown table. */
export function markdown(lines: readonly (readonly string[])[]): string {
  const [head = [], ...body] = lines.map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`,
  );
  const rule = `|${(lines[0] ?? []).map(() => "---").join("|")}|`;
  return `${[head, rule, ...body].join("\n")}\n`;
}

export const code = (text: string): string => `\`${text}\``;
