import { barChart, lineChart } from "../page/chart";
import { type Html, html } from "../page/html";
import { page, table, verdict } from "../page/page";
import { drillName } from "./history";
import { type Check, shown } from "./judge";
import type { DrillResult, LoadResult } from "./result";

const TITLES = {
  failover: "Failover drill",
  switchover: "Switchover drill",
  "replica-loss": "Replica-loss drill",
  restore: "Restore drill",
} as const;

/** A drill as a page of its own. @param past all that are kept, the oldest first. */
export function resultPage(result: DrillResult, past: readonly DrillResult[]): string {
  const { kind, stack, vendor, startedAt, fault, checks, met, load } = result;
  return page({
    title: `${TITLES[kind]} of ${stack}: ${met ? "every target met" : "a target was missed"}`,
    lead: `${moment(startedAt)}, ${vendor}. What was done: ${fault}.`,
    body: [
      checkTable(checks),
      load ? loadPart(result, load) : undefined,
      past.length > 1
        ? html`<h2>Drills before</h2>${historyPart(past.filter((one) => one.kind === kind))}
<p><a href="index.html">All drills of this stack</a></p>`
        : undefined,
    ],
    madeAt: new Date(startedAt),
  });
}

export const historyPage = (stack: string, past: readonly DrillResult[]): string =>
  page({
    title: `Drills of ${stack}`,
    lead: `${past.length} drills, ${past.filter(({ met }) => !met).length} of which missed a target.`,
    body: [historyPart(past), historyTable(past)],
    madeAt: new Date(past.at(-1)?.startedAt ?? 0),
  });

const checkTable = (checks: readonly Check[]): Html =>
  table(
    "What was measured, against R4's targets",
    [{ title: "Figure" }, { title: "Measured", number: true }, { title: "At most", number: true }, { title: "Target" }],
    checks.map((one) => [one.name, shown(one), limit(one), verdict(one.met, one.met ? "met" : "missed")]),
  );

const limit = ({ limit: value, unit }: Check): string => `${value}${unit && ` ${unit}`}`;

function loadPart({ faultAt }: DrillResult, load: LoadResult): Html {
  const { writeGap, readGap, writes, reads } = load;
  const gap = writeGap.to - writeGap.from;
  return html`<h2>Writes and reads while it happened</h2>
${lineChart({
  title: "Answers a second",
  description: `The longest time without an acknowledged write was ${gap.toFixed(2)} s, without a read ${(readGap.to - readGap.from).toFixed(2)} s.`,
  xLabel: "seconds since the drill began",
  yLabel: "answers a second",
  series: [
    { name: "writes acknowledged", points: load.writeRates },
    { name: "reads answered", points: load.readRates },
  ],
  // A gap that cannot be told from the pace of the load is none.
  bands: gap > 0.1 ? [{ ...writeGap, label: `no write: ${gap.toFixed(2)} s` }] : [],
  marks: [{ x: faultAt, label: "fault" }],
})}
${table(
  "Every call of the load",
  [{ title: "Call" }, { title: "How many", number: true }, { title: "What that means" }],
  [
    ["writes acknowledged", writes.acknowledged, "the caller was told that they are there"],
    ["of these lost", writes.lost, "and they are not"],
    ["writes done twice", writes.doubled, "asked for once, there more than once"],
    [
      "writes with an unknown end",
      writes.unknown,
      `the connection was lost before the answer; ${writes.unknownDone} of them are there`,
    ],
    ["writes said not to be done", writes.failed, `${writes.ghosts} of them are there all the same`],
    ["reads answered", reads.done, "by replicas, or the primary while none was fit"],
    ["reads that failed", reads.failed, "after all tries of the library"],
  ],
)}`;
}

/** The first figure of each drill, which is the time it took until all went on. */
function historyPart(past: readonly DrillResult[]): Html {
  const recent = past.slice(-12);
  return barChart({
    title: "Time until it went on, in seconds",
    description: `The last ${recent.length} drills, the newest at the bottom.`,
    bars: recent.map(({ kind, startedAt, checks, met }) => ({
      label: `${startedAt.slice(0, 16).replace("T", " ")} ${kind}`,
      value: checks[0]?.value ?? 0,
      shown: `${checks[0] ? shown(checks[0]) : ""}${met ? "" : ", a target missed"}`,
    })),
  });
}

const historyTable = (past: readonly DrillResult[]): Html =>
  table(
    "All drills, the newest first",
    [
      { title: "Begun" },
      { title: "Kind" },
      { title: "Until it went on", number: true },
      { title: "Targets" },
      { title: "Missed" },
    ],
    past.toReversed().map((one) => [
      html`<a href="${drillName(one)}.html">${moment(one.startedAt)}</a>`,
      one.kind,
      one.checks[0] ? shown(one.checks[0]) : "",
      verdict(one.met, one.met ? "met" : "missed"),
      one.checks
        .filter(({ met }) => !met)
        .map((missed) => `${missed.name}: ${shown(missed)}`)
        .join("; "),
    ]),
  );

const moment = (iso: string): string => `${iso.slice(0, 19).replace("T", " ")} UTC`;
