import { readdir } from "node:fs/promises";
import type { Refusal } from "../../../provider/resource";
import { runUser } from "../../tools";
import { closedToServers, freeBytes, isEncrypted, unfitForData } from "../host/fileSystem";
import { readOwner } from "../host/owner";
import { portIsFree } from "../host/ports";
import { attempt } from "../host/wait";
import { LOOPBACK, PLAIN_PATH, PLAIN_PATH_ALLOWED } from "../place";
import type { MachineInputs } from "./machine";

/** A unix socket's path may have 107 characters; the longest of ours adds this many to the folder. */
const LONGEST_SOCKET = "/supervisor/supervisord.sock.4194304".length;

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

/** Why the machine cannot be a home for this cluster: every reason at once, before anything is made or changed. */
export async function brokenRules(
  news: Partial<MachineInputs>,
  olds: Partial<MachineInputs> | undefined,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const rule of rules) {
    if (rule.whenNew && olds) continue;
    const reason = await rule.broken(news, olds);
    if (reason) refusals.push({ property: rule.property, reason });
  }
  return refusals;
}

/** What is in a folder that is no cluster's. A file system's own folder, and what a killed claim left, do not count. */
async function strangers(folder: string): Promise<string[]> {
  const found = (await attempt(() => readdir(folder))) ?? [];
  return (await readOwner(folder)) ? [] : found.filter((name) => !/^(lost\+found|owner\.json\..*)$/.test(name));
}
