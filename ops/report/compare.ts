import {
  type Counts,
  DATABASE_COUNTERS,
  type DatabaseCounter,
  type ServerCounters,
  type Snapshot,
  type Statement,
} from "./snapshot";

/** What was counted between two looks, or since the counters began where there is no earlier look. */
export interface Period {
  /** ISO 8601; the latest moment since which every server's counters are whole. */
  readonly from: string;
  readonly to: string;
  readonly days: number;
  /** By id; all servers together. */
  readonly statements: ReadonlyMap<string, Statement>;
  readonly database: Readonly<Record<DatabaseCounter, number>>;
  /** Servers whose counters began anew meanwhile, in sentences. */
  readonly resets: readonly string[];
}

const DAY = 86_400_000;

/** What happened from `before` to `now`. Never less than nothing, whatever the counters did. */
export function periodBetween(now: Snapshot, before: Snapshot | undefined): Period {
  const counted = now.servers.map((server) =>
    deltaOf(
      server,
      before?.servers.find(({ name }) => name === server.name),
      before?.takenAt,
    ),
  );
  const from = [...counted.map((one) => one.from), before?.takenAt ?? ""].sort().at(-1) || now.takenAt;
  return {
    from,
    to: now.takenAt,
    days: (Date.parse(now.takenAt) - Date.parse(from)) / DAY,
    statements: together(counted.flatMap(({ statements }) => statements)),
    database: Object.fromEntries(
      DATABASE_COUNTERS.map((name) => [name, counted.reduce((sum, { database }) => sum + database[name], 0)]),
    ) as Record<DatabaseCounter, number>,
    resets: counted.flatMap(({ reset }) => (reset === undefined ? [] : [reset])),
  };
}

interface Delta {
  readonly from: string;
  readonly statements: readonly Statement[];
  readonly database: Readonly<Record<DatabaseCounter, number>>;
  readonly reset: string | undefined;
}

function deltaOf(now: ServerCounters, before: ServerCounters | undefined, takenAt: string | undefined): Delta {
  const forgotten = before !== undefined && lostCounters(now, before);
  const base = forgotten ? undefined : before;
  const known = new Map(base?.statements.map((one) => [one.id, one]));
  const began = [now.statementsSince, ...(forgotten ? [now.startedAt] : [])].sort().at(-1) ?? now.startedAt;
  return {
    // A server that is there since the look before has counted all the time.
    from: base === undefined ? began : (takenAt ?? began),
    statements: now.statements
      .map((one) => ({ ...one, ...difference(one, known.get(one.id)) }))
      .filter(({ calls }) => calls > 0),
    database: Object.fromEntries(
      DATABASE_COUNTERS.map((name) => {
        const [is, was] = [now.database[name], before?.database[name] ?? 0];
        return [name, is >= was ? is - was : is];
      }),
    ) as Record<DatabaseCounter, number>,
    reset: forgotten
      ? `${now.name}'s counters began anew (${began.slice(0, 16).replace("T", " ")} UTC at the earliest): what it did before is not in this report.`
      : undefined,
  };
}

/** Emptied by hand, or by a crash: then most of what both know has fallen. A single one that fell was pushed out and came back. */
export function lostCounters(now: ServerCounters, before: ServerCounters): boolean {
  if (now.statementsSince !== before.statementsSince) return true;
  const was = new Map(before.statements.map(({ id, calls }) => [id, calls]));
  const both = now.statements.filter(({ id }) => was.has(id));
  const fallen = both.filter(({ id, calls }) => calls < (was.get(id) ?? 0));
  if (both.length === 0) return before.statements.length > 0 && now.startedAt > before.startedAt;
  return fallen.length > 0 && fallen.length * 2 >= both.length;
}

const COUNTS = ["calls", "time", "rows", "hit", "read", "io", "temp"] as const satisfies readonly (keyof Counts)[];

function difference(now: Counts, before: Counts | undefined): Counts {
  // One that was pushed out of the view and came back counts from there.
  const base = before !== undefined && now.calls >= before.calls ? before : undefined;
  return Object.fromEntries(
    COUNTS.map((name) => [name, Math.max(0, now[name] - (base?.[name] ?? 0))]),
  ) as unknown as Counts;
}

function together(statements: readonly Statement[]): Map<string, Statement> {
  const found = new Map<string, Statement>();
  for (const one of statements) {
    const known = found.get(one.id);
    found.set(one.id, known === undefined ? one : { ...one, ...sum(known, one) });
  }
  return found;
}

const sum = (a: Counts, b: Counts): Counts =>
  Object.fromEntries(COUNTS.map((name) => [name, a[name] + b[name]])) as unknown as Counts;

/**
 * The look to compare with: the one nearest to a month before. Until there is one so old, the oldest there is.
 *
 * @param times ISO 8601.
 */
export function monthBefore(times: readonly string[], now: string): string | undefined {
  const wanted = Date.parse(now) - 30 * DAY;
  const distance = (time: string) => Math.abs(Date.parse(time) - wanted);
  return times
    .filter((time) => time < now)
    .reduce<string | undefined>(
      (best, time) => (best === undefined || distance(time) < distance(best) ? time : best),
      undefined,
    );
}
