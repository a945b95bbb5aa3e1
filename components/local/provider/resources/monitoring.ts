import { rm } from "node:fs/promises";
import { join } from "node:path";
import { escapeIdentifier } from "pg";
import type { Progress } from "../../../provider/progress";
import type { ManagedResource } from "../../../provider/resource";
import { findMonitoringTools, runUser } from "../../tools";
import type { MailServer } from "../config/monitoring/alertmanager";
import { monitoringPaths } from "../config/monitoring/files";
import { ROLE } from "../config/monitoring/prometheus";
import type { Thresholds } from "../config/monitoring/rules";
import { fileDrift, makeFolder, removeFolder, writeOwned } from "../host/files";
import {
  MONITORING_PROGRAMS,
  monitoringFiles,
  monitoringPrograms,
  monitoringSecrets,
  monitoringTools,
} from "../host/monitoring";
import { WATCH_COMMANDS, watchCommands } from "../host/operatorScripts";
import { clusterView, leaderOf } from "../host/patroni";
import { onMember } from "../host/sql";
import {
  programDrift,
  programStates,
  removePrograms,
  setPrograms,
  signalProgram,
  startPrograms,
} from "../host/supervisor";
import { waitFor } from "../host/wait";
import { LOOPBACK, monitoringPorts, type Place, paths } from "../place";

export interface MonitoringInputs {
  readonly place: Place;
  readonly members: readonly string[];
  /** The database whose statements are told of. */
  readonly database: string;
  /** Refuse to do without. */
  readonly required: boolean;
  /** Seconds between two looks. */
  readonly interval: number;
  /** How long figures are kept at most: seconds, and bytes. */
  readonly retention: number;
  readonly storage: number;
  readonly thresholds: Thresholds;
  /** Who is told. Secret: addresses carry tokens. */
  readonly contacts: readonly string[];
  /** Secret. */
  readonly mail?: MailServer;
  /** PEM file of a further authority that contacts' servers are verified by. */
  readonly trustedCa?: string;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface MonitoringOutputs {
  /** Empty where it does not run. */
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  /** Why it does not run; "" where it does. */
  readonly notRunning: string;
}

/** Prometheus, Alertmanager and the exporters: what watches the cluster and tells people. */
export const monitoring: ManagedResource<MonitoringInputs, MonitoringOutputs> = {
  secrets: ["contacts", "mail"],

  async create(news, progress) {
    return { id: `${news.place.clusterId}-monitoring`, outputs: await ensure(news, progress) };
  },

  async drift(state) {
    if (state.notRunning) return (await toolsAreThere()) ? ["what watches the cluster can be had now"] : [];
    const missing = await whyNoTools();
    if (missing) return ["what watches the cluster is there no more"];
    const [down, changed] = await Promise.all([
      monitoringPrograms(state).then((programs) => programDrift(state.place, programs)),
      everyFile(state).then((files) => fileDrift(files)),
    ]);
    return [...down, ...changed];
  },

  async alarms({ notRunning }) {
    return notRunning ? [unwatched(notRunning)] : [];
  },

  update: (_state, news, progress) => ensure(news, progress),

  async delete({ place }) {
    await removeAll(place);
    await removeFolder(paths(place.folder).monitoring);
    for (const name of WATCH_COMMANDS) await rm(join(paths(place.folder).bin, name), { force: true });
  },
};

async function removeAll(place: Place): Promise<void> {
  const known = await programStates(place);
  await removePrograms(
    place,
    MONITORING_PROGRAMS.filter((name) => known === undefined || known.has(name)),
  );
}

/** Why the programs cannot be had, though everything was tried; undefined: they are there. */
const whyNoTools = (report?: (message: string) => void): Promise<string | undefined> =>
  monitoringTools(report).then(
    () => undefined,
    (error: Error) => error.message,
  );

/** Whether the programs are there now, without fetching any. */
const toolsAreThere = async (): Promise<boolean> => (await findMonitoringTools()).every((tool) => "version" in tool);

const unwatched = (why: string): string =>
  `nothing watches this cluster, and no alert reaches anybody: ${why}\nOnce they are there, up begins; license-db:local.monitoring.enabled false does without`;

async function everyFile(news: MonitoringInputs): Promise<Record<string, string>> {
  return { ...(await monitoringFiles(news)), ...monitoringSecrets(news), ...(await commands(news)) };
}

async function commands({ place }: MonitoringInputs): Promise<Record<string, string>> {
  const scripts = Object.entries(watchCommands(place, await monitoringTools(), runUser()));
  return Object.fromEntries(scripts.map(([name, text]) => [join(paths(place.folder).bin, name), text]));
}

async function ensure(news: MonitoringInputs, progress: Progress): Promise<MonitoringOutputs> {
  const missing = await whyNoTools((message) => progress.step(message));
  if (missing) {
    if (news.required) throw new Error(missing);
    progress.warn(unwatched(missing));
    await removeAll(news.place);
    return { endpoints: {}, notRunning: missing };
  }
  progress.step("starting the monitoring");
  const { place } = news;
  const at = monitoringPaths(place.folder);
  const ran = await programStates(place);
  for (const folder of [at.home, at.prometheusData, at.alertmanagerData, at.secrets, at.trust])
    await makeFolder(folder);
  for (const [path, content] of Object.entries(await everyFile(news))) {
    await writeOwned(path, content, path.startsWith(paths(place.folder).bin) ? 0o755 : 0o600);
  }
  await ensureRole(news);
  const programs = await monitoringPrograms(news);
  await setPrograms(place, programs);
  await startPrograms(place, programs);
  for (const name of ["prometheus", "alertmanager"]) {
    // Also where this run has changed no file: one that was killed may have, and not come as far as here.
    if (ran?.get(name) === "RUNNING") await signalProgram(place, name, "HUP");
  }
  const gone = MONITORING_PROGRAMS.filter((name) => ran?.has(name) && !programs.some((one) => one.name === name));
  await removePrograms(place, gone);
  const ports = monitoringPorts(place.ports);
  return {
    endpoints: {
      prometheus: { host: LOOPBACK, port: ports.prometheus },
      alertmanager: { host: LOOPBACK, port: ports.alertmanager },
    },
    notRunning: "",
  };
}

/** The role that looks may read every figure, and no data: nobody but the application has rights in its database. */
async function ensureRole({ place, members, database }: MonitoringInputs): Promise<void> {
  const leader = await waitFor(async () => leaderOf(await clusterView(place, members)), {
    timeout: 60_000,
    what: "a primary",
  });
  await onMember(place, leader, async (client) => {
    const { rowCount } = await client.query("select from pg_roles where rolname = $1", [ROLE]);
    if (rowCount === 0) await client.query(`create role ${ROLE} login connection limit 20`);
    await client.query(`grant pg_monitor to ${ROLE}`);
    await client.query(`grant connect on database postgres, ${escapeIdentifier(database)} to ${ROLE}`);
  });
}
