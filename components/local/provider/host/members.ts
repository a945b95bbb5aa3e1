import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../../provider/progress";
import { dynamicConfig } from "../config/patroni";
import type { Program } from "../config/supervisord";
import { memberNames, type Place, paths } from "../place";
import type { ClusterInputs } from "../resources/cluster";
import { tail } from "./files";
import { askPatroni, clusterView, leaderOf, wakePatroni } from "./patroni";
import { onMember } from "./sql";
import { programStates, removePrograms, setPrograms, startPrograms } from "./supervisor";
import { switchover } from "./switchover";
import { attempt, waitFor } from "./wait";

const PRIMARY_TIMEOUT = 60_000;
const REPLICA_TIMEOUT = 300_000;
/** Milliseconds: a round of Patroni's takes CPU from the replicas that are being made. */
const WAKE_EVERY = 500;

export const isMember = (program: string): boolean => program.startsWith("member-");

/** Members whose program is another now (a new Patroni) restart one at a time, the primary last and as a replica. */
export async function changeMembers(
  news: ClusterInputs,
  changed: readonly Program[],
  progress: Progress,
): Promise<void> {
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
    await replicas(place, members, progress);
  }
}

/** Why a member did not come: what it said last. */
const lastWords = (place: Place, members: readonly string[]) => async (): Promise<string> => {
  const logs = await Promise.all(
    members.map(async (member) => `--- ${member}:\n${await tail(join(paths(place.folder).log, `${member}.log`))}`),
  );
  return logs.join("\n");
};

export async function primary(place: Place, members: readonly string[], progress: Progress): Promise<string> {
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

/** Ends when every replica streams and, where commits wait for one, Patroni has named which. */
export async function replicas(place: Place, members: readonly string[], progress: Progress): Promise<void> {
  const wanted = members.length - 1;
  let streaming = -1;
  let woken = 0;
  // Patroni makes a replica's slot, and names the synchronous standby, in its next round.
  const hurry = async (leader: string): Promise<void> => {
    if (Date.now() - woken < WAKE_EVERY) return;
    await wakePatroni(place, leader);
    woken = Date.now();
  };
  await waitFor(
    async () => {
      const found = await streamingReplicas(place, members);
      if (found === undefined) return false;
      if (found.count !== streaming) {
        streaming = found.count;
        progress.step(`${streaming} of ${wanted} replicas streaming`);
      }
      if (streaming < wanted) {
        if (found.slots < wanted) await hurry(found.leader);
        return false;
      }
      if (wanted === 0 || found.synchronous > 0) return true;
      const { synchronous_mode } = await sharedConfiguration(place, found.leader);
      if (!synchronous_mode) return true;
      await hurry(found.leader);
      return false;
    },
    {
      timeout: REPLICA_TIMEOUT,
      what: `${wanted} streaming replicas`,
      evidence: lastWords(place, members),
    },
  );
}

interface Streaming {
  readonly count: number;
  /** Of them, those that a commit waits for. */
  readonly synchronous: number;
  /** Members that have a slot, without which none streams. */
  readonly slots: number;
}

/** How many members stream from the primary, as the primary itself sees it. */
async function streamingReplicas(
  place: Place,
  members: readonly string[],
): Promise<(Streaming & { leader: string }) | undefined> {
  const leader = leaderOf(await clusterView(place, members));
  if (!leader) return undefined;
  return onMember(place, leader, async (client) => {
    const { rows } = await client.query<Streaming>(
      `select count(*)::int as count, count(*) filter (where sync_state in ('sync', 'quorum'))::int as synchronous,
              (select count(*)::int from pg_replication_slots where slot_name = any($2)) as slots
         from pg_stat_replication where state = 'streaming' and application_name = any($1)`,
      [members, members.map((member) => member.replaceAll("-", "_"))],
    );
    return rows[0] && { leader, ...rows[0] };
  });
}

export async function roleDrift(state: ClusterInputs, members: readonly string[]): Promise<string[]> {
  const found = await attempt(() => streamingReplicas(state.place, members));
  if (!found) return ["the cluster has no primary"];
  const wanted = members.length - 1;
  return [
    ...(found.count < wanted ? [`${found.count} of ${wanted} replicas stream from the primary`] : []),
    ...(state.synchronous && wanted > 0 && found.synchronous === 0 ? ["no standby is synchronous"] : []),
  ];
}

interface SharedConfiguration {
  readonly synchronous_mode?: boolean;
  readonly postgresql?: { readonly parameters?: Readonly<Record<string, unknown>> };
}

async function sharedConfiguration(place: Place, member: string): Promise<SharedConfiguration> {
  return JSON.parse((await askPatroni(place, member, "GET", "/config")).body) as SharedConfiguration;
}

/** Brings the shared configuration in etcd to what is asked, if it is not. */
export async function setDynamic(news: ClusterInputs, leader: string): Promise<void> {
  const wanted = dynamicConfig(news);
  const current = await sharedConfiguration(news.place, leader);
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
export async function retire(
  place: Place,
  member: string,
  staying: readonly string[],
  progress: Progress,
): Promise<void> {
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

export async function removeFolders(place: Place, member: string): Promise<void> {
  const { home, socket } = paths(place.folder).member(member);
  // The guard has its lock file there until it has read which members stay.
  const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 };
  await rm(home, options);
  await rm(socket, options);
}

export async function identify(
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
