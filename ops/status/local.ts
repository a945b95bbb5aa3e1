import { X509Certificate } from "node:crypto";
import { readFile, statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";
import type { PatroniMember } from "../../components/local/provider/host/patroni";
import { run } from "../../components/local/provider/host/run";
import { onMember } from "../../components/local/provider/host/sql";
import { localTools } from "../../components/local/provider/host/tools";
import { attempt } from "../../components/local/provider/host/wait";
import { certificatePaths, type Place, paths } from "../../components/local/provider/place";
import type { Range } from "../backup/info";
import { rangeOf } from "../backup/pgbackrest";
import { type LocalCluster, localCluster } from "../cli/local";
import type { Stack } from "../cli/stack";
import { runningDrill } from "../drill/marks";
import { type Figure, firing, unmeasured } from "./alarms";
import { type Backups, readBackups } from "./backups";
import type { Found } from "./look";
import { firingInPrometheus } from "./prometheus";
import { askServer, figuresOf, type ServerFacts } from "./sql";
import type { Alarms, Certificate, Member, Pool } from "./status";

/** A cluster on this machine, from its members' sockets, Patroni, the poolers, and files. */
export async function lookLocal(stack: Stack): Promise<Found> {
  const cluster = await localCluster(stack);
  const { place } = cluster;
  const view = await cluster.view();
  const unseen: string[] = [];
  const seen = async <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> =>
    ask().catch((error: unknown) => {
      unseen.push(`${what}: ${error instanceof Error ? error.message : error}`);
      return undefined;
    });
  const [facts, pools, backups, range, certificates, disk] = await Promise.all([
    factsOf(cluster, view),
    seen("the poolers", () => poolsOf(place)),
    seen("the backups", () => readBackups(place, Date.now() / 1000)),
    seen("how far back a restore reaches", () => rangeSeldom(cluster)),
    seen("the certificates", () => certificatesOf(place)),
    statfs(place.folder),
  ]);
  const members = view.map((one) => memberOf(one, facts));
  const storage = disk.blocks * disk.bsize;
  const used = (100 * (disk.blocks - disk.bfree)) / (disk.blocks - disk.bfree + disk.bavail);
  const now = Date.now() / 1000;
  const figures: Figure[] = [
    ...[...facts].flatMap(([name, one]) => figuresOf(name, one, storage)),
    { alert: "disk", value: used },
    { alert: "memory", value: 100 - (100 * (await availableMemory())) / totalmem() },
    ...(backups?.lastFull === undefined ? [] : [{ alert: "backupAge", value: now - backups.lastFull }]),
    ...clusterFigures(members, facts, stack.expectations?.replicas),
    ...(certificates ?? []).map(({ name, life }) => ({ alert: "certificate", member: name, value: life })),
  ];
  const primary = members.find(({ role }) => role === "primary");
  const version = primary && facts.get(primary.name)?.version;
  const { alarms, note } = await alarmsOf(stack, figures);
  const drill = await seen("whether a drill runs", () => runningDrill(place));
  return {
    ...(version === undefined ? {} : { version }),
    members,
    complete: true,
    pools: pools ?? [],
    ...(backups === undefined ? {} : { backups: withRange(backups, range) }),
    certificates: certificates ?? [],
    alarms,
    ...(drill === undefined ? {} : { drill }),
    unseen: [...unseen, ...note],
  };
}

/** Of every member that answers. */
async function factsOf(cluster: LocalCluster, view: readonly PatroniMember[]): Promise<Map<string, ServerFacts>> {
  const found = await Promise.all(
    view.map(async ({ name }) => [name, await attempt(() => onMember(cluster.place, name, askServer))] as const),
  );
  return new Map(found.flatMap(([name, facts]) => (facts === undefined ? [] : [[name, facts] as const])));
}

function memberOf(
  one: PatroniMember & { readonly timeline?: number },
  facts: ReadonlyMap<string, ServerFacts>,
): Member {
  const { name, role, state, timeline } = one;
  const own = facts.get(name);
  const standby = [...facts.values()].flatMap(({ standbys = [] }) => standbys).find((other) => other.name === name);
  const primary = role === "leader";
  return {
    name,
    role: primary ? "primary" : role === "sync_standby" ? "synchronous standby" : "replica",
    // Patroni's view of a member that ended is old for some seconds.
    state: own === undefined ? (state === "running" || state === "streaming" ? "does not answer" : state) : state,
    well: own !== undefined && (primary ? state === "running" : standby?.state === "streaming"),
    ...(timeline === undefined ? {} : { timeline }),
    ...(standby === undefined
      ? {}
      : { lagBytes: standby.lagBytes, lagSeconds: standby.lagBytes === 0 ? 0 : standby.lagSeconds }),
    ...(own?.used === undefined || own.most === undefined ? {} : { connections: { used: own.used, most: own.most } }),
  };
}

function clusterFigures(
  members: readonly Member[],
  facts: ReadonlyMap<string, ServerFacts>,
  replicas: number | undefined,
): Figure[] {
  const writable = [...facts.values()].filter(({ recovery }) => recovery === false).length;
  const streaming = members.filter(({ role, well }) => role !== "primary" && well).length;
  return [
    { alert: "splitBrain", value: Math.max(0, writable - 1) },
    ...(replicas === undefined ? [] : [{ alert: "missingReplicas", value: Math.max(0, replicas - streaming) }]),
    // Since when is not known to one look; that there is none is said as a problem of its own.
    ...(writable > 0 ? [{ alert: "noPrimary", value: 0 }] : []),
  ];
}

/** `SHOW POOLS` of each pooler, through the socket on which it takes orders. */
async function poolsOf(place: Place): Promise<Pool[]> {
  const { postgresBin } = await localTools();
  const roles = ["writer", "reader"] as const;
  return Promise.all(
    roles.map(async (role) => {
      const at = ["-h", paths(place.folder).poolerOrders(role), "-p", String(place.ports[role]), "-U", "pgbouncer"];
      const said = await run(join(postgresBin, "psql"), ["-Xq", "--csv", ...at, "-c", "show pools", "pgbouncer"], {
        timeout: 10_000,
      });
      return poolOf(role, said);
    }),
  );
}

/** Of the application's pools; the pooler's own console is none. @param csv what psql prints of SHOW POOLS. */
export function poolOf(name: string, csv: string): Pool {
  const [head = "", ...lines] = csv.trim().split("\n");
  const columns = head.split(",");
  const rows = lines.map((line) => line.split(",")).filter((row) => row[columns.indexOf("database")] !== "pgbouncer");
  const sum = (column: string) => rows.reduce((all, row) => all + Number(row[columns.indexOf(column)] ?? 0), 0);
  return {
    name,
    clientsActive: sum("cl_active"),
    clientsWaiting: sum("cl_waiting"),
    serversActive: sum("sv_active"),
    serversIdle: sum("sv_idle") + sum("sv_used") + sum("sv_tested"),
    longestWait: rows.reduce((most, row) => Math.max(most, Number(row[columns.indexOf("maxwait")] ?? 0)), 0),
  };
}

/** Milliseconds. pgBackRest takes a while to say what there is, and it seldom changes. */
const RANGE_AGE = 30_000;
const ranges = new Map<string, { readonly at: number; readonly range: Promise<Range | undefined> }>();

async function rangeSeldom(cluster: LocalCluster): Promise<Range | undefined> {
  const { folder } = cluster.place;
  const known = ranges.get(folder);
  if (known !== undefined && Date.now() - known.at < RANGE_AGE) return known.range;
  const range = rangeOf(cluster).then((found) => found.range);
  ranges.set(folder, { at: Date.now(), range });
  return range;
}

function withRange(backups: Backups, range: Range | undefined): Backups {
  if (range === undefined) return backups;
  const seconds = (time: string) => Date.parse(time) / 1000;
  return { ...backups, recoverableFrom: seconds(range.earliest), recoverableTo: seconds(range.latest) };
}

/** `life`: percent of it that is over. */
async function certificatesOf({ folder }: Place): Promise<(Certificate & { readonly life: number })[]> {
  const { ca, cert } = certificatePaths(folder, "server");
  return Promise.all(
    [
      ["server", cert],
      ["authority", ca],
    ].map(async ([name = "", file = ""]) => certificateOf(name, await readFile(file), Date.now())),
  );
}

export function certificateOf(name: string, pem: Buffer, now: number): Certificate & { readonly life: number } {
  const { validFrom, validTo } = new X509Certificate(pem);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return {
    name,
    ends: new Date(to).toISOString(),
    daysLeft: Math.floor((to - now) / 86_400_000),
    life: (100 * (now - from)) / (to - from),
  };
}

/** Bytes, with what the kernel can give back. */
async function availableMemory(): Promise<number> {
  const found = /^MemAvailable: +(\d+) kB$/m.exec((await attempt(() => readFile("/proc/meminfo", "utf8"))) ?? "");
  return found ? Number(found[1]) * 1024 : freemem();
}

/** Prometheus knows how long things have been so; without it, what this look sees is judged by the same limits. */
async function alarmsOf(stack: Stack, figures: readonly Figure[]): Promise<{ alarms: Alarms; note: string[] }> {
  const { prometheus } = stack.endpoints;
  const said = prometheus && (await firingInPrometheus(stack, prometheus).catch((error: unknown) => error as Error));
  if (Array.isArray(said)) return { alarms: { source: "Prometheus", firing: said }, note: [] };
  const own: Alarms = { source: "this look", firing: firing(figures, stack.expectations?.thresholds) };
  return {
    alarms: own,
    note: [
      ...(said instanceof Error ? [`Prometheus: ${said.message}`] : []),
      `alerts that one look cannot judge: ${unmeasured(figures).join(", ")}`,
    ],
  };
}
