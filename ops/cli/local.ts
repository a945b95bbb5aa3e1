import { readOwner } from "../../components/local/provider/host/owner";
import { clusterView, leaderOf, type PatroniMember } from "../../components/local/provider/host/patroni";
import { MAX_MEMBERS, memberNames, memberPorts, type Place, paths } from "../../components/local/provider/place";
import type { ClusterIdentity } from "../../components/vendor";
import { EXIT, OperationError } from "./exit";
import type { Stack } from "./stack";

/** A cluster of the vendor `local`, from the machine it runs on. */
export interface LocalCluster {
  readonly place: Place;
  /** Those that Patroni knows, in the order of their numbers. */
  readonly members: readonly string[];
  /** As Patroni sees them now; throws when no Patroni answers. */
  view(): Promise<readonly PatroniMember[]>;
  /** The member that takes writes; throws when there is none. */
  primary(): Promise<string>;
  /** How `pg` connects as the superuser, for whom the operating system vouches: as root or as the database's user. */
  superuser(role: "writer" | "reader"): Promise<{ host: string; port: number; user: string }>;
  socketOf(member: string): { host: string; port: number; user: string };
}

/** Throws `OperationError` where the stack is another vendor's, or its cluster is not on this machine. */
export async function localCluster(stack: Pick<Stack, "name" | "cluster">): Promise<LocalCluster> {
  const place = await localPlace(stack);
  const found = await look(place);
  const members = found.map(({ name }) => name).sort();
  const socketOf = (member: string) => ({
    host: paths(place.folder).member(member).socket,
    port: memberPorts(place.ports, member).postgres,
    user: "postgres",
  });
  const view = () => look(place);
  const primary = async () => {
    const leader = leaderOf(await view());
    if (leader === undefined) {
      throw new OperationError(EXIT.failed, `Stack ${stack.name} has no primary just now: npx license-db status.`);
    }
    return leader;
  };
  return {
    place,
    members,
    view,
    primary,
    socketOf,
    async superuser(role) {
      const leader = await primary();
      if (role === "writer") return socketOf(leader);
      const replica = (await view()).find(({ name, state }) => name !== leader && state === "streaming");
      return socketOf(replica?.name ?? leader);
    },
  };
}

/** The cluster while it has a primary; undefined while it has none. */
export async function runningCluster(stack: Pick<Stack, "name" | "cluster">): Promise<LocalCluster | undefined> {
  const cluster = await localCluster(stack).catch(() => undefined);
  const leads = await cluster?.primary().catch(() => undefined);
  return leads === undefined ? undefined : cluster;
}

/** Where the cluster lives, also while all of it is stopped. Throws as `localCluster` does. */
export async function localPlace(stack: Pick<Stack, "name" | "cluster">): Promise<Place> {
  if (stack.cluster.kind !== "folder") {
    throw new OperationError(
      EXIT.usage,
      `Stack ${stack.name} is not on this machine: it is of another vendor than local.`,
    );
  }
  return placeOf(stack.cluster);
}

async function placeOf({ id: folder, backups }: ClusterIdentity): Promise<Place> {
  const owner = await readOwner(folder);
  if (owner === undefined) {
    throw new OperationError(
      EXIT.usage,
      `There is no cluster in ${folder} on this machine: run this where the stack was brought up.`,
    );
  }
  const { clusterId, name, ports } = owner;
  return { folder, backupFolder: backups ?? "", clusterId, name, ports };
}

async function look(place: Place): Promise<readonly PatroniMember[]> {
  const view = await clusterView(place, memberNames(MAX_MEMBERS));
  if (view === undefined) {
    throw new OperationError(
      EXIT.failed,
      `No member of the cluster in ${place.folder} answers: is it stopped? (npm run up brings it back)`,
    );
  }
  return view;
}
