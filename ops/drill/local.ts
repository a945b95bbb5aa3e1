import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { leaderOf, type PatroniMember } from "../../components/local/provider/host/patroni";
import { onMember } from "../../components/local/provider/host/sql";
import { programPid } from "../../components/local/provider/host/supervisor";
import { switchover } from "../../components/local/provider/host/switchover";
import { paths } from "../../components/local/provider/place";
import { EXIT, OperationError } from "../cli/exit";
import { type LocalCluster, localCluster } from "../cli/local";
import type { Stack } from "../cli/stack";
import { readBackups } from "../status/backups";
import { markDrill } from "./marks";
import type { FaultKind, Subject } from "./subject";

/** Seconds. A full backup is taken every day; so old it may be, and some hours for the next to come about. */
const RECENT_BACKUP = 26 * 3600;

/** A cluster on this machine: members are killed by the process ids that their own data folders tell. */
export async function localSubject(stack: Stack): Promise<Subject> {
  const cluster = await localCluster(stack);
  const replicas = stack.expectations?.replicas ?? cluster.members.length - 1;
  // Patroni's view of a member that was killed stays as it was for seconds; the primary knows at once.
  const ailing = async () => complaint(await cluster.view(), replicas) ?? missing(await streaming(cluster), replicas);
  const chosen = async (kind: FaultKind): Promise<{ victim: string; words: string }> => {
    const view = await cluster.view();
    const primary = await cluster.primary();
    if (kind === "switchover") return { victim: primary, words: `a switchover away from ${primary}, by Patroni` };
    const victim = kind === "failover" ? primary : standby(view, primary);
    const role = kind === "failover" ? "the primary" : "a replica, the synchronous one where there is one";
    return { victim, words: `kill -9 of PostgreSQL and Patroni of ${victim} (${role})` };
  };
  return {
    async obstacles(kind) {
      const found = await ailing();
      const backups = await readBackups(cluster.place, Date.now() / 1000);
      return [
        ...(found === undefined || kind === "restore"
          ? []
          : [`${found}: a drill begins with a healthy cluster (npx license-db status).`]),
        ...(kind !== "restore" && replicas < 1
          ? ["The stack has no replica, so nobody could take over: set license-db:replicas to 1 or more."]
          : []),
        ...backupObstacles(backups),
      ];
    },
    plan: async (kind) => (await chosen(kind)).words,
    async inject(kind) {
      const { victim, words } = await chosen(kind);
      if (kind === "switchover") {
        const others = cluster.members.filter((member) => member !== victim);
        await switchover(cluster.place, victim, cluster.members, others);
      } else await killMember(cluster, victim);
      return words;
    },
    synchronous: async () => (await cluster.view()).some(({ role }) => role === "sync_standby"),
    ailing,
    mark: (kind, moment) => markDrill(cluster.place, kind, moment),
  };
}

/** What is not as it should be among the members. */
export function complaint(view: readonly PatroniMember[], replicas: number): string | undefined {
  const leader = leaderOf(view);
  if (leader === undefined) return "No member takes writes";
  const streaming = view.filter(({ name, state }) => name !== leader && state === "streaming");
  const others = view.filter(({ name }) => name !== leader && !streaming.some((one) => one.name === name));
  if (streaming.length >= replicas && others.length === 0) return undefined;
  const names = others.map(({ name, state }) => `${name} is ${state}`).join(", ");
  return `${streaming.length} of ${replicas} replicas stream${names && ` (${names})`}`;
}

/** The members that the primary sends its log to just now. */
const streaming = async ({ place, primary }: LocalCluster): Promise<string[]> => {
  const text = "select application_name as name from pg_stat_replication where state = 'streaming'";
  const rows = await onMember(
    place,
    await primary(),
    async (client) => (await client.query<{ name: string }>(text)).rows,
  );
  return rows.map(({ name }) => name).filter((name) => name.startsWith("member-"));
};

const missing = (found: readonly string[], replicas: number): string | undefined =>
  found.length >= replicas ? undefined : `The primary sends its log to ${found.length} of ${replicas} replicas`;

function backupObstacles(backups: Awaited<ReturnType<typeof readBackups>>): string[] {
  if (backups === undefined)
    return ["Nothing is known of backups: is the scheduler running? (npm run up brings it back)"];
  const age = backups.lastFull === undefined ? undefined : Date.now() / 1000 - backups.lastFull;
  return [
    ...(age === undefined || age > RECENT_BACKUP
      ? [
          `The last full backup is ${age === undefined ? "still to come" : `${Math.round(age / 3600)} hours old`}: take one first (npx license-db backup take).`,
        ]
      : []),
    ...(backups.running === undefined ? [] : [`A backup (${backups.running}) is running: wait for its end.`]),
  ];
}

/** Of the replicas the one whose loss is felt the most: commits wait for it. */
function standby(view: readonly PatroniMember[], primary: string): string {
  const others = view.filter(({ name }) => name !== primary);
  const chosen = others.find(({ role }) => role === "sync_standby") ?? others[0];
  if (chosen === undefined) throw new OperationError(EXIT.failed, "The cluster has no replica just now.");
  return chosen.name;
}

/** What a machine's sudden end does to a member: neither PostgreSQL nor Patroni is asked. */
async function killMember({ place }: LocalCluster, member: string): Promise<void> {
  const { data } = paths(place.folder).member(member);
  const postmaster = Number((await readFile(join(data, "postmaster.pid"), "utf8")).split("\n")[0]);
  // A file that a server left behind may name a process that is another's by now.
  const at = await readlink(`/proc/${postmaster}/cwd`).catch(() => undefined);
  if (at !== data) {
    throw new OperationError(EXIT.failed, `${member}'s PostgreSQL does not run any more; nothing was killed.`);
  }
  const patroni = await programPid(place, member);
  for (const pid of [patroni, postmaster]) if (pid !== undefined) process.kill(pid, "SIGKILL");
}
