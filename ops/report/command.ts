import { Command } from "commander";
import { asAdministrator } from "../cli/connections";
import { type Context, operation } from "../cli/operation";
import { type Result, table } from "../cli/out";
import { offeredVersions } from "./offered";
import { reportOf } from "./report";
import { reviewOf } from "./review";
import { keepReport, pastSnapshots } from "./store";
import { takeSnapshot } from "./take";
import { change, milliseconds, number, written } from "./words";

export const command = (): Command =>
  new Command("report")
    .summary("the month's query performance, and the quarter's version review")
    .addCommand(monthly(), { isDefault: true })
    .addCommand(version());

const monthly = (): Command =>
  operation({
    name: "month",
    summary: "the month's query performance, compared with the month before",
    description:
      "Looks at every server's pg_stat_statements and statistics, compares them with the report of a month before, and writes HTML, Markdown and JSON into the state folder. It keeps what it counted for the next report, so run it once a month.",
    examples: [
      ["report", "of the stack local; prints where the report is"],
      ["report month --stack prod --json", "the whole report as JSON"],
    ],
    async run({ stack, report: progress }) {
      const past = await pastSnapshots(stack.name);
      const [now] = await progress.all([
        { title: "Looking at every server's statistics", run: () => takeSnapshot(stack) },
      ]);
      if (now === undefined) throw new Error("there is no snapshot");
      const report = reportOf(now, past);
      const kept = await keepReport(report, now, past);
      const { findings, caveats, figures, byTime } = report;
      return {
        data: { ...report, files: kept },
        text: [
          ...findings.map((finding) => `! ${finding}`),
          ...(findings.length > 0 ? [""] : []),
          table(figures.map((one) => [one.name, written(one, one.value), change(one)])),
          "",
          ...(byTime.length > 0
            ? [
                table([
                  ["SHARE", "MEAN", "CALLS", "STATEMENT"],
                  ...byTime
                    .slice(0, 5)
                    .map(({ share, mean, calls, text }) => [
                      `${number(share)} %`,
                      milliseconds(mean),
                      number(calls),
                      text.slice(0, 90),
                    ]),
                ]),
                "",
              ]
            : []),
          ...caveats,
          kept.html,
          kept.markdown,
        ].join("\n"),
      };
    },
  });

const version = (): Command =>
  operation({
    name: "version",
    summary: "the quarter's version review: what runs, what could, and until when there are fixes",
    description: "Exit code 3: there is something to do.",
    examples: [["report version", "of the stack local"]],
    run: review,
  });

async function review({ stack }: Context<object>): Promise<Result> {
  const seen = await asAdministrator(stack, async (client) => {
    const { rows } = await client.query<{ version: string; available: boolean; log: string | null }>(
      `select split_part(current_setting('server_version'), ' ', 1) as version, current_setting('pgaudit.log', true) as log,
              exists (select from pg_available_extensions where name = 'pgaudit') as available`,
    );
    const extensions = await client.query<{ name: string; installed: string; newest: string }>(
      `select name, installed_version as installed, default_version as newest from pg_available_extensions
        where installed_version is not null order by name`,
    );
    return { row: rows[0], extensions: extensions.rows };
  });
  const { version: running = "", available = false, log = null } = seen.row ?? {};
  const found = reviewOf({
    stack: stack.name,
    vendor: stack.vendor,
    at: new Date().toISOString(),
    running,
    ...(await offeredVersions(stack, running)),
    extensions: seen.extensions,
    audit: { available, loaded: log !== null, ...(log === null ? {} : { log }) },
  });
  return { data: found, text: told(found), well: found.findings.length === 0 };
}

const told = ({ running, newest, majors, support, extensions, audit, findings }: ReturnType<typeof reviewOf>): string =>
  [
    table([
      ["runs", `PostgreSQL ${running}`],
      ["newest minor version", newest === null ? "nobody here tells" : `${newest.version} (${newest.source})`],
      ["later major versions", majors.join(", ") || "none to be had here"],
      ...support.map(({ by, ends, days }) => [
        `fixes by ${by}`,
        `until ${ends}, ${days < 0 ? `over for ${-days}` : days} days`,
      ]),
      ["extensions", extensions.map(({ name, installed }) => `${name} ${installed}`).join(", ")],
      [
        "pgaudit",
        audit.loaded
          ? `loaded, logs ${audit.log || "nothing"}`
          : audit.available
            ? "could be loaded"
            : "cannot be had here",
      ],
    ]),
    "",
    ...(findings.length > 0 ? findings.map((finding) => `! ${finding}`) : ["Nothing to do."]),
  ].join("\n");
