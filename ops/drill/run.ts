import { setTimeout as sleep } from "node:timers/promises";
import type { Reporter } from "../../components/local/tools/reporter";
import { EXIT, OperationError, refused } from "../cli/exit";
import { requireVendor, type Stack } from "../cli/stack";
import { fromOutputs } from "../client";
import { allMet, type Check, check, RECOVERY_POINT_OBJECTIVE, RECOVERY_TIME_OBJECTIVE } from "./judge";
import { DrillLoad, type Rates } from "./load";
import { longestGap, rates as ratesOf, type Tally, tally, workLost } from "./measures";
import { archived, type Restored, restoreBeside, restoreObstacles } from "./restore";
import type { DrillKind, DrillResult, LoadResult } from "./result";
import { dropScratch, keptWrites, makeScratch } from "./scratch";
import { type FaultKind, type Subject, subjectOf } from "./subject";

export interface DrillOptions {
  readonly rates: Rates;
  /** Milliseconds of load before and after. */
  readonly calm: number;
}

export interface DrillContext {
  readonly stack: Stack;
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

/** Milliseconds until every member must be back. */
const HEALING = 20 * 60_000;

/** Looks at whether drills of these kinds may begin, and says what they would do. @throws OperationError with all that is in the way. */
export async function plan(stack: Stack, kinds: readonly DrillKind[]): Promise<string[]> {
  const subject = await subjectOf(stack);
  const obstacles = new Set<string>();
  for (const kind of kinds) {
    if (kind === "restore") requireVendor(stack, ["local"], RESTORE_ELSEWHERE);
    for (const one of await subject.obstacles(kind)) obstacles.add(one);
    if (kind === "restore") for (const one of await restoreObstacles(stack)) obstacles.add(one);
  }
  if (obstacles.size > 0) throw refused([...obstacles]);
  return Promise.all(
    kinds.map(async (kind) =>
      kind === "restore"
        ? "restore: the newest backup, beside the running cluster"
        : `${kind}: ${await subject.plan(kind)}`,
    ),
  );
}

const RESTORE_ELSEWHERE =
  "A cloud restores into another cluster: npx license-db restore --beside, timed by hand, is its drill.";

export async function drill(context: DrillContext, kind: DrillKind, options: DrillOptions): Promise<DrillResult> {
  const startedAt = new Date().toISOString();
  const subject = await subjectOf(context.stack);
  await subject.mark?.(kind, "begin");
  try {
    const began = performance.now();
    const found = await inScratch(context.stack, () =>
      kind === "restore" ? restoreDrill(context, subject) : faultDrill(context, subject, kind, options),
    );
    const duration = (performance.now() - began) / 1000;
    const { name: stack, vendor } = context.stack;
    return { kind, stack, vendor, startedAt, duration, ...found, met: allMet(found.checks) };
  } finally {
    await subject.mark?.(kind, "end");
  }
}

async function inScratch<T>(stack: Stack, work: () => Promise<T>): Promise<T> {
  await makeScratch(stack);
  try {
    return await work();
  } finally {
    await dropScratch(stack);
  }
}

type Found = Pick<DrillResult, "fault" | "faultAt" | "checks" | "load">;

async function faultDrill(
  { stack, report, signal }: DrillContext,
  subject: Subject,
  kind: FaultKind,
  { rates, calm }: DrillOptions,
): Promise<Found> {
  const [synchronous] = await report.all([{ title: "Looking at the cluster", run: () => subject.synchronous() }]);
  const load = new DrillLoad(fromOutputs(stack), rates);
  let fault = "";
  let faultAt = 0;
  let healedAt: number | undefined;
  try {
    await step(report, `Load: ${rates.writes} writes and ${rates.reads} reads a second`, async () => {
      await pause(calm, signal);
      if (load.told.acknowledged.length === 0) {
        throw new OperationError(
          EXIT.failed,
          "Not one write came through before the drill; nothing was done to the cluster.",
        );
      }
    });
    await step(report, kind, async () => {
      await subject.mark?.(kind, "fault");
      faultAt = load.now();
      fault = await subject.inject(kind);
    });
    await step(report, "Writes go on, and every member comes back", async (progress) => {
      // Also after Ctrl-C: the cluster is left as it was found.
      healedAt = await healed(subject, load, faultAt, progress);
      await sleep(calm);
    });
  } finally {
    await load.stop();
  }
  signal.throwIfAborted();
  const [counted] = await report.all([
    { title: "Counting what is there", run: async () => tally(load.told, await keptWrites(stack)) },
  ]);
  const until = load.now();
  const seen = loadResult(load, faultAt, until, counted as Tally);
  const recovered = load.writes.some((time) => time > faultAt + 1)
    ? Math.max(0, seen.writeGap.to - faultAt / 1000)
    : null;
  const lost = workLost((counted as Tally).lost, faultAt) / 1000;
  const checks: Check[] = [
    check("time until writes go on (RTO)", recovered, "s", RECOVERY_TIME_OBJECTIVE),
    check(
      "acknowledged work lost (RPO)",
      lost,
      "s",
      stack.expectations?.recoveryPointObjective ?? RECOVERY_POINT_OBJECTIVE,
    ),
    ...(synchronous ? [check("acknowledged writes lost, as a second member has each", seen.writes.lost, "", 0)] : []),
    check("writes done twice", seen.writes.doubled, "", 0),
    check("writes done though said not to be", seen.writes.ghosts, "", 0),
    check(
      "time until every member was back",
      healedAt === undefined ? null : (healedAt - faultAt) / 1000,
      "s",
      HEALING / 1000,
    ),
  ];
  return { fault, faultAt: faultAt / 1000, checks, load: seen };
}

function loadResult(load: DrillLoad, faultAt: number, until: number, counted: Tally): LoadResult {
  const writes = load.writes;
  const seconds = ({ from, to }: { from: number; to: number }) => ({ from: from / 1000, to: to / 1000 });
  // Nothing is asked for after the last call has ended, so that is the end of what can be a gap.
  const last = (times: readonly number[]) => times.at(-1) ?? until;
  return {
    writeGap: seconds(longestGap(writes, faultAt, last(writes))),
    readGap: seconds(longestGap(load.reads, faultAt, last(load.reads))),
    writeRates: ratesOf(writes, until),
    readRates: ratesOf(load.reads, until),
    writes: { ...counted, lost: counted.lost.length, failed: load.told.failed.length },
    reads: { done: load.reads.length, failed: load.failedReads },
  };
}

/** Waits until writes are acknowledged again and every member is back. @returns when, by the load's clock; undefined when they did not. */
async function healed(
  subject: Subject,
  load: DrillLoad,
  faultAt: number,
  progress: (text: string) => void,
): Promise<number | undefined> {
  // What is asked at once may be told what was before: Patroni and clouds notice a moment later.
  await sleep(1_000);
  for (const end = performance.now() + HEALING; performance.now() < end; await sleep(250)) {
    const ailing = await subject
      .ailing()
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    const writes = load.told.acknowledged.some(({ began }) => began > faultAt);
    if (ailing === undefined && writes) return load.now();
    progress(ailing ?? "no write was acknowledged yet");
  }
  return undefined;
}

async function restoreDrill({ stack, report, signal }: DrillContext, subject: Subject): Promise<Found> {
  const objective = stack.expectations?.recoveryPointObjective ?? RECOVERY_POINT_OBJECTIVE;
  const began = performance.now();
  const [exposed] = await report.all([
    { title: "A write, until the backups hold it", run: () => archived(stack, 2 * objective * 1000, signal) },
  ]);
  await subject.mark?.("restore", "fault");
  const faultAt = (performance.now() - began) / 1000;
  const [copy] = await report.all([
    {
      title: "The newest state from the backups, beside the cluster",
      run: (progress) => restoreBeside(stack, signal, progress),
      outcome: ({ took }: Restored) => `answered after ${(took / 1000).toFixed(1)} s`,
    },
  ]);
  return {
    fault: "a restore of the newest state that the backups hold, beside the cluster",
    faultAt,
    checks: [
      check("time until the copy answered (RTO)", (copy?.took ?? Number.NaN) / 1000, "s", RECOVERY_TIME_OBJECTIVE),
      check("time until a write is in the backups (RPO)", (exposed ?? Number.NaN) / 1000, "s", objective),
      check("acknowledged writes missing in the copy", copy?.complete ? 0 : 1, "", 0),
    ],
  };
}

const step = (report: Reporter, title: string, run: (progress: (text: string) => void) => Promise<void>) =>
  report.all([{ title, run }]);

/** Ends early when it is interrupted, before anything was done. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
  signal.throwIfAborted();
}
