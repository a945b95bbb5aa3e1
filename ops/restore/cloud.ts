import { setTimeout as sleep } from "node:timers/promises";
import { shortTime } from "../backup/info";
import { refused } from "../cli/exit";
import type { RestoreOptions } from "./command";
import type { Target } from "./target";

/** The moments a service can restore, ISO 8601. */
export interface ServiceRange {
  readonly earliest?: string;
  readonly latest?: string;
}

/** What no cloud's point-in-time recovery does, and a moment it does not reach; everything at once. */
export function cloudObstacles(
  { inPlace, beside, exclusive, backup, timeline }: RestoreOptions,
  target: Target,
  range: ServiceRange,
  name: RegExp,
  nameAllowed: string,
): string[] {
  const { earliest, latest } = range;
  const reach = `a restore reaches ${earliest ? `from ${shortTime(earliest)} ` : ""}to ${latest ? shortTime(latest) : "nothing"}`;
  const at = target.type === "time" ? target.at : undefined;
  const rules: readonly [boolean, string][] = [
    [
      inPlace,
      "--in-place: a cloud restores into a new database only. Say --beside NAME; then move applications to it, or have the stack take it up as docs/aws.md and docs/alicloud.md say.",
    ],
    [
      target.type === "xid" || target.type === "name",
      "--to names a transaction or a restore point: a cloud restores to a time alone. Find its time in the log, and name a moment before it.",
    ],
    [
      exclusive || backup !== undefined || timeline !== undefined,
      "--exclusive, --backup and --timeline are for stacks on local: leave them out.",
    ],
    [
      beside !== undefined && !name.test(beside),
      `--beside is "${beside}": the new database's name takes ${nameAllowed}.`,
    ],
    [latest === undefined, "The service knows of no moment that could be restored: npx license-db backup list."],
    [
      at !== undefined && latest !== undefined && at > latest,
      `--to is ${shortTime(at ?? "")}, later than what is stored: ${reach}.`,
    ],
    [
      at !== undefined && earliest !== undefined && at < earliest,
      `--to is ${shortTime(at ?? "")}, before what is stored: ${reach}. Older states are snapshots and archives: npx license-db backup list.`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, message]) => message);
}

export function requireNone(problems: readonly string[]): void {
  if (problems.length > 0) throw refused(problems);
}

/** Milliseconds between two looks at what takes a quarter of an hour. */
export const LOOK = 15_000;

/** Looks again and again until what is made is there. */
export async function untilMade<T>(look: () => Promise<T | undefined>, signal: AbortSignal, every = LOOK): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(every, undefined, { signal });
  }
}
