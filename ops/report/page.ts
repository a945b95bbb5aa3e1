import { barChart, lineChart } from "../page/chart";
import { type Html, html } from "../page/html";
import { page, table } from "../page/page";
import { size } from "../status/render";
import type { Report, StatementFigures } from "./report";
import type { Snapshot } from "./snapshot";
import { change, milliseconds, number, range, tableCells, written } from "./words";

/** The report as a page of its own. @param past every look that is kept, the oldest first, this one included. */
export function reportPage(report: Report, past: readonly Snapshot[]): string {
  const { stack, period, before, findings, caveats } = report;
  return page({
    title: `Query performance of ${stack}, ${range(period)}`,
    lead: `PostgreSQL ${report.version} on ${report.vendor}, database ${report.database}${before ? `; compared with ${range(before)}` : ""}.`,
    body: [
      html`<h2>What to do something about</h2>`,
      findings.length > 0 ? list(findings) : html`<p class="good">Nothing stands out.</p>`,
      caveats.length > 0 ? html`<h2>What this report cannot tell</h2>${list(caveats)}` : undefined,
      html`<h2>Figures</h2>`,
      table(
        "This month, and the month before",
        [
          { title: "Figure" },
          { title: "Now", number: true },
          { title: "Before", number: true },
          { title: "Change", number: true },
        ],
        report.figures.map((one) => [one.name, written(one, one.value), written(one, one.before), change(one)]),
      ),
      past.length > 1 ? growth(past) : undefined,
      statements(
        "Most time in all",
        report.byTime,
        ({ time }) => time,
        ({ time, share }) => `${number(time)} s, ${number(share)} %`,
      ),
      statements(
        "Most time a call",
        report.byMean,
        ({ mean }) => mean,
        ({ mean }) => milliseconds(mean),
        ({ meanBefore }) => meanBefore,
      ),
      statements(
        "Most read from the system or written to temporary files",
        report.byIo,
        ({ read, temp }) => read + temp,
        ({ read, temp }) => size(read + temp),
      ),
      tables(report),
      indexes(report),
    ],
    madeAt: new Date(report.madeAt),
  });
}

const list = (lines: readonly string[]): Html => html`<ul>${lines.map((line) => html`<li>${line}</li>\n`)}</ul>`;

const growth = (past: readonly Snapshot[]): Html =>
  lineChart({
    title: "Size of the database",
    description: `From ${size(past[0]?.databaseBytes ?? 0)} to ${size(past.at(-1)?.databaseBytes ?? 0)} over ${past.length} looks.`,
    xLabel: "",
    yLabel: "MB",
    series: [
      {
        name: "database",
        points: past.map(({ takenAt, databaseBytes }) => [Date.parse(takenAt), databaseBytes / 1024 ** 2]),
      },
    ],
    formatX: (time) => new Date(time).toISOString().slice(5, 16).replace("T", " "),
    dots: true,
  });

function statements(
  title: string,
  found: readonly StatementFigures[],
  value: (one: StatementFigures) => number,
  shown: (one: StatementFigures) => string,
  before?: (one: StatementFigures) => number | null,
): Html | undefined {
  if (found.length === 0) return undefined;
  const bars = found.map((one, index) => {
    const was = before?.(one);
    return {
      label: `${index + 1}. ${one.text}`,
      value: value(one),
      shown: shown(one),
      ...(was === null || was === undefined ? {} : { before: was }),
    };
  });
  const compared = bars.some((bar) => "before" in bar) ? " Grey: the month before." : "";
  return html`<h2>${title}</h2>
${barChart({ title, description: `The first of all statements.${compared}`, bars })}
${table(
  `${title}: the statements, without the values in them`,
  [
    { title: "Statement" },
    ...["Calls", "Mean", "Before", "Rows a call", "In memory", "Read", "Temporary"].map((name) => ({
      title: name,
      number: true,
    })),
  ],
  found.map((one) => [
    html`<code>${one.text.length > 600 ? `${one.text.slice(0, 600)}…` : one.text}</code>`,
    number(one.calls),
    milliseconds(one.mean),
    one.meanBefore === null ? "–" : milliseconds(one.meanBefore),
    number(one.rows),
    one.hit === null ? "–" : `${number(one.hit)} %`,
    size(one.read),
    size(one.temp),
  ]),
)}`;
}

const tables = ({ tables: found }: Report): Html | undefined =>
  found.length === 0
    ? undefined
    : html`<h2>Largest tables</h2>
${table(
  "With their indexes; bloat is an estimate out of the planner's statistics",
  [
    { title: "Table" },
    ...["Size", "Growth", "Rows", "Dead rows", "Bloat", "Read from end to end"].map((name) => ({
      title: name,
      number: true,
    })),
  ],
  found.map(tableCells),
)}`;

const indexes = ({ unusedIndexes, duplicateIndexes }: Report): Html[] => [
  ...(unusedIndexes.length > 0
    ? [
        html`<h2>Indexes that nobody read</h2>${table(
          "On no server, since its counters began",
          [{ title: "Index" }, { title: "Table" }, { title: "Size", number: true }],
          unusedIndexes.map(({ name, table: of, bytes }) => [name, of, size(bytes)]),
        )}`,
      ]
    : []),
  ...(duplicateIndexes.length > 0
    ? [
        html`<h2>Indexes that do the same</h2>${table(
          "Of each kind one is enough",
          [{ title: "Indexes" }, { title: "Table" }, { title: "To be won", number: true }],
          duplicateIndexes.map(({ names, table: of, bytes }) => [names.join(", "), of, size(bytes)]),
        )}`,
      ]
    : []),
];
