import { rm } from "node:fs/promises";
import { join } from "node:path";
import { runUser } from "../../tools";
import { etcdCommand } from "../config/etcd";
import { guardConfig } from "../config/guard";
import { dynamicConfig, renderPatroni } from "../config/patroni";
import type { Program } from "../config/supervisord";
import { DAEMONS_VARIABLE, daemonsVersion } from "../host/daemons";
import { dataDrift, type FoundData, requireOwnData } from "../host/dataFolders";
import { fileDrift, makeFolder, tail, writeOwned } from "../host/files";
import { finalBackup } from "../host/finalBackup";
import { bestLocale } from "../host/locale";
import { converge, parameterDrift } from "../host/parameters";
import { askPatroni, clusterView, leaderOf } from "../host/patroni";
import { onMember } from "../host/sql";
import {
  changedPrograms,
  programDrift,
  programStates,
  removePrograms,
  setPrograms,
  startPrograms,
  supervisorctl,
} from "../host/supervisor";
import { switchover } from "../host/switchover";
import { localTools } from "../host/tools";
import { attempt, waitFor } from "../host/wait";
import { memberNames, type Place, paths } from "../place";
import type { Progress } from "../progress";
import type { LocalResource } from "../resource";

export interface ClusterInputs {
  readonly place: Place;
  /** The primary and its replicas, together. */
  readonly memberCount: number;
  /** A commit waits for a second member. */
  readonly synchronous: boolean;
  /** Every PostgreSQL parameter the cluster runs with, as `SHOW` prints it. */
  readonly parameters: Readonly<Record<string, string>>;
  /** PostgreSQL's listen_addresses. */
  readonly listen: string;
  /** CIDR blocks that may reach a member itself, beside this machine. */
  readonly cidrs: readonly string[];
  readonly database: string;
  readonly username: string;
  /** Take a last backup before the data is deleted. */
  readonly finalBackup: boolean;
}

export interface ClusterOutputs {
  readonly members: readonly string[];
  /** PostgreSQL's own id of the data. */
  readonly systemIdentifier: string;
  /** "15.18" */
  readonly version: string;
}

const MAJOR = "15";
const PRIMARY_TIMEOUT = 60_000;
const REPLICA_TIMEOUT = 300_000;

/** PostgreSQL under Patroni: a primary and its replicas, etcd, and the guard that releases a dead primary's lease. */
export const cluster: LocalResource<ClusterInputs, ClusterOutputs> = {
  secrets: [],

  check(news, olds) {
    const renamed = (["database", "username"] as const).filter(
      (property) => olds?.[property] !== undefined && news[property] !== undefined && olds[property] !== news[property],
    );
    return renamed.map((property) => ({
      property,
      reason: `the running cluster has "${olds?.[property]}", asked is "${news[property]}": the applications of the old name would be cut off. Make a new stack and migrate, or set it back`,
    }));
  },

  async create(news, progress) {
    return { id: `${news.place.clusterId}-cluster`, outputs: await ensure(news, undefined, progress) };
  },

  async drift(state) {
    const members = memberNames(state.memberCount);
    const down = await programDrift(state.place, await programs(state.place, members));
    const data = await dataDrift(state.place, members, { major: MAJOR, systemIdentifier: state.systemIdentifier });
    const roles = await roleDrift(state, members);
    const parameters = await parameterDrift(state.place, members, state.parameters);
    const configured = await fileDrift(await files(state));
    return [...down, ...data, ...roles, ...parameters, ...configured];
  },

  update: (state, news, progress) => ensure(news, state, progress),

  async delete(state, progress) {
    const { place } = state;
    const members = memberNames(state.memberCount);
    const leader = leaderOf(await clusterView(place, members)) ?? "member-1";
    // The guard first, or it would take the stopped primary for a dead one; the primary last, so that every replica
    // has all of its WAL and its own shutdown checkpoint ends the data.
    const order = ["guard", ...members.filter((member) => member !== leader), leader];
    const states = await programStates(place);
    for (const program of order.filter((name) => states?.has(name))) {
      progress.step(`stopping ${program}`);
      await supervisorctl(place, "stop", program);
    }
    if (state.finalBackup) await finalBackup(place, leader, progress);
    await removePrograms(place, ["etcd", ...order]);
  },
};

async function ensure(
  news: ClusterInputs,
  state: (ClusterInputs & Partial<ClusterOutputs>) | undefined,
  progress: Progress,
): Promise<ClusterOutputs> {
  const { place } = news;
  const members = memberNames(news.memberCount);
  const surplus = memberNames(state?.memberCount ?? 0).slice(news.memberCount);
  const known: FoundData = {
    major: MAJOR,
    ...(state?.systemIdentifier ? { systemIdentifier: state.systemIdentifier } : {}),
  };
  await requireOwnData(place, memberNames(Math.max(news.memberCount, state?.memberCount ?? 0)), known);
  // The primary goes last: only then can a member that stays be the synchronous standby that takes over.
  const primaryNow = leaderOf(await clusterView(place, [...members, ...surplus]));
  const leaving = [
    ...surplus.filter((member) => member !== primaryNow),
    ...surplus.filter((member) => member === primaryNow),
  ];
  for (const member of leaving) await retire(place, member, members, progress);
  const changedFiles = await configure(news);
  await reread(place, [], changedFiles);
  for (const member of surplus) await removeFolders(place, member);
  progress.step("starting the members");
  const wanted = await programs(place, members);
  const changed = (await changedPrograms(place, wanted)).map(({ name }) => name).filter(isMember);
  const steady = wanted.filter(({ name }) => !changed.includes(name));
  await setPrograms(place, steady);
  await startPrograms(place, steady);
  await changeMembers(
    news,
    wanted.filter(({ name }) => changed.includes(name)),
    progress,
  );
  const leader = await primary(place, members, progress);
  await reread(place, members, changedFiles);
  await replicas(news, members, progress);
  await setDynamic(news, leader);
  await converge(place, members, news.parameters, progress);
  // Restarts are over when the replicas are back.
  await replicas(news, members, progress);
  return { members, ...(await identify(place, members)) };
}

/** Every configuration file of the cluster, by path. */
async function files(news: ClusterInputs): Promise<Record<string, string>> {
  const { place } = news;
  const tools = await localTools();
  const user = runUser();
  const options = {
    ...news,
    postgresBin: tools.postgresBin,
    operators: [...new Set([user.name, ...(user.drop ? ["root"] : [])])],
    locale: await bestLocale(),
  };
  const members = memberNames(news.memberCount);
  const configurations = members.map((member) => [
    paths(place.folder).member(member).config,
    renderPatroni(place, member, news, options),
  ]);
  return { ...Object.fromEntries(configurations), [paths(place.folder).guardConfig]: guardConfig(place, members) };
}

/** Writes every configuration file. @returns the files that a running program has to read again. */
async function configure(news: ClusterInputs): Promise<string[]> {
  const at = paths(news.place.folder);
  for (const member of memberNames(news.memberCount)) {
    await makeFolder(at.member(member).home);
    await makeFolder(at.member(member).socket);
  }
  await makeFolder(at.etcd);
  const changed: string[] = [];
  for (const [path, content] of Object.entries(await files(news))) {
    if (await writeOwned(path, content)) changed.push(path);
  }
  return changed;
}

/** Has the running programs read what changed. */
async function reread(place: Place, members: readonly string[], changed: readonly string[]): Promise<void> {
  const at = paths(place.folder);
  if (changed.includes(at.guardConfig)) await attempt(() => supervisorctl(place, "signal", "HUP", "guard"));
  const told = members.filter((member) => changed.includes(at.member(member).config));
  await Promise.all(told.map((member) => attempt(() => askPatroni(place, member, "POST", "/reload"))));
}

const isMember = (program: string): boolean => program.startsWith("member-");

/** Members whose program is another now (a new Patroni) restart one at a time, the primary last and as a replica. */
async function changeMembers(news: ClusterInputs, changed: readonly Program[], progress: Progress): Promise<void> {
  const { place } = news;
  const members = memberNames(news.memberCount);
  const leader = leaderOf(await clusterView(place, members));
  const last = changed.filter(({ name }) => name === leader);
  for (const program of [...changed.filter(({ name }) => name !== leader), ...last]) {
    progress.step(`restarting ${program.name} with its new program`);
    const others = members.filter((member) => member !== program.name);
    if (program.name === leader && others.length > 0) await switchover(place, leader, members, others);
    await setPrograms(place, [program]);
    await startPrograms(place, [program]);
    await replicas(news, members, progress);
  }
}

async function programs(place: Place, members: readonly string[]): Promise<Program[]> {
  const tools = await localTools();
  const at = paths(place.folder);
  const daemon = (file: string, ...args: string[]) => [tools.python, "-u", join(at.daemons, file), ...args];
  return [
    { name: "etcd", command: etcdCommand(place, tools.etcd), priority: 10, stopWait: 10 },
    {
      name: "guard",
      command: daemon("guard.py", at.guardConfig),
      environment: { [DAEMONS_VARIABLE]: await daemonsVersion() },
      priority: 20,
      stopWait: 10,
    },
    ...members.map((member) => ({
      name: member,
      command: daemon("member.py", at.member(member).lock, "--", tools.patroni, at.member(member).config),
      priority: 30,
      // Patroni stops PostgreSQL cleanly first, with a checkpoint.
      stopWait: 90,
    })),
  ];
}

/** Why a member did not come: what it said last. */
const lastWords = (place: Place, members: readonly string[]) => async (): Promise<string> => {
  const logs = await Promise.all(
    members.map(async (member) => `--- ${member}:\n${await tail(join(paths(place.folder).log, `${member}.log`))}`),
  );
  return logs.join("\n");
};

async function primary(place: Place, members: readonly string[], progress: Progress): Promise<string> {
  progress.step("waiting for a primary");
  return waitFor(
    async () => {
      for (const member of members) {
        const answer = await attempt(() => askPatroni(place, member, "GET", "/primary"));
        if (answer?.status === 200) return member;
      }
      return undefined;
    },
    { timeout: PRIMARY_TIMEOUT, what: "a primary", evidence: lastWords(place, members) },
  );
}

async function replicas(news: ClusterInputs, members: readonly string[], progress: Progress): Promise<void> {
  const wanted = members.length - 1;
  let streaming = -1;
  await waitFor(
    async () => {
      const found = await streamingReplicas(news.place, members);
      if (found === undefined) return false;
      if (found.count !== streaming) {
        streaming = found.count;
        progress.step(`${streaming} of ${wanted} replicas streaming`);
      }
      if (streaming < wanted) return false;
      if (!news.synchronous || wanted === 0 || found.synchronous > 0) return true;
      // Patroni names the synchronous standby in its next round, and a change of the configuration begins one.
      await setDynamic(news, found.leader);
      return false;
    },
    {
      timeout: REPLICA_TIMEOUT,
      what: `${wanted} streaming replicas`,
      evidence: lastWords(news.place, members),
    },
  );
}

/** How many members stream from the primary, as the primary itself sees it. */
async function streamingReplicas(
  place: Place,
  members: readonly string[],
): Promise<{ leader: string; count: number; synchronous: number } | undefined> {
  const leader = leaderOf(await clusterView(place, members));
  if (!leader) return undefined;
  return onMember(place, leader, async (client) => {
    const { rows } = await client.query<{ count: number; synchronous: number }>(
      `select count(*)::int as count, count(*) filter (where sync_state in ('sync', 'quorum'))::int as synchronous
         from pg_stat_replication where state = 'streaming' and application_name = any($1)`,
      [members],
    );
    return rows[0] && { leader, ...rows[0] };
  });
}

async function roleDrift(state: ClusterInputs, members: readonly string[]): Promise<string[]> {
  const found = await attempt(() => streamingReplicas(state.place, members));
  if (!found) return ["the cluster has no primary"];
  const wanted = members.length - 1;
  return [
    ...(found.count < wanted ? [`${found.count} of ${wanted} replicas stream from the primary`] : []),
    ...(state.synchronous && wanted > 0 && found.synchronous === 0 ? ["no standby is synchronous"] : []),
  ];
}

/** Brings the shared configuration in etcd to what is asked, if it is not. */
async function setDynamic(news: ClusterInputs, leader: string): Promise<void> {
  const wanted = dynamicConfig(news);
  const answer = await askPatroni(news.place, leader, "GET", "/config");
  const current = JSON.parse(answer.body) as { postgresql?: { parameters?: Record<string, unknown> } };
  // A parameter that is no longer asked for goes back to its default: null removes a key.
  const gone = Object.keys(current.postgresql?.parameters ?? {}).filter((name) => !(name in news.parameters));
  const patch = {
    ...wanted,
    postgresql: {
      ...(wanted.postgresql as object),
      parameters: { ...Object.fromEntries(gone.map((name) => [name, null])), ...news.parameters },
    },
  };
  const done = await askPatroni(news.place, leader, "PATCH", "/config", patch);
  if (done.status !== 200) throw new Error(`Patroni refused the configuration (${done.status}): ${done.body}`);
}

/** Takes one member out of the cluster, and leaves its data: a copy of the primary's. */
async function retire(place: Place, member: string, staying: readonly string[], progress: Progress): Promise<void> {
  progress.step(`removing ${member}`);
  const everyone = [...staying, member];
  if (leaderOf(await clusterView(place, everyone)) === member) await switchover(place, member, everyone, staying);
  const states = await programStates(place);
  if (states?.has(member)) await removePrograms(place, [member]);
  const leader = leaderOf(await clusterView(place, staying));
  if (leader === undefined || leader === member) {
    throw new Error(`${member} is not removed: no other member is primary`);
  }
}

async function removeFolders(place: Place, member: string): Promise<void> {
  const { home, socket } = paths(place.folder).member(member);
  // The guard has its lock file there until it has read which members stay.
  const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };
  await rm(home, options);
  await rm(socket, options);
}

async function identify(
  place: Place,
  members: readonly string[],
): Promise<{ systemIdentifier: string; version: string }> {
  const leader = leaderOf(await clusterView(place, members)) ?? "member-1";
  return onMember(place, leader, async (client) => {
    const { rows } = await client.query<{ id: string; version: string }>(
      `select system_identifier::text as id, split_part(current_setting('server_version'), ' ', 1) as version
         from pg_control_system()`,
    );
    if (!rows[0]) throw new Error("PostgreSQL did not tell its system identifier");
    return { systemIdentifier: rows[0].id, version: rows[0].version };
  });
}
