import { size } from "../status/render";
import type { Report, StatementFigures } from "./report";
import { change, milliseconds, number, range, tableCells, written } from "./words";

/** The report for a wiki, an issue or a mail. */
export function markdown(report: Report): string {
  const { stack, period, before } = report;
  return [
    `# Query performance of ${cell(stack)}, ${range(period)}`,
    "",
    `PostgreSQL ${report.version} on ${report.vendor}, database ${cell(report.database)}${before ? `; compared with ${range(before)}` : ""}.`,
    "",
    ...list("What to do something about", report.findings, "Nothing stands out."),
    ...list("What this report cannot tell", report.caveats, undefined),
    "## Figures",
    "",
    ...table(
      ["", "now", "before", "change"],
      report.figures.map((one) => [one.name, written(one, one.value), written(one, one.before), change(one)]),
    ),
    ...statements("Most time in all", report.byTime),
    ...statements("Most time a call", report.byMean),
    ...statements("Most read from the system or written to temporary files", report.byIo),
    "## Largest tables",
    "",
    ...table(
      ["table", "size", "growth", "rows", "dead rows", "bloat (estimate)", "read from end to end"],
      report.tables.map(tableCells),
    ),
    ...(report.unusedIndexes.length > 0
      ? [
          "## Indexes that nobody read",
          "",
          ...table(
            ["index", "table", "size"],
            report.unusedIndexes.map((one) => [one.name, one.table, size(one.bytes)]),
          ),
        ]
      : []),
    ...(report.duplicateIndexes.length > 0
      ? [
          "## Indexes that do the same",
          "",
          ...table(
            ["indexes", "table", "to be won"],
            report.duplicateIndexes.map((one) => [one.names.join(", "), one.table, size(one.bytes)]),
          ),
        ]
      : []),
  ].join("\n");
}

function statements(title: string, found: readonly StatementFigures[]): string[] {
  if (found.length === 0) return [];
  return [
    `## ${title}`,
    "",
    ...table(
      ["statement", "calls", "time", "share", "mean", "mean before", "rows a call", "in memory", "read", "temporary"],
      found.map((one) => [
        `\`${one.text.replaceAll("`", "'").slice(0, 300)}\``,
        number(one.calls),
        `${number(one.time)} s`,
        `${number(one.share)} %`,
        milliseconds(one.mean),
        one.meanBefore === null ? "–" : milliseconds(one.meanBefore),
        number(one.rows),
        one.hit === null ? "–" : `${number(one.hit)} %`,
        size(one.read),
        size(one.temp),
      ]),
    ),
  ];
}

const list = (title: string, lines: readonly string[], none: string | undefined): string[] =>
  lines.length === 0 && none === undefined
    ? []
    : [`## ${title}`, "", ...(lines.length > 0 ? lines.map((line) => `- ${cell(line)}`) : [none ?? ""]), ""];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(" | ")} |`,
  `|${head.map(() => "---").join("|")}|`,
  ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
  "",
];

/** What would end a cell or begin a tag is written otherwise. */
const cell = (text: string): string =>
  text
    .replaceAll("|", "\\|")
    .replace(/[<>]/g, (sign) => (sign === "<" ? "&lt;" : "&gt;"))
    .replace(/\s+/g, " ");
