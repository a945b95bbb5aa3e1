import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runUser } from "../../tools";
import { renderSupervisord } from "../config/supervisord";
import { bootUnitDrift, installBootUnit, removeBootUnit } from "../host/boot";
import { daemonSources } from "../host/daemons";
import { closedToServers, freeBytes, isEncrypted, unfitForData } from "../host/fileSystem";
import { fileDrift, makeFolder, writeOwned } from "../host/files";
import { withMachineLock } from "../host/lock";
import { operatorScripts } from "../host/operatorScripts";
import { type Owner, otherOwners, readOwner, writeOwner } from "../host/owner";
import { findBlock, portBlock, portIsFree } from "../host/ports";
import { CLUSTER_VARIABLE, ensureSupervisor, stopSupervisor, supervisorRuns } from "../host/supervisor";
import { localTools } from "../host/tools";
import { attempt } from "../host/wait";
import { LOOPBACK, PLAIN_PATH, PLAIN_PATH_ALLOWED, type Place, type Ports, paths } from "../place";
import type { Progress } from "../progress";
import type { LocalResource, Refusal } from "../resource";

export interface MachineInputs {
  /** The cluster's name: project and stack. */
  readonly name: string;
  /** Where the cluster lives. Absolute. */
  readonly folder: string;
  /** Where its backups live. Absolute; outlives the cluster. */
  readonly backupFolder: string;
  /** The ports the user asked for by number; they must be free. */
  readonly writerPort?: number;
  readonly readerPort?: number;
  /** The ports taken when they are free and nobody asked for others. */
  readonly preferredWriterPort: number;
  readonly preferredReaderPort: number;
  /** Bytes that must be free. */
  readonly diskNeeded: number;
  /** Refuse a folder that is not on an encrypted file system. */
  readonly encrypted: boolean;
  /** Take over a cluster found in the folder whose state was lost. */
  readonly adopt: boolean;
}

export interface MachineOutputs {
  readonly place: Place;
  /** Whether and how the cluster starts with the machine. */
  readonly startsWithMachine: string;
}

/** A unix socket's path may have 107 characters; the longest of ours adds this many to the folder. */
const LONGEST_SOCKET = "/run/lb/.s.PGSQL.65535.4194304.tmp".length;

const immutable = (property: keyof MachineInputs, instead: string) => ({
  property,
  broken: (news: Partial<MachineInputs>, olds: Partial<MachineInputs> | undefined) =>
    olds?.[property] !== undefined && news[property] !== undefined && olds[property] !== news[property]
      ? `the running cluster has ${JSON.stringify(olds[property])}, asked is ${JSON.stringify(news[property])}: ${instead}`
      : undefined,
});

type Rule = {
  readonly property: keyof MachineInputs;
  /** Asked of new machines only. */
  readonly whenNew?: boolean;
  broken(
    news: Partial<MachineInputs>,
    olds: Partial<MachineInputs> | undefined,
  ): string | undefined | Promise<string | undefined>;
};

const rules: readonly Rule[] = [
  immutable("folder", "its data would be left behind; restore a backup into a new stack instead"),
  immutable("backupFolder", "its backups would be left behind; set it back, or make a new stack"),
  {
    property: "folder",
    whenNew: true,
    broken: ({ folder = "" }) =>
      folder.length + LONGEST_SOCKET > 107
        ? `${folder} is ${folder.length} characters long; at most ${107 - LONGEST_SOCKET} fit, or the sockets in it cannot be opened: choose a shorter license-db:local.folder`
        : undefined,
  },
  // The configuration refuses such names itself; the state folder comes from the environment.
  ...(["folder", "backupFolder"] as const).map(
    (property): Rule => ({
      property,
      whenNew: true,
      broken: ({ [property]: folder = "/" }) =>
        PLAIN_PATH.test(folder)
          ? undefined
          : `${JSON.stringify(folder)} is not ${PLAIN_PATH_ALLOWED}: choose another license-db:local.${property}, or another LICENSE_DB_STATE`,
    }),
  ),
  { property: "folder", whenNew: true, broken: ({ folder }) => (folder ? unfitForData(folder) : undefined) },
  {
    property: "folder",
    whenNew: true,
    broken: async ({ folder }) => {
      const closed = folder && (await closedToServers(folder));
      return closed
        ? `the database's user "${runUser().name}" cannot pass through ${closed}: choose a license-db:local.folder it can reach, such as one under /var/lib`
        : undefined;
    },
  },
  {
    property: "folder",
    whenNew: true,
    broken: async ({ folder, name, adopt }) => {
      const owner = folder ? await readOwner(folder) : undefined;
      if (!owner || owner.status === "making") return undefined;
      if (owner.name !== name)
        return `${folder} belongs to the cluster "${owner.name}": choose another license-db:local.folder`;
      return adopt
        ? undefined
        : `${folder} holds the cluster "${name}", which this stack's state does not know. If the state was lost, take the cluster over: pulumi config set --path license-db:local.adopt true, then up. If it is another one, choose another stack name or license-db:local.folder`;
    },
  },
  {
    property: "folder",
    whenNew: true,
    broken: async ({ folder }) => {
      const found = folder ? await strangers(folder) : [];
      return found.length > 0
        ? `${folder} is not empty and holds no cluster (${found.slice(0, 3).join(", ")}${found.length > 3 ? ", …" : ""}): it would be closed to its owner, and deleted with the cluster. Choose a license-db:local.folder that is empty or not there yet`
        : undefined;
    },
  },
  {
    property: "backupFolder",
    whenNew: true,
    broken: async ({ backupFolder }) => {
      const closed = backupFolder && (await closedToServers(backupFolder));
      return closed
        ? `the database's user "${runUser().name}" cannot pass through ${closed}: choose a license-db:local.backupFolder it can reach`
        : undefined;
    },
  },
  {
    property: "diskNeeded",
    whenNew: true,
    broken: async ({ folder, diskNeeded = 0 }) => {
      const free = folder ? await freeBytes(folder) : diskNeeded;
      const gb = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`;
      return free < diskNeeded
        ? `${folder} has ${gb(free)} free, ${gb(diskNeeded)} are needed: free some, or choose another license-db:local.folder`
        : undefined;
    },
  },
  {
    property: "encrypted",
    broken: async ({ folder, encrypted }) =>
      folder && encrypted && !(await isEncrypted(folder))
        ? `${folder} is not on an encrypted file system (no dm-crypt device under it), and encryption.atRest asks for one: put it on a LUKS volume, or set license-db:encryption.atRest to false for this stack`
        : undefined,
  },
  ...(["writerPort", "readerPort"] as const).map(
    (property): Rule => ({
      property,
      broken: async (news, olds) => {
        const port = news[property];
        if (port === undefined || port === null || olds?.[property] === port) return undefined;
        const owner = news.folder ? await readOwner(news.folder) : undefined;
        const own = owner?.ports[property === "writerPort" ? "writer" : "reader"] === port;
        return own || (await portIsFree(port, LOOPBACK))
          ? undefined
          : `port ${port} is in use on this machine: end what listens there, or choose another port`;
      },
    }),
  ),
];

/** The machine as the cluster's home: folder, ports, supervisor, start with the machine. */
export const machine: LocalResource<MachineInputs, MachineOutputs> = {
  secrets: [],

  async check(news, olds) {
    if (process.platform !== "linux") {
      return [{ property: "folder", reason: `vendor "local" needs Linux; this is ${process.platform}` }];
    }
    const refusals: Refusal[] = [];
    for (const rule of rules) {
      if (rule.whenNew && olds) continue;
      const reason = await rule.broken(news, olds);
      if (reason) refusals.push({ property: rule.property, reason });
    }
    return refusals;
  },

  async create(news, progress) {
    await localTools((message) => progress.step(message));
    const place = await withMachineLock(news.folder, () => claim(news));
    return { id: place.clusterId, outputs: await prepare(news, place, progress) };
  },

  async drift({ place }) {
    const files = Object.fromEntries((await ownFiles(place)).map(({ path, content }) => [path, content]));
    const [runs, unit, changed] = await Promise.all([supervisorRuns(place), bootUnitDrift(place), fileDrift(files)]);
    return [...(runs ? [] : [`the supervisor of ${place.name} is down`]), ...unit, ...changed];
  },

  async update(state, news, progress) {
    const writer = news.writerPort ?? state.place.ports.writer;
    const reader = news.readerPort ?? state.place.ports.reader;
    const place: Place = { ...state.place, ports: { ...state.place.ports, writer, reader } };
    const owner = await readOwner(place.folder);
    if (!owner) {
      throw new Error(
        `${place.folder} is gone or empty: nothing is made in its place unseen. Put the folder back, or destroy this stack and restore its last backup from ${place.backupFolder}`,
      );
    }
    if (owner.clusterId !== place.clusterId) {
      throw new Error(`${place.folder} now holds another cluster (${owner.clusterId}, not ${place.clusterId})`);
    }
    await writeOwner(place.folder, { ...owner, ports: place.ports });
    return prepare(news, place, progress);
  },

  async delete({ place }, progress) {
    progress.step("stopping the supervisor");
    await removeBootUnit(place);
    const owner = await readOwner(place.folder);
    if (owner && owner.clusterId !== place.clusterId) {
      progress.warn(`${place.folder} stays: it holds another cluster now (${owner.clusterId}, not ${place.clusterId})`);
      return;
    }
    await stopSupervisor(place);
    await rm(place.folder, { recursive: true, force: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EBUSY") throw error; // a mount point: it is empty now, and the machine's to keep
    });
  },
};

/** What is in a folder that is no cluster's. A file system's own folder, and what a killed claim left, do not count. */
async function strangers(folder: string): Promise<string[]> {
  const found = (await attempt(() => readdir(folder))) ?? [];
  return (await readOwner(folder)) ? [] : found.filter((name) => !/^(lost\+found|owner\.json\..*)$/.test(name));
}

/** Takes the folder for this cluster: a new one's id and ports, or those of the one found half made or adopted. */
async function claim(news: MachineInputs): Promise<Place> {
  const found = await readOwner(news.folder);
  const owner: Owner = found ?? {
    clusterId: randomBytes(4).toString("hex"),
    name: news.name,
    status: "making",
    ports: await choosePorts(news),
  };
  await makeFolder(news.folder);
  await writeOwner(news.folder, owner);
  return {
    folder: news.folder,
    backupFolder: join(news.backupFolder, `${news.name}-${owner.clusterId}`),
    clusterId: owner.clusterId,
    name: news.name,
    ports: owner.ports,
  };
}

async function choosePorts(news: MachineInputs): Promise<Ports> {
  const taken = (await otherOwners(news.folder)).map((owner) => owner.ports);
  const used = new Set(taken.flatMap((ports) => [ports.writer, ports.reader]));
  const free = async (port: number) => !used.has(port) && (await portIsFree(port, LOOPBACK));
  const preferred = (await free(news.preferredWriterPort)) && (await free(news.preferredReaderPort));
  return portBlock(
    await findBlock(taken, LOOPBACK),
    news.writerPort ?? (preferred ? news.preferredWriterPort : undefined),
    news.readerPort ?? (preferred ? news.preferredReaderPort : undefined),
  );
}

/** What the machine keeps for the other resources: the daemons, the operator's commands, the supervisor's own file. */
async function ownFiles(place: Place): Promise<{ path: string; content: string; mode?: number }[]> {
  const tools = await localTools();
  const at = paths(place.folder);
  const under = (folder: string, files: Record<string, string>, mode?: number) =>
    Object.entries(files).map(([name, content]) => ({ path: join(folder, name), content, ...(mode ? { mode } : {}) }));
  const environment = { [CLUSTER_VARIABLE]: place.clusterId, LANG: "C.UTF-8", ...tools.env };
  const supervisor = { folder: at.supervisor, log: at.log, programs: at.programs, environment };
  return [
    ...under(at.daemons, await daemonSources()),
    ...under(at.bin, operatorScripts(place, tools, runUser()), 0o755),
    { path: at.supervisorConfig, content: renderSupervisord(supervisor) },
  ];
}

async function prepare(news: MachineInputs, place: Place, progress: Progress): Promise<MachineOutputs> {
  const at = paths(place.folder);
  for (const folder of [at.log, at.run, at.supervisor, at.programs, at.daemons, at.bin]) await makeFolder(folder);
  for (const { path, content, mode } of await ownFiles(place)) await writeOwned(path, content, mode);
  progress.step("starting the supervisor");
  await ensureSupervisor(place);
  const startsWithMachine = await installBootUnit(place);
  if (place.ports.writer !== (news.writerPort ?? news.preferredWriterPort)) {
    progress.note(
      `port ${news.preferredWriterPort} is taken, so the writer has ${place.ports.writer}, the reader ${place.ports.reader}`,
    );
  }
  return { place, startsWithMachine };
}
