/**
 * Writes go over from one end to the other. Both ends and both ways are the same thing: cut-over is from the source to the
 * stack, roll-back from the stack to the source. Fences tell where things stand, so an interrupted hand-over is gone on
 * with: the end without a fence is the live one; with both fenced nobody writes, and it is half-way.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { EXIT, OperationError } from "../cli/exit";
import { inTransaction, on, rows } from "./end";
import { failedOver, timelineOf, timelinesOf } from "./failovers";
import { closeBehind, inWords as lagInWords } from "./lag";
import { cut, disable, enable, type Link, lagOf, makeSlot, publish, subscribe, subscriptionOf } from "./link";
import { fenced, lowerFence, markerArrives, raiseFence, setMarker, setUpMarks } from "./marks";
import { compare } from "./mend";
import { changedTables, changeState, linkOf, type Migration, reversed } from "./migration";
import { DIRECTIONS, type Direction } from "./names";
import { copySequences } from "./sequences";
import type { State } from "./state";
import { applicationTables, filled } from "./survey";
import { compared, comparer, inWords, Stuck, type Verified, verifyFollowing } from "./verify";

export interface HandoverOptions {
  readonly jobs: number;
  /** Bytes that the live end may be ahead when writes are stopped. */
  readonly mostLag: number;
  /** Milliseconds that changes may take to arrive when writes are stopped; waited for. */
  readonly mostDelay: number;
  /** Milliseconds that transactions at work may have to end, before they are ended. */
  readonly patience: number;
  /** Bytes of tables that are compared while nobody writes. */
  readonly verifyInside: number;
  /** Compare all rows before and after. */
  readonly verify: boolean;
}

export interface HandedOver {
  readonly from: string;
  readonly to: string;
  /** From when writes were stopped at the one end until they were let in at the other; null: an interrupted run had stopped them. */
  readonly writeStopSeconds: number | null;
  readonly sequences: number;
  readonly endedSessions: number;
  readonly before?: Verified;
  readonly inside?: Verified;
  readonly after?: Verified;
  readonly wayBack: boolean;
}

/** Where writes are let in. */
export type Live = "publisher" | "nobody" | "subscriber";

export async function liveEnd(link: Link, state: State): Promise<Live> {
  const [publisher, subscriber] = await Promise.all(
    [link.publisher, link.subscriber].map((end) => on(end, (client) => fenced(client, state.tables))),
  );
  return !publisher ? "publisher" : subscriber ? "nobody" : "subscriber";
}

/** Of a hand-over that was cut off after the switch: the ends' roles are not yet changed over. */
export const cutOff = ({ direction }: State): OperationError =>
  new OperationError(
    EXIT.usage,
    `The ${direction === "forward" ? "cutover" : "rollback"} was cut off after the switch: finish it first (the same command again).`,
  );

/** @param direction the way changes flow until now */
export async function handOver(
  migration: Migration,
  state: State,
  direction: Direction,
  options: HandoverOptions,
): Promise<HandedOver> {
  const { report } = migration;
  const link = linkOf(migration, direction);
  const back = reversed(link);
  const tables = filled(state.tables);
  const live = await liveEnd(link, state);
  let before: Verified | undefined;
  let stopped: Stopped | undefined;
  if (live !== "subscriber") {
    await prepare(back, state);
    if (live === "publisher") await refuseUnready(link, state, options);
    const timelines = await timelinesOf(migration);
    const doubtful = failedOver(migration, state, timelines).length > 0;
    // What a failover may have cost is looked for whatever was asked; a run that was cut off half-way has compared already.
    if (doubtful || (live === "publisher" && options.verify)) {
      // That run may have stopped the changes already.
      if (live === "nobody") await on(link.subscriber, (client) => enable(link, client));
      before = await compare(migration, state, options.jobs);
      if (before === undefined) throw new Stuck(link);
      if (before.differences.length > 0)
        throw differs(
          link,
          before,
          "Nothing was switched. license-db migrate verify --repair brings those tables anew.",
        );
    }
    migration.signal.throwIfAborted();
    if (live === "publisher") await waitUntilClose(migration, link, options);
    stopped = await stopAndSwitch(migration, { ...state, timelines }, direction, options);
  }
  await report.all([
    {
      title: state.wayBack ? `Changes flow back to ${link.publisher.label}` : "The way back is not kept",
      async run() {
        if (state.wayBack) {
          await back.publisher.keepSlot(DIRECTIONS[back.direction]);
          await on(back.subscriber, (client) => enable(back, client));
        }
        await cut(link);
      },
    },
  ]);
  await changeState(migration, { direction: back.direction, switchedAt: new Date().toISOString() });
  // Writers write already; only who operates waits, until a failover of the new end leaves the way back.
  if (state.wayBack) await back.publisher.slotKept(DIRECTIONS[back.direction]);
  let after: Verified | undefined;
  if (state.wayBack && options.verify) {
    [after] = await report.all([
      {
        title: "Comparing all rows after the switch",
        run: () => verifyFollowing(back, tables, options.jobs),
        outcome: compared,
      },
    ]);
    if (after && after.differences.length > 0) {
      throw differs(back, after, `${link.subscriber.label} takes writes. The other command goes back.`);
    }
  }
  return {
    from: link.publisher.label,
    to: link.subscriber.label,
    writeStopSeconds: stopped?.seconds ?? null,
    sequences: stopped?.sequences ?? 0,
    endedSessions: stopped?.ended ?? 0,
    ...(before ? { before } : {}),
    ...(stopped?.inside ? { inside: stopped.inside } : {}),
    ...(after ? { after } : {}),
    wayBack: state.wayBack,
  };
}

const differs = (link: Link, { differences }: Verified, then: string): OperationError =>
  new OperationError(EXIT.found, `The two ends differ.\n${inWords(link, differences)}\n${then}`);

/** All that takes its time, done before anybody has to wait. */
async function prepare(back: Link, state: State): Promise<void> {
  if (!state.wayBack) return;
  await on(back.publisher, async (client) => {
    await setUpMarks(client);
    await publish(client, filled(state.tables));
  });
  await back.publisher.expectSlot(DIRECTIONS[back.direction]);
  await subscribe(back, false);
}

async function refuseUnready(link: Link, state: State, { mostLag }: HandoverOptions): Promise<void> {
  const changed = await changedTables(link.publisher, state);
  const [lag, subscribed, prepared] = await Promise.all([
    on(link.publisher, (client) => lagOf(link, client)),
    on(link.subscriber, (client) => subscriptionOf(client, link)),
    on(link.publisher, (client) => rows(client, "select 1 from pg_prepared_xacts where database = current_database()")),
  ]);
  const problems = [
    ...changed.map(
      (what) =>
        `Since the load, ${what} at ${link.publisher.label}: what is not in both is not carried. Undo it, or abandon and load anew.`,
    ),
    ...(subscribed?.enabled && lag
      ? []
      : ["Changes do not flow: license-db migrate follow, and wait until it has caught up."]),
    ...(lag && lag.bytes > mostLag
      ? [
          `The other end is ${lag.bytes} bytes behind, at most ${mostLag} are allowed (--most-lag): license-db migrate follow.`,
        ]
      : []),
    ...(prepared.length > 0
      ? [`${prepared.length} prepared transactions at ${link.publisher.label}: commit them or roll them back.`]
      : []),
  ];
  if (problems.length > 0) throw new OperationError(EXIT.usage, `Nothing was switched.\n${problems.join("\n")}`);
}

/** Milliseconds. */
const CATCH_UP = 120_000;

/** The comparison has held the changes up for a moment, and both ends' processors and disks for as long as it took. */
async function waitUntilClose(
  { report, signal }: Migration,
  link: Link,
  { mostDelay }: HandoverOptions,
): Promise<void> {
  await report.all([
    {
      title: `Waiting until ${link.subscriber.label} is close behind`,
      run: (progress) => closeBehind(link, mostDelay, CATCH_UP, { progress, signal }),
      outcome: lagInWords,
    },
  ]);
}

interface Stopped {
  readonly seconds: number;
  readonly sequences: number;
  readonly ended: number;
  readonly inside?: Verified;
}

/** Nobody writes from the first step to the last. A failure on the way lets writes in again where they were. */
async function stopAndSwitch(
  migration: Migration,
  state: State,
  direction: Direction,
  options: HandoverOptions,
): Promise<Stopped> {
  const link = linkOf(migration, direction);
  const back = reversed(link);
  const small = await smallest(link, options.verifyInside);
  const sessions = await Promise.all([
    link.publisher.connect({ statementTimeout: 0 }),
    link.publisher.connect({ statementTimeout: 0 }),
    link.subscriber.connect({ statementTimeout: 0 }),
  ]);
  const [from, watcher, to] = sessions;
  const comparing = await comparer(link, Math.min(options.jobs, small.length));
  try {
    // These sessions' servers are the ends until the last step: another primary would answer none of them.
    const [one = "", other = ""] = await Promise.all([from, to].map(timelineOf));
    const now = direction === "forward" ? { source: one, target: other } : { source: other, target: one };
    const lost = failedOver(migration, state, now);
    if (lost.length > 0) {
      throw new OperationError(EXIT.failed, `${lost.join(" and ")} has just failed over: the same command again.`);
    }
    // A run that was cut off may have stopped the changes already.
    await enable(link, to);
    const began = performance.now();
    const marker = randomUUID();
    const ended = await stopWrites(from, watcher, state, marker, options.patience);
    try {
      await arrival(to, marker, 120_000);
      const sequences = await copySequences(from, to);
      const inside = small.length > 0 ? await comparing.compare(small) : undefined;
      if (inside && inside.differences.length > 0) throw differs(link, inside, "Nothing was switched.");
      await disable(link, to);
      if (state.wayBack) await makeSlot(back, to);
      await lowerFence(to, state.tables);
      const seconds = (performance.now() - began) / 1_000;
      return { seconds, sequences, ended, ...(inside ? { inside } : {}) };
    } catch (error) {
      await undo(link, from, state).catch(() => {});
      throw error;
    }
  } finally {
    await comparing.end();
    await Promise.all(sessions.map((client) => client.end().catch(() => {})));
  }
}

/** Writes again where they were, if the other end has not been opened. */
async function undo(link: Link, from: pg.Client, state: State): Promise<void> {
  if ((await liveEnd(link, state)) !== "nobody") return;
  await on(link.subscriber, (client) => enable(link, client));
  await lowerFence(from, state.tables);
}

/** For `rollback` of a hand-over that was cut off half-way. */
export async function letWritesInAgain(link: Link, state: State): Promise<void> {
  await on(link.publisher, (client) => undo(link, client, state));
}

/**
 * The fence is raised, and a marker written, in one transaction that waits for every writer. Who keeps it waiting longer than
 * `patience` is ended: new writers wait behind it all the while.
 */
async function stopWrites(
  from: pg.Client,
  watcher: pg.Client,
  state: State,
  marker: string,
  patience: number,
): Promise<number> {
  const [own] = await rows<{ pid: number }>(from, "select pg_backend_pid() as pid");
  let ended = 0;
  let waiting = true;
  const raise = () =>
    inTransaction(from, async () => {
      await from.query("set local client_min_messages = warning");
      await raiseFence(from, state.tables);
      await setMarker(from, marker);
    });
  // Two writers and ourselves may wait for each other in a ring, which the server breaks at anyone.
  const again = (error: { code?: string }) => {
    if (error.code !== "40P01") throw error;
    return raise();
  };
  const raised = raise()
    .catch(again)
    .catch(again)
    .finally(() => {
      waiting = false;
    });
  const watch = async () => {
    const until = performance.now() + patience;
    while (waiting) {
      await sleep(20);
      if (performance.now() < until || !waiting) continue;
      const found = await rows(watcher, "select pg_terminate_backend(pid) from unnest(pg_blocking_pids($1)) as pid", [
        own?.pid,
      ]);
      ended += found.length;
    }
  };
  await Promise.all([raised, watch()]);
  return ended;
}

async function arrival(to: pg.Client, marker: string, wait: number): Promise<void> {
  if (await markerArrives(to, marker, wait, 3)) return;
  throw new OperationError(
    EXIT.failed,
    `The last changes did not arrive within ${wait / 1_000} s: writes go on where they were.`,
  );
}

/** As many of the tables, the smallest first, as are compared in no time. */
async function smallest(link: Link, most: number) {
  const tables = filled(await on(link.publisher, applicationTables)).reverse();
  let sum = 0;
  return tables.filter(({ bytes }) => {
    sum += bytes;
    return sum <= most;
  });
}
