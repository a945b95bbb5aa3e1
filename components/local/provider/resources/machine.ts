import { join } from "node:path";
import type { Progress } from "../../../provider/progress";
import type { ManagedResource } from "../../../provider/resource";
import { runUser } from "../../tools";
import { renderSupervisord } from "../config/supervisord";
import { bootUnitDrift, installBootUnit, removeBootUnit } from "../host/boot";
import { claim } from "../host/claim";
import { daemonSources } from "../host/daemons";
import { diskAlarm } from "../host/fileSystem";
import { fileDrift, makeFolder, removeFolder, writeOwned } from "../host/files";
import { withMachineLock } from "../host/lock";
import { operatorScripts } from "../host/operatorScripts";
import { readOwner, writeOwner } from "../host/owner";
import { CLUSTER_VARIABLE, ensureSupervisor, stopSupervisor, supervisorRuns } from "../host/supervisor";
import { localTools } from "../host/tools";
import { type Place, paths } from "../place";
import { brokenRules } from "./machineRules";

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

/** The machine as the cluster's home: folder, ports, supervisor, start with the machine. */
export const machine: ManagedResource<MachineInputs, MachineOutputs> = {
  secrets: [],

  async check(news, olds) {
    if (process.platform !== "linux") {
      return [{ property: "folder", reason: `vendor "local" needs Linux; this is ${process.platform}` }];
    }
    return brokenRules(news, olds);
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

  async alarms({ folder, backupFolder }) {
    const [data, backups] = await Promise.all([diskAlarm(folder), diskAlarm(backupFolder)]);
    return [...new Set([data, backups].filter((alarm) => alarm !== undefined))];
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
    await removeFolder(place.folder);
  },
};

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
