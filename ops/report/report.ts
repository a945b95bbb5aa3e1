import { span } from "../status/render";
import { monthBefore, type Period, periodBetween } from "./compare";
import type { Index, Snapshot, Statement, Table } from "./snapshot";

/** The month's report, as --json prints it. */
export interface Report {
  readonly stack: string;
  readonly vendor: string;
  readonly database: string;
  readonly version: string;
  readonly madeAt: string;
  readonly period: { readonly from: string; readonly to: string; readonly days: number };
  /** Of the month before; absent while there is none. */
  readonly before?: { readonly from: string; readonly to: string; readonly days: number };
  /** What the counters cannot tell, in sentences. */
  readonly caveats: readonly string[];
  /** What somebody should do something about, the most urgent first. */
  readonly findings: readonly string[];
  readonly figures: readonly Figure[];
  readonly byTime: readonly StatementFigures[];
  readonly byMean: readonly StatementFigures[];
  readonly byIo: readonly StatementFigures[];
  readonly tables: readonly TableFigures[];
  readonly unusedIndexes: readonly Pick<Index, "name" | "table" | "bytes">[];
  readonly duplicateIndexes: readonly {
    readonly names: readonly string[];
    readonly table: string;
    readonly bytes: number;
  }[];
}

export interface Figure {
  readonly name: string;
  readonly value: number | null;
  /** Of the look or the month before. */
  readonly before: number | null;
  readonly unit: "bytes" | "%" | "s" | "a day" | "";
}

export interface StatementFigures {
  readonly id: string;
  readonly text: string;
  readonly calls: number;
  /** Seconds, all calls together. */
  readonly time: number;
  /** Percent of all statements' time. */
  readonly share: number;
  /** Milliseconds. */
  readonly mean: number;
  /** Rows a call. */
  readonly rows: number;
  /** Bytes that were not in memory, read from the system. */
  readonly read: number;
  /** Percent of pages found in memory; null where none was needed. */
  readonly hit: number | null;
  /** Bytes of temporary files. */
  readonly temp: number;
  /** The mean of the month before, in milliseconds. */
  readonly meanBefore: number | null;
}

export interface TableFigures extends Pick<Table, "name" | "bytes" | "rows" | "dead" | "bloat"> {
  /** Bytes since the look before. */
  readonly growth: number | null;
  /** Since the look before: how often it was read from end to end. */
  readonly sequentialScans: number;
}

const TOP = 10;
const PAGE = 8192;
const MB = 1024 ** 2;
/** Below, an index or a table is too small to bother anybody with. */
const WORTH = MB;
/** A table this large should not be read from end to end day by day. */
const LARGE = 100 * MB;
/** Fewer calls are chance. */
const LEAST_CALLS = 20;

/** @param past the looks before, in any order. */
export function reportOf(now: Snapshot, past: readonly Snapshot[]): Report {
  const before = find(
    past,
    monthBefore(
      past.map(({ takenAt }) => takenAt),
      now.takenAt,
    ),
  );
  const earlier =
    before &&
    find(
      past,
      monthBefore(
        past.map(({ takenAt }) => takenAt),
        before.takenAt,
      ),
    );
  const period = periodBetween(now, before);
  const last = before && periodBetween(before, earlier);
  const statements = [...period.statements.values()].map((one) => figuresOf(one, period, last));
  const tables = tableFigures(now, before);
  const unused = unusedIndexes(now);
  const duplicates = duplicateIndexes(now.indexes);
  const top = (of: (one: StatementFigures) => number, from = statements) =>
    from
      .filter((one) => of(one) > 0)
      .sort((a, b) => of(b) - of(a))
      .slice(0, TOP);
  const span = ({ from, to, days }: Period) => ({ from, to, days });
  const { stack, vendor, database, version } = now;
  return {
    stack,
    vendor,
    database,
    version,
    madeAt: now.takenAt,
    period: span(period),
    ...(last === undefined ? {} : { before: span(last) }),
    caveats: caveats(now, before, period),
    findings: findings(now, statements, tables, unused, duplicates, period),
    figures: figures(now, before, period, last),
    byTime: top(({ time }) => time),
    byMean: top(({ mean }) => mean, often(statements)),
    byIo: top(({ read, temp }) => read + temp),
    tables: tables.slice(0, TOP),
    unusedIndexes: unused.map(({ name, table, bytes }) => ({ name, table, bytes })),
    duplicateIndexes: duplicates,
  };
}

const find = (past: readonly Snapshot[], time: string | undefined) => past.find(({ takenAt }) => takenAt === time);

const often = (statements: readonly StatementFigures[]) => {
  const found = statements.filter(({ calls }) => calls >= LEAST_CALLS);
  return found.length > 0 ? found : [...statements];
};

function figuresOf(one: Statement, period: Period, last: Period | undefined): StatementFigures {
  const all = [...period.statements.values()].reduce((sum, { time }) => sum + time, 0);
  const earlier = last?.statements.get(one.id);
  const pages = one.hit + one.read;
  return {
    id: one.id,
    text: one.text,
    calls: one.calls,
    time: one.time / 1000,
    share: all > 0 ? (100 * one.time) / all : 0,
    mean: one.time / one.calls,
    rows: one.rows / one.calls,
    read: one.read * PAGE,
    hit: pages > 0 ? (100 * one.hit) / pages : null,
    temp: one.temp * PAGE,
    meanBefore: earlier === undefined || earlier.calls === 0 ? null : earlier.time / earlier.calls,
  };
}

function tableFigures(now: Snapshot, before: Snapshot | undefined): TableFigures[] {
  return now.tables.map((table) => {
    const was = before?.tables.find(({ name }) => name === table.name);
    const { name, bytes, rows, dead, bloat, sequentialScans } = table;
    const scans =
      was === undefined || sequentialScans < was.sequentialScans
        ? sequentialScans
        : sequentialScans - was.sequentialScans;
    return {
      name,
      bytes,
      rows,
      dead,
      bloat,
      growth: before === undefined ? null : bytes - (was?.bytes ?? 0),
      sequentialScans: scans,
    };
  });
}

const unusedIndexes = ({ indexes }: Snapshot): Index[] =>
  indexes.filter(({ scans, rule, bytes }) => scans === 0 && !rule && bytes >= WORTH);

/** Those that do the same; of each kind one is enough. */
export function duplicateIndexes(indexes: readonly Index[]): Report["duplicateIndexes"] {
  const groups = new Map<string, Index[]>();
  for (const index of indexes) groups.set(index.shape, [...(groups.get(index.shape) ?? []), index]);
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      // What keeps a rule is the one to keep.
      const [, ...spare] = [...group].sort((a, b) => Number(b.rule) - Number(a.rule));
      return {
        names: group.map(({ name }) => name),
        table: group[0]?.table ?? "",
        bytes: spare.reduce((sum, { bytes }) => sum + bytes, 0),
      };
    });
}

function figures(now: Snapshot, before: Snapshot | undefined, period: Period, last: Period | undefined): Figure[] {
  const hitRate = ({ database: { blks_hit, blks_read } }: Period) =>
    blks_hit + blks_read > 0 ? (100 * blks_hit) / (blks_hit + blks_read) : null;
  const daily = (one: Period | undefined, of: (one: Period) => number) =>
    one === undefined || one.days <= 0 ? null : of(one) / one.days;
  const both = (name: string, unit: Figure["unit"], of: (one: Period) => number): Figure => ({
    name,
    unit,
    value: daily(period, of),
    before: daily(last, of),
  });
  const look = (name: string, unit: Figure["unit"], of: (one: Snapshot) => number): Figure => ({
    name,
    unit,
    value: of(now),
    before: before === undefined ? null : of(before),
  });
  return [
    look("database", "bytes", ({ databaseBytes }) => databaseBytes),
    {
      name: "pages found in memory",
      unit: "%",
      value: hitRate(period),
      before: last === undefined ? null : hitRate(last),
    },
    both("transactions committed", "a day", ({ database }) => database.xact_commit),
    both("transactions rolled back", "a day", ({ database }) => database.xact_rollback),
    both("deadlocks", "a day", ({ database }) => database.deadlocks),
    both("temporary files, bytes", "a day", ({ database }) => database.temp_bytes),
    look("connections used just now, of all", "%", ({ connections: { used, most } }) =>
      most > 0 ? (100 * used) / most : 0,
    ),
    look("transaction ids used up", "%", ({ transactionAge }) => transactionAge),
    look("replicas behind just now, at most", "s", ({ lag }) => Math.max(0, ...lag.map(({ seconds }) => seconds))),
  ];
}

function caveats(now: Snapshot, before: Snapshot | undefined, period: Period): string[] {
  return [
    ...(before === undefined
      ? [
          "This is the first report: it counts from when the servers' counters began, and there is no month before to compare with.",
        ]
      : period.days < 20
        ? [`Only ${span(period.days * 86_400)} lie between this look and the one it is compared with.`]
        : []),
    ...period.resets,
    ...(now.vendor === "local" ? [] : ["Of the replicas, only the one is counted that the reader's endpoint led to."]),
    ...(now.tables.some(({ analyzed, bytes }) => !analyzed && bytes > LARGE)
      ? ["Some large tables were never analyzed: their bloat is not known."]
      : []),
  ];
}

function findings(
  now: Snapshot,
  statements: readonly StatementFigures[],
  tables: readonly TableFigures[],
  unused: readonly Index[],
  duplicates: Report["duplicateIndexes"],
  period: Period,
): string[] {
  const { blks_hit, blks_read, deadlocks } = period.database;
  const hit = (100 * blks_hit) / (blks_hit + blks_read || 1);
  const slower = statements.filter(
    ({ mean, meanBefore, calls, share }) =>
      meanBefore !== null && mean > 2 * meanBefore && mean > 1 && calls >= LEAST_CALLS && share >= 1,
  );
  const bloated = tables.filter(({ bloat, bytes }) => bloat > 20 * MB && bloat > 0.3 * bytes);
  const scanned = tables.filter(
    ({ bytes, sequentialScans }) => bytes > LARGE && sequentialScans > Math.max(1, period.days),
  );
  const wasted = unused.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...(now.transactionAge > 25
      ? [`${short(now.transactionAge)} % of the transaction ids are used up: see what holds vacuum back.`]
      : []),
    ...(now.pendingRestart.length > 0 ? [`Settings wait for a restart: ${now.pendingRestart.join(", ")}.`] : []),
    ...slower.map(
      ({ mean, meanBefore, text }) =>
        `Takes ${short(mean)} ms instead of ${short(meanBefore ?? 0)} a month before: ${text.slice(0, 120)}`,
    ),
    ...(blks_hit + blks_read > 100_000 && hit < 95
      ? [
          `Only ${short(hit)} % of pages are found in memory: more memory, or indexes for the statements that read most.`,
        ]
      : []),
    ...(deadlocks > 0 ? [`${deadlocks} deadlocks: let transactions lock in the same order.`] : []),
    ...bloated.map(
      ({ name, bloat }) =>
        `${name} has about ${megabytes(bloat)} it does not need: see autovacuum's settings; VACUUM FULL or pg_repack give it back.`,
    ),
    ...scanned.map(
      ({ name, sequentialScans, bytes }) =>
        `${name} (${megabytes(bytes)}) was read from end to end ${sequentialScans} times: is an index missing?`,
    ),
    ...duplicates.map(({ names, bytes }) => `${names.join(" and ")} do the same: one can go (${megabytes(bytes)}).`),
    ...(unused.length > 0
      ? [
          `Never read on any server: ${unused.length === 1 ? "one index" : `${unused.length} indexes`} (${megabytes(wasted)}). Each write pays for that; drop what no yearly job needs.`,
        ]
      : []),
    ...(now.audit.loaded || !now.audit.available
      ? []
      : ["pgaudit could be had and is not loaded: who did what is not written down beyond the server's log."]),
  ];
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
const megabytes = (bytes: number): string => `${short(bytes / MB)} MB`;
