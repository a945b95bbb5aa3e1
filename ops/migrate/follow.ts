import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, OperationError } from "../cli/exit";
import { isAway } from "./copy";
import { on } from "./end";
import { failedOver, timelinesOf } from "./failovers";
import { cutOff, liveEnd } from "./handover";
import { type Following, inWords, measure } from "./lag";
import { type Link, subscribe, subscriptionOf } from "./link";
import { mend } from "./mend";
import { changeState, linkOf, type Migration, stateOf } from "./migration";
import type { State } from "./state";
import { inWords as differences } from "./verify";

export interface FollowOptions {
  readonly watch?: boolean;
  /** Bytes behind that count as caught up. */
  readonly most?: number;
  /** Tables compared at once, after a failover. */
  readonly jobs?: number;
}

/**
 * Starts the flow where it does not run, and ends when the other end has caught up; with `watch` only when told to. Whenever
 * an end has failed over, both are compared first, and what differs is mended.
 */
export async function follow(
  migration: Migration,
  state: State,
  { watch = false, most = 1_000_000, jobs = 2 }: FollowOptions = {},
): Promise<Following> {
  const { report } = migration;
  const link = linkOf(migration, state.direction);
  if (state.phase === "loading" || state.phase === "schema") {
    throw new OperationError(EXIT.usage, "The load has not come to its end: license-db migrate load.");
  }
  if (state.direction === "back" && !state.wayBack) {
    throw new OperationError(EXIT.usage, "The cut-over was made without a way back: no changes flow.");
  }
  if ((await liveEnd(link, state)) === "subscriber") throw cutOff(state);
  const flows = await on(link.subscriber, (client) => subscriptionOf(client, link));
  // Only a mending that was cut off leaves it without: a slot of today would pass over all since.
  const halfMended = state.phase === "following" && flows === undefined;
  if (!flows?.enabled && !halfMended) {
    await report.all([
      { title: `${link.subscriber.label} subscribes to ${link.publisher.label}`, run: () => subscribe(link) },
    ]);
  }
  let known = state.phase === "following" ? state : await changeState(migration, { phase: "following" });
  for (let mending = halfMended; ; mending = true) {
    const timelines = await patiently(migration, () => timelinesOf(migration));
    if (mending || failedOver(migration, known, timelines).length > 0) {
      const found = await patiently(migration, () => mend(migration, known, jobs));
      if (found?.differences.length !== 0) {
        const what = found ? differences(link, found.differences) : "The changes do not arrive.";
        throw new OperationError(EXIT.found, `The two ends differ.\n${what}\nThe same command again.`);
      }
      known = await stateOf(migration);
    }
    const last = await catchUp(migration, known, link, watch, most);
    if (last !== "failed over") return last;
  }
}

/** Milliseconds that an end may be away, as it is in a failover. */
const AWAY = 120_000;

async function patiently<T>({ signal }: Migration, work: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + AWAY; ; ) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || signal.aborted || performance.now() > until) throw error;
      await sleep(1_000);
    }
  }
}

async function catchUp(
  migration: Migration,
  state: State,
  link: Link,
  watch: boolean,
  most: number,
): Promise<Following | "failed over"> {
  const { report, signal } = migration;
  let last: Following | undefined;
  const [ended] = await report.all([
    {
      title: "Catching up",
      async run(progress): Promise<"failed over" | undefined> {
        for (;;) {
          last = await patiently(migration, () => measure(link));
          const timelines = await patiently(migration, () => timelinesOf(migration));
          if (failedOver(migration, state, timelines).length > 0) return "failed over";
          progress(inWords(last));
          if (signal.aborted || (!watch && last.active && last.bytes < most && last.seconds < 5)) return undefined;
          await sleep(1_000, undefined, { signal }).catch(() => {});
        }
      },
      outcome: (how) => how ?? (last ? inWords(last) : ""),
    },
  ]);
  if (ended !== undefined) return ended;
  if (signal.aborted && !watch)
    throw new OperationError(EXIT.unfinished, "Interrupted: the changes flow on by themselves.");
  return last as Following;
}
