import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { clusterView, leaderOf, type PatroniMember } from "../../../components/local/provider/host/patroni";
import { memberNames } from "../../../components/local/provider/place";
import type { Ran, TestStack } from "../support/stack";

/** The one cluster all tests of a life share; read inside of tests only, as it is made before the first. */
export type Shared = () => TestStack;

/** The stack, the component and its six resources, all as they were. */
export const UNCHANGED = { same: 8 };

/** Ends the test with what the engine said unless the command went well. */
export function succeeded(ran: Ran): Ran {
  expect(ran.code, ran.output).toBe(0);
  return ran;
}

/** Asks until the answer is what it should be; then, or at the end, asserts it. */
export async function eventually<T>(ask: () => Promise<T>, wanted: T, timeout = 20_000): Promise<void> {
  const end = Date.now() + timeout;
  let answer = await ask().catch((error: Error) => error);
  while (!matches(answer, wanted) && Date.now() < end) {
    await sleep(200);
    answer = await ask().catch((error: Error) => error);
  }
  expect(answer).toEqual(wanted);
}

function matches(answer: unknown, wanted: unknown): boolean {
  try {
    expect(answer).toEqual(wanted);
    return true;
  } catch {
    return false;
  }
}

export async function view(stack: TestStack, members: readonly string[]): Promise<PatroniMember[]> {
  return (await clusterView(await stack.place(), members)) ?? [];
}

export async function leader(stack: TestStack, members: readonly string[] = memberNames(3)): Promise<string> {
  const found = leaderOf(await view(stack, members));
  if (!found) throw new Error("the cluster has no leader");
  return found;
}

/** SHOW on each member: {"member-1": "20MB", …}. */
export async function shown(stack: TestStack, parameter: string, members = memberNames(3)) {
  const values = members.map(async (member) => {
    const [row] = await stack.onMember<{ value: string }>(member, `select current_setting('${parameter}') as value`);
    return [member, row?.value] as const;
  });
  return Object.fromEntries(await Promise.all(values));
}

/** When each member's server started, in words. */
export async function startTimes(stack: TestStack, members = memberNames(3)): Promise<Record<string, string>> {
  const times = members.map(async (member) => {
    const [row] = await stack.onMember<{ at: string }>(member, "select pg_postmaster_start_time()::text as at");
    return [member, row?.at ?? ""] as const;
  });
  return Object.fromEntries(await Promise.all(times));
}

/** The same value for each member. */
export const onEach = <T>(value: T, members = memberNames(3)): Record<string, T> =>
  Object.fromEntries(members.map((member) => [member, value]));

/** Replicas that stream from the primary, and how many of them a commit waits for. */
export async function streaming(stack: TestStack, members: readonly string[]) {
  const [row] = await stack.onMember<{ replicas: number; synchronous: number }>(
    await leader(stack, members),
    `select count(*)::int as replicas, (count(*) filter (where sync_state = 'sync'))::int as synchronous
       from pg_stat_replication where state = 'streaming'`,
  );
  return row;
}
