import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { clusterPrograms } from "../../components/local/provider/host/clusterFiles";
import { isThere } from "../../components/local/provider/host/files";
import { isMember, primary, replicas } from "../../components/local/provider/host/members";
import { readOwner, writeOwner } from "../../components/local/provider/host/owner";
import { run } from "../../components/local/provider/host/run";
import { onMember } from "../../components/local/provider/host/sql";
import {
  ensureSupervisor,
  programStates,
  removePrograms,
  setPrograms,
  startProgram,
  stopProgram,
} from "../../components/local/provider/host/supervisor";
import { attempt, waitFor } from "../../components/local/provider/host/wait";
import { type Place, paths } from "../../components/local/provider/place";
import type { Progress } from "../../components/provider/progress";

// Work on the data of a cluster whose PostgreSQL is stopped: a restore in place, an upgrade.

export const toProgress = (say: (text: string) => void): Progress => ({ step: say, note: say, warn: say });

/** Every member there is, whether it runs or not. */
export async function membersOf(place: Place): Promise<string[]> {
  const found = (await readdir(join(place.folder, "members"))).filter(isMember);
  const configured = await Promise.all(found.map((member) => isThere(paths(place.folder).member(member).config)));
  return found.filter((_, index) => configured[index]).sort();
}

/**
 * From now on this command alone goes on with the cluster: `up` refuses meanwhile, and says which command it is.
 *
 * @param command as it is typed after `npx license-db`.
 */
export async function markUnfinished(place: Place, command: string | undefined): Promise<void> {
  const owner = await readOwner(place.folder);
  if (owner === undefined) throw new Error(`${place.folder} holds no cluster any more`);
  const { unfinished: _, ...rest } = owner;
  await writeOwner(place.folder, command === undefined ? rest : { ...rest, unfinished: command });
}

/**
 * Stops PostgreSQL on every member, the primary last and cleanly, so that every replica has all of its WAL. The programs
 * are taken from the supervisor, too: not even a reboot starts one before the work is done. etcd, poolers and the
 * balancer run on; applications get errors meanwhile.
 */
export async function stopMembers(place: Place, leader: string, say: (text: string) => void): Promise<void> {
  const members = await membersOf(place);
  await ensureSupervisor(place);
  const states = await programStates(place);
  // The guard first, or it would take the stopped primary for a dead one; the primary last, or a replica would take over.
  for (const programs of [["guard", "scheduler"], members.filter((member) => member !== leader), [leader]]) {
    const known = programs.filter((name) => states?.has(name));
    say(`stopping ${known.join(", ")}`);
    await Promise.all(known.map((program) => stopProgram(place, program)));
  }
  await removePrograms(place, ["guard", ...members]);
}

/**
 * Starts the cluster on the data of one member; the others are made from it anew. Nothing that etcd remembers of the data
 * that was there counts any more.
 *
 * @returns when every replica streams. `accepting` is called as soon as the primary takes writes.
 */
export async function startFrom(
  place: Place,
  first: string,
  systemIdentifier: string,
  say: (text: string) => void,
  accepting: (leader: string) => void,
): Promise<void> {
  const members = await membersOf(place);
  const progress = toProgress(say);
  const programs = await clusterPrograms(place, members);
  const others = members.filter((member) => member !== first);
  await ensureSupervisor(place);
  await setPrograms(
    place,
    programs.filter(({ name }) => name === "etcd"),
  );
  // An earlier run of the same command may have come further: what it has started is not touched again.
  if (!(await programStates(place))?.has(first)) {
    await forget(place, systemIdentifier);
    for (const member of others) await rm(paths(place.folder).member(member).data, { recursive: true, force: true });
  }
  say(`starting ${first}`);
  await setPrograms(
    place,
    programs.filter(({ name }) => !others.includes(name)),
  );
  const leader = await primary(place, [first, ...others], progress);
  await waitFor(() => takesWrites(place, leader), { timeout: 120_000, what: `the promotion of ${leader}` });
  accepting(leader);
  say("making the replicas anew");
  await setPrograms(place, programs);
  await replicas(place, members, progress);
  await attempt(() => startProgram(place, "scheduler"));
}

/** Patroni calls it the primary while it is still being promoted. */
const takesWrites = (place: Place, member: string): Promise<boolean> =>
  onMember(place, member, async (client) => {
    const { rows } = await client.query<{ replica: boolean }>("select pg_is_in_recovery() as replica");
    return rows[0]?.replica === false;
  });

async function forget(place: Place, systemIdentifier: string): Promise<void> {
  const prefix = `/license-db/${place.name}`;
  const etcdctl = join(paths(place.folder).bin, "etcdctl");
  for (const key of ["leader", "sync", "failover", "status", "optime/leader", "failsafe"]) {
    await run(etcdctl, ["del", `${prefix}/${key}`]);
  }
  await run(etcdctl, ["put", `${prefix}/initialize`, systemIdentifier]);
}
