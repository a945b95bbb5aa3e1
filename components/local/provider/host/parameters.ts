import { setTimeout as sleep } from "node:timers/promises";
import { findParameter, toBaseUnit } from "../../../catalogue/parameters";
import type { Progress } from "../../../provider/progress";
import type { Place } from "../place";
import { askPatroni, clusterView, leaderOf } from "./patroni";
import { onMember } from "./sql";
import { switchover } from "./switchover";
import { attempt, waitFor } from "./wait";

type Wanted = Readonly<Record<string, string>>;

interface Differences {
  /** "work_mem is 64MB, not 20MB" */
  readonly values: readonly string[];
  /** Names set by ALTER SYSTEM, which go before everything Patroni writes. */
  readonly byHand: readonly string[];
  /** A parameter that no replica may have less of than its primary is to become less. */
  readonly lowered: boolean;
}

/** A replica starts with no less of these than its primary has, whatever it is told. */
const BOUND_BY_PRIMARY: readonly string[] = [
  "max_connections",
  "max_locks_per_transaction",
  "max_prepared_transactions",
  "max_wal_senders",
  "max_worker_processes",
];

interface Setting {
  readonly name: string;
  readonly shown: string | null;
  /** In the parameter's base unit. */
  readonly base: string | null;
}

/**
 * Either form will do: what SHOW prints depends on the connection for a few (tcp_keepalives_idle is 0 on a unix
 * socket), and the base value is unknown for those of an extension that is not loaded yet.
 */
function isAt({ name, shown, base }: Setting, wanted: string): boolean {
  return shown === wanted || (base !== null && base === baseOf(name, wanted));
}

function baseOf(name: string, value: string): string | undefined {
  const parameter = findParameter(name);
  return parameter && toBaseUnit(parameter, value);
}

async function differences(place: Place, member: string, wanted: Wanted): Promise<Differences> {
  return onMember(place, member, async (client) => {
    const { rows } = await client.query<Setting>(
      `select name, current_setting(name, true) as shown, reset_val as base
         from unnest($1::text[]) as name left join pg_settings using (name)`,
      [Object.keys(wanted)],
    );
    const values = rows
      .filter((setting) => !isAt(setting, wanted[setting.name] ?? ""))
      .map(({ name, shown }) => `${name} is ${shown}, not ${wanted[name]}`);
    const hand = await client.query<{ name: string }>(
      "select distinct name from pg_file_settings where sourcefile like '%postgresql.auto.conf' order by name",
    );
    const lowered = rows.some(
      ({ name, base }) => BOUND_BY_PRIMARY.includes(name) && Number(base) > Number(baseOf(name, wanted[name] ?? "")),
    );
    return { values, byHand: hand.rows.map(({ name }) => name), lowered };
  });
}

/** How the running members differ from what is asked, as sentences. Members that are down say nothing here. */
export async function parameterDrift(place: Place, members: readonly string[], wanted: Wanted): Promise<string[]> {
  const found = await Promise.all(
    members.map(async (member) => {
      const different = await attempt(() => differences(place, member, wanted));
      if (!different) return [];
      const values = different.values.map((value) => `parameter ${value} on ${member}`);
      const hand = different.byHand.map((name) => `${name} was set by ALTER SYSTEM on ${member}`);
      return [...values, ...hand];
    }),
  );
  return found.flat();
}

/**
 * Brings every member to the wanted parameters: what can be reloaded is; what needs a restart is restarted one member
 * at a time, replicas first, and the primary only after it has handed its role over. Only what no replica may have less
 * of is lowered at the primary first, which restarts in place for it.
 * @throws when they do not come to it, naming what is left.
 */
export async function converge(
  place: Place,
  members: readonly string[],
  wanted: Wanted,
  progress: Progress,
): Promise<void> {
  const end = Date.now() + 240_000;
  let last: string[] = [];
  for (let round = 0; Date.now() < end; round++) {
    const states = await Promise.all(members.map((member) => attempt(() => differences(place, member, wanted))));
    for (const [index, member] of members.entries()) {
      if (states[index]?.byHand.length) await resetByHand(place, member);
    }
    const leader = leaderOf(await clusterView(place, members));
    const pending = await waitingForRestart(place, members);
    last = states.flatMap(
      (state, index) => state?.values.map((value) => `${members[index]}: ${value}`) ?? ["unreachable"],
    );
    if (last.length === 0 && pending.length === 0 && states.every((state) => state?.byHand.length === 0)) return;
    const lowered = states.some((state, index) => members[index] === leader && state?.lowered);
    if (pending.length > 0 && leader) await restartOne(place, members, pending, leader, lowered, progress);
    // Patroni looks at its configuration every few seconds; telling it makes it look now.
    else if (round % 10 === 5)
      await Promise.all(members.map((one) => attempt(() => askPatroni(place, one, "POST", "/reload"))));
    await sleep(150);
  }
  throw new Error(`the members did not take their parameters:\n${last.join("\n")}`);
}

async function resetByHand(place: Place, member: string): Promise<void> {
  await onMember(place, member, async (client) => {
    await client.query("alter system reset all");
    await client.query("select pg_reload_conf()");
  });
}

/** The running members that need a restart, each asked itself: the shared view lags behind by seconds. */
async function waitingForRestart(place: Place, members: readonly string[]): Promise<string[]> {
  const waiting = await Promise.all(
    members.map(async (member) => {
      const answer = await attempt(() => askPatroni(place, member, "GET", "/patroni"));
      const status = JSON.parse(answer?.body ?? "{}") as { state?: string; pending_restart?: boolean };
      return status.state === "running" && status.pending_restart ? [member] : [];
    }),
  );
  return waiting.flat();
}

/** Restarts one of the members that wait for it: a replica if there is one, unless the primary has to go first. */
async function restartOne(
  place: Place,
  members: readonly string[],
  pending: readonly string[],
  leader: string,
  primaryFirst: boolean,
  progress: Progress,
): Promise<void> {
  const replica = primaryFirst ? undefined : pending.find((member) => member !== leader);
  if (primaryFirst && !pending.includes(leader)) return; // it has not read its configuration yet
  if (replica === undefined && members.length > 1 && !primaryFirst) {
    progress.step(`handing the primary's role over from ${leader}, which needs a restart`);
    await switchover(
      place,
      leader,
      members,
      members.filter((member) => member !== leader),
    );
    return;
  }
  const target = replica ?? leader;
  // A replica learns from the WAL what its primary has.
  if (replica) await attempt(() => caughtUp(place, leader, replica));
  progress.step(`restarting ${target}`);
  const answer = await askPatroni(place, target, "POST", "/restart", {});
  // 503: it is busy with something else, such as stepping down; it is asked again.
  if (answer.status >= 500 && answer.status !== 503) throw new Error(`${target} was not restarted: ${answer.body}`);
}

async function caughtUp(place: Place, leader: string, replica: string): Promise<void> {
  const position = await onMember(place, leader, async (client) => {
    const { rows } = await client.query<{ lsn: string }>("select pg_current_wal_lsn()::text as lsn");
    return rows[0]?.lsn;
  });
  await waitFor(
    () =>
      onMember(place, replica, async (client) => {
        const { rows } = await client.query<{ done: boolean }>(
          "select pg_last_wal_replay_lsn() >= $1::pg_lsn as done",
          [position],
        );
        return rows[0]?.done;
      }),
    { timeout: 30_000, what: `${replica} at ${position}` },
  );
}
