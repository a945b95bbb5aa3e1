import { statfs } from "node:fs/promises";
import { localCluster } from "../cli/local";
import { table } from "../cli/out";
import type { Stack } from "../cli/stack";
import { type Check, judge, megabytes } from "./checks";
import { columnsOf } from "./digest";
import { type End, on } from "./end";
import { quoted } from "./names";
import { filled, type Survey, survey } from "./survey";

export interface Plan {
  readonly source: string;
  readonly target: string;
  readonly checks: readonly Check[];
  readonly tables: number;
  readonly bytes: number;
  /** Measured by reading for a second or two; null where there is too little to measure. */
  readonly readBytesPerSecond: number | null;
  /** Of the load; indexes are taken to be a third of it. */
  readonly estimatedSeconds: number | null;
}

export async function planOf(
  stack: Stack,
  ends: { readonly source: End; readonly target: End },
  accepted: readonly string[],
  jobs: number,
): Promise<Plan> {
  const [source, target] = await Promise.all([survey(ends.source), survey(ends.target)]);
  const freeBytes = await free(stack);
  const checks = judge(
    { source, target, targetCluster: ends.target.cluster, ...(freeBytes === undefined ? {} : { freeBytes }) },
    accepted,
  );
  const rate = checks.some(({ verdict }) => verdict === "stop") ? null : await readRate(ends.source, source);
  const bytes = filled(source.tables).reduce((sum, one) => sum + one.bytes, 0);
  return {
    source: source.label,
    target: target.label,
    checks,
    tables: filled(source.tables).length,
    bytes,
    readBytesPerSecond: rate,
    estimatedSeconds: rate === null ? null : Math.ceil((bytes / (rate * Math.min(jobs, 4))) * WRITING * 1.5),
  };
}

/** Writing rows takes about this many times as long as reading them. */
const WRITING = 2.5;

/** On one machine every member has its data on the same disk. */
async function free(stack: Stack): Promise<number | undefined> {
  if (stack.vendor !== "local") return undefined;
  const cluster = await localCluster(stack);
  const { bavail, bsize } = await statfs(cluster.place.folder);
  return (bavail * bsize) / cluster.members.length;
}

/** Reads the biggest table for at most two seconds. */
async function readRate(end: End, { tables }: Survey): Promise<number | null> {
  const [biggest] = filled(tables);
  if (biggest === undefined || biggest.bytes < 20e6) return null;
  return on(
    end,
    async (client) => {
      const columns = await columnsOf(client, biggest);
      const share = Math.min(100, (20e6 / biggest.bytes) * 100);
      const began = performance.now();
      await client.query(
        `select count(*), sum(length(t::text)) from ${quoted(biggest)} t tablesample system (${share})`,
      );
      const seconds = (performance.now() - began) / 1_000;
      return columns.length === 0 ? null : (biggest.bytes * share) / 100 / seconds;
    },
    { statementTimeout: 60_000 },
  ).catch(() => null);
}

export function planText({ source, target, checks, tables, bytes, estimatedSeconds }: Plan): string {
  const rows = checks.map(({ verdict, name, found, mend }) => [
    verdict === "ok" ? "ok" : verdict.toUpperCase(),
    name,
    mend === undefined ? found : `${found}\n${" ".repeat(2)}${mend}`,
  ]);
  const lines = table(
    rows.map(([verdict = "", name = "", text = ""]) => [verdict, name, text.split("\n")[0] ?? ""]),
  ).split("\n");
  const width =
    Math.max(...rows.map(([verdict = ""]) => verdict.length)) +
    Math.max(...rows.map(([, name = ""]) => name.length)) +
    4;
  const all = lines.flatMap((line, index) => {
    const [, mend] = (rows[index]?.[2] ?? "").split("\n");
    return mend === undefined ? [line] : [line, `${" ".repeat(width)}-> ${mend.trim()}`];
  });
  const stops = checks.filter(({ verdict }) => verdict === "stop").length;
  const time = estimatedSeconds === null ? "" : `, about ${duration(estimatedSeconds)} to load`;
  return [
    `${source} to ${target}: ${tables} tables, ${megabytes(bytes)}${time}`,
    ...all,
    stops > 0
      ? `${stops} ${stops === 1 ? "thing stands" : "things stand"} in the way.`
      : "Nothing stands in the way: license-db migrate load.",
  ].join("\n");
}

const duration = (seconds: number): string =>
  seconds < 90
    ? `${seconds} s`
    : seconds < 5_400
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3_600).toFixed(1)} h`;
