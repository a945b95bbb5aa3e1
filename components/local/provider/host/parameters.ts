import { setTimeout as sleep } from "node:timers/promises";
import { findParameter, toBaseUnit } from "../../../catalogue/parameters";
import type { Place } from "../place";
import type { Progress } from "../progress";
import { askPatroni, clusterView, leaderOf } from "./patroni";
import { onMember } from "./sql";
import { switchover } from "./switchover";
import { attempt } from "./wait";

type Wanted = Readonly<Record<string, string>>;

interface Differences {
  /** "work_mem is 64MB, not 20MB" */
  readonly values: readonly string[];
  /** Names set by ALTER SYSTEM, which go before everything Patroni writes. */
  readonly byHand: readonly string[];
}

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
  const parameter = findParameter(name);
  return shown === wanted || (parameter !== undefined && base === toBaseUnit(parameter, wanted));
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
    return { values, byHand: hand.rows.map(({ name }) => name) };
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
 * at a time, replicas first, and the primary only after it has handed its role over.
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
    const view = await clusterView(place, members);
    const pending = (view ?? []).filter((member) => member.pending_restart).map((member) => member.name);
    last = states.flatMap(
      (state, index) => state?.values.map((value) => `${members[index]}: ${value}`) ?? ["unreachable"],
    );
    if (last.length === 0 && pending.length === 0 && states.every((state) => state?.byHand.length === 0)) return;
    const leader = leaderOf(view);
    if (pending.length > 0 && leader) await restartOne(place, members, pending, leader, progress);
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

/** Restarts one of the members that wait for it: a replica if there is one. */
async function restartOne(
  place: Place,
  members: readonly string[],
  pending: readonly string[],
  leader: string,
  progress: Progress,
): Promise<void> {
  const replica = pending.find((member) => member !== leader);
  if (replica === undefined && members.length > 1) {
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
  progress.step(`restarting ${target}`);
  const answer = await askPatroni(place, target, "POST", "/restart", {});
  // 503: it is busy with something else, such as stepping down; it is asked again.
  if (answer.status >= 500 && answer.status !== 503) throw new Error(`${target} was not restarted: ${answer.body}`);
}
