import type { Progress } from "../../../provider/progress";
import type { ManagedResource, Refusal } from "../../../provider/resource";
import type { Program } from "../config/supervisord";
import { clusterFiles, clusterPrograms, configure, reread } from "../host/clusterFiles";
import { dataDrift, type FoundData, hasData, majorsOf, requireOwnData } from "../host/dataFolders";
import { fileDrift, isThere } from "../host/files";
import { finalBackup } from "../host/finalBackup";
import {
  changeMembers,
  identify,
  isMember,
  primary,
  removeFolders,
  replicas,
  retire,
  roleDrift,
  setDynamic,
} from "../host/members";
import { readOwner } from "../host/owner";
import { converge, parameterDrift } from "../host/parameters";
import { clusterView, leaderOf } from "../host/patroni";
import {
  changedPrograms,
  ensureSupervisor,
  programDrift,
  programStates,
  removePrograms,
  setPrograms,
  startPrograms,
  stopProgram,
} from "../host/supervisor";
import { attempt, waitFor } from "../host/wait";
import { MAX_MEMBERS, memberNames, type Place, paths } from "../place";
import { type ClusterInputs, type ClusterOutputs, FIRST_MAJOR } from "./clusterInputs";

export type { ClusterInputs, ClusterOutputs };

/** PostgreSQL under Patroni: a primary and its replicas, etcd, and the guard that releases a dead primary's lease. */
export const cluster: ManagedResource<ClusterInputs, ClusterOutputs> = {
  secrets: [],

  async check(news, olds) {
    const renamed = (["database", "username"] as const).filter(
      (property) => olds?.[property] !== undefined && news[property] !== undefined && olds[property] !== news[property],
    );
    return [
      ...renamed.map((property) => ({
        property,
        reason: `the running cluster has "${olds?.[property]}", asked is "${news[property]}": the applications of the old name would be cut off. Make a new stack and migrate, or set it back`,
      })),
      ...(await otherVersion(news)),
    ];
  },

  async create(news, progress) {
    return { id: `${news.place.clusterId}-cluster`, outputs: await ensure(news, undefined, progress) };
  },

  async drift(recorded) {
    const state = await asUpgraded(recorded);
    const members = memberNames(state.memberCount);
    const down = await programDrift(state.place, await clusterPrograms(state.place, members));
    const data = await dataDrift(state.place, members, {
      major: state.major ?? FIRST_MAJOR,
      systemIdentifier: state.systemIdentifier,
    });
    const roles = await roleDrift(state, members);
    const parameters = await parameterDrift(state.place, members, shown(state));
    const configured = await fileDrift(await clusterFiles(state));
    return [...down, ...data, ...roles, ...parameters, ...configured];
  },

  update: async (state, news, progress) => ensure(news, await asUpgraded(state), progress),

  async delete(recorded, progress) {
    const state = await asUpgraded(recorded);
    const { place } = state;
    const members = memberNames(state.memberCount);
    const backup = state.finalBackup && (await hasData(place, members));
    if (state.finalBackup && !backup) progress.warn("no final backup: the data of all members is gone");
    const leader = backup
      ? await primaryToLeave(state, progress)
      : (leaderOf(await clusterView(place, members)) ?? "member-1");
    // The guard first, or it would take the stopped primary for a dead one; the primary last, so that every replica
    // has all of its WAL and its own shutdown checkpoint ends the data.
    const order = ["guard", ...members.filter((member) => member !== leader), leader];
    const states = await programStates(place);
    for (const program of order.filter((name) => states?.has(name))) {
      progress.step(`stopping ${program}`);
      await stopProgram(place, program);
    }
    if (backup) await finalBackup(place, leader, progress);
    await removePrograms(place, ["etcd", ...order]);
  },
};

/** The state as it is since an upgrade of which it does not know yet. */
async function asUpgraded<State extends ClusterInputs & Partial<ClusterOutputs>>(state: State): Promise<State> {
  return { ...state, ...(await readOwner(state.place.folder))?.data };
}

/** Another major version is never taken by starting other programs: the data is upgraded first, by who watches it. */
async function otherVersion({ place, major }: Partial<ClusterInputs>): Promise<Refusal[]> {
  if (place === undefined || major === undefined) return [];
  const refuse = (reason: string) => [{ property: "major", reason }];
  const unfinished = (await readOwner(place.folder))?.unfinished;
  if (unfinished !== undefined) {
    return refuse(`an operation on the data of this cluster has not come to its end: npx license-db ${unfinished}`);
  }
  const [found, ...others] = await majorsOf(place, memberNames(MAX_MEMBERS));
  if (found === undefined || found === major || others.length > 0) return [];
  return refuse(
    Number(found) < Number(major)
      ? `the data is of PostgreSQL ${found}, asked is ${major}: it is upgraded first, by npx license-db upgrade rehearse --to ${major}, then upgrade run --to ${major}`
      : `the data is of PostgreSQL ${found}, asked is ${major}: set license-db:engine.version and engine.upgradeTo to "${found}", as the upgrade said; to go back, npx license-db upgrade rollback`,
  );
}

/** What `SHOW` must print on every member: the parameters, and where it listens, which Patroni passes by itself. */
const shown = ({ parameters, listen }: ClusterInputs): Readonly<Record<string, string>> => ({
  ...parameters,
  listen_addresses: listen,
});

/**
 * The member whose data the final backup is taken of. After a reboot nobody knows which one it is, nor was it shut down
 * in order: so the cluster is brought up once more.
 */
async function primaryToLeave(state: ClusterInputs, progress: Progress): Promise<string> {
  const { place } = state;
  const members = memberNames(state.memberCount);
  const leader = leaderOf(await clusterView(place, members));
  if (leader !== undefined) return leader;
  progress.step("bringing the cluster up once more, for its final backup");
  await ensureSupervisor(place);
  await ensure(state, state, progress);
  return primary(place, members, progress);
}

/**
 * A new cluster begins with its first member: the Patronis of the others start while that one's initdb runs, rather than
 * take the cores from it before. They wait for a primary anyway, so nothing is lost where it does not come.
 */
async function beginWith(place: Place, members: readonly string[], programs: readonly Program[]): Promise<void> {
  const [first = "", ...others] = members;
  await setPrograms(
    place,
    programs.filter(({ name }) => !others.includes(name)),
  );
  const begun = () => isThere(paths(place.folder).member(first).data);
  await attempt(() => waitFor(begun, { timeout: 10_000, interval: 25, what: `the data folder of ${first}` }));
}

async function ensure(
  news: ClusterInputs,
  state: (ClusterInputs & Partial<ClusterOutputs>) | undefined,
  progress: Progress,
): Promise<ClusterOutputs> {
  const { place } = news;
  const members = memberNames(news.memberCount);
  const surplus = memberNames(state?.memberCount ?? 0).slice(news.memberCount);
  const known: FoundData = {
    major: news.major ?? FIRST_MAJOR,
    ...(state?.systemIdentifier ? { systemIdentifier: state.systemIdentifier } : {}),
  };
  await requireOwnData(place, memberNames(Math.max(news.memberCount, state?.memberCount ?? 0)), known);
  const isNew = state === undefined && !(await hasData(place, members));
  // The primary goes last: only then can a member that stays be the synchronous standby that takes over.
  const primaryNow = leaderOf(await clusterView(place, [...members, ...surplus]));
  const leaving = [
    ...surplus.filter((member) => member !== primaryNow),
    ...surplus.filter((member) => member === primaryNow),
  ];
  for (const member of leaving) await retire(place, member, members, progress);
  // What runs now may run with other files than those; what is started below reads them anyway, and a Patroni that reads
  // its own again is busy with that for a second.
  const ran = [...((await programStates(place)) ?? new Map<string, string>()).keys()];
  await configure(news);
  await reread(
    place,
    ["guard"].filter((name) => ran.includes(name)),
  );
  for (const member of surplus) await removeFolders(place, member);
  progress.step("starting the members");
  const wanted = await clusterPrograms(place, members);
  const changed = (await changedPrograms(place, wanted)).map(({ name }) => name).filter(isMember);
  const steady = wanted.filter(({ name }) => !changed.includes(name));
  if (isNew) await beginWith(place, members, steady);
  await setPrograms(place, steady);
  await startPrograms(place, steady);
  await changeMembers(
    news,
    wanted.filter(({ name }) => changed.includes(name)),
    progress,
  );
  const leader = await primary(place, members, progress);
  // A new cluster runs with what it was made with. Its replicas are made while its database and its first backup are:
  // the entry point waits for them.
  if (!isNew) {
    await reread(place, ran);
    await replicas(place, members, progress);
    await setDynamic(news, leader);
    await converge(place, members, shown(news), progress);
    // Restarts are over when the replicas are back.
    await replicas(place, members, progress);
  }
  return { members, ...(await identify(place, members)) };
}
