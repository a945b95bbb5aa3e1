import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import pg from "pg";
import type { Progress } from "../../../provider/progress";
import type { ManagedResource } from "../../../provider/resource";
import { renderHaproxy } from "../config/haproxy";
import { renderPgbouncer, renderPoolerHba } from "../config/pgbouncer";
import { routerConfig } from "../config/router";
import type { Program } from "../config/supervisord";
import { DAEMONS_VARIABLE, daemonsVersion } from "../host/daemons";
import { fileDrift, isThere, makeFolder, readIfThere, tail, writeOwned } from "../host/files";
import { listeningAddresses } from "../host/listening";
import { replicas } from "../host/members";
import { markReady } from "../host/owner";
import { reconnectPooler, reloadBalancer } from "../host/poolers";
import {
  programDrift,
  programStates,
  removePrograms,
  setPrograms,
  signalProgram,
  startProgram,
  startPrograms,
  stopProgram,
} from "../host/supervisor";
import { localTools } from "../host/tools";
import { waitFor } from "../host/wait";
import { certificatePaths, LOOPBACK, type Place, paths, routeSocket, routes } from "../place";

export interface EntryPointInputs {
  readonly place: Place;
  readonly members: readonly string[];
  readonly database: string;
  readonly username: string;
  /** Secret; used once, to see that the way in is open. */
  readonly password: string;
  /** The addresses the poolers listen on. */
  readonly listen: readonly string[];
  /** The name or address clients are told. */
  readonly host: string;
  /** CIDR blocks that may connect, beside this machine. */
  readonly cidrs: readonly string[];
  readonly serverConnections: number;
  readonly clientConnections: number;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface EntryPointOutputs {
  readonly writer: Endpoint;
  readonly reader: Endpoint;
  /** Around the poolers, to one member for a whole session. */
  readonly directWriter: Endpoint;
  readonly directReader: Endpoint;
}

const ROLES = ["writer", "reader"] as const;
/** Every way in: its port, whether it leads to a replica, and whose log tells why it does not answer. */
const WAYS = {
  writer: { port: ({ ports }: Place) => ports.writer, replica: false, program: "pgbouncer-writer" },
  reader: { port: ({ ports }: Place) => ports.reader, replica: true, program: "pgbouncer-reader" },
  directWriter: { port: ({ ports }: Place) => ports.balancedWriter, replica: false, program: "haproxy" },
  directReader: { port: ({ ports }: Place) => ports.balancedReader, replica: true, program: "haproxy" },
} as const;
type Way = keyof typeof WAYS;
const PROGRAMS = ["router", "haproxy", "pgbouncer-writer", "pgbouncer-reader"] as const;

/** The two PgBouncers with the router that tells them who is primary, and HAProxy around them: where applications connect. */
export const entryPoint: ManagedResource<EntryPointInputs, EntryPointOutputs> = {
  secrets: ["password"],

  async create(news, progress) {
    return { id: `${news.place.clusterId}-entry-point`, outputs: await ensure(news, progress) };
  },

  async drift(state) {
    const down = await programDrift(state.place, await programs(state.place));
    const changed = await fileDrift(await files(state));
    const elsewhere = await Promise.all(ROLES.map((role) => listenDrift(state, role)));
    return [...down, ...changed, ...elsewhere.flat()];
  },

  update: (_state, news, progress) => ensure(news, progress),

  async delete({ place }) {
    await removePrograms(place, PROGRAMS);
  },
};

async function files(inputs: EntryPointInputs): Promise<Record<string, string>> {
  const at = paths(inputs.place.folder);
  const psql = join((await localTools()).postgresBin, "psql");
  const pooler = (role: "writer" | "reader") => renderPgbouncer(inputs.place, role, inputs);
  return {
    [at.routerConfig]: routerConfig(inputs.place, inputs.members, inputs.database, psql),
    [at.haproxyConfig]: renderHaproxy(inputs.place, inputs),
    [at.poolerHba]: renderPoolerHba(inputs.database, inputs.username, inputs.cidrs),
    [at.pooler("writer")]: pooler("writer"),
    [at.pooler("reader")]: pooler("reader"),
  };
}

async function programs(place: Place): Promise<Program[]> {
  const tools = await localTools();
  const at = paths(place.folder);
  const orders = `${at.balancerOrders},mode,600`;
  return [
    {
      name: "router",
      command: [tools.python, "-u", join(at.daemons, "router.py"), at.routerConfig],
      environment: { [DAEMONS_VARIABLE]: await daemonsVersion() },
      priority: 40,
      stopWait: 5,
    },
    {
      name: "haproxy",
      command: [tools.haproxy, "-W", "-db", "-S", orders, "-f", at.haproxyConfig],
      priority: 40,
      stopWait: 5,
    },
    ...ROLES.map((role) => ({
      name: `pgbouncer-${role}`,
      command: [tools.pgbouncer, at.pooler(role)],
      priority: 50,
      stopWait: 10,
    })),
  ];
}

async function ensure(news: EntryPointInputs, progress: Progress): Promise<EntryPointOutputs> {
  const { place } = news;
  const before = await programStates(place);
  const at = paths(place.folder);
  for (const folder of ROLES.map(at.poolerOrders)) await makeFolder(folder);
  for (const [path, content] of Object.entries(await files(news))) await writeOwned(path, content);
  progress.step("starting PgBouncer and HAProxy");
  const wanted = await programs(place);
  await setPrograms(place, wanted);
  await startPrograms(place, wanted);
  await Promise.all([takeUp(news, before), replicas(place, news.members, progress)]);
  await Promise.all(Object.keys(WAYS).map((way) => answers(news, way as Way, progress)));
  await markReady(place.folder);
  const endpoint = (way: Way): Endpoint => ({ host: news.host, port: WAYS[way].port(place) });
  return {
    writer: endpoint("writer"),
    reader: endpoint("reader"),
    directWriter: endpoint("directWriter"),
    directReader: endpoint("directReader"),
  };
}

/**
 * Has the programs that ran before read their files again, without losing a connection where they can. Also where this
 * run has changed no file: one that was killed may have changed them and not come as far as here.
 */
async function takeUp(news: EntryPointInputs, before: Map<string, string> | undefined): Promise<void> {
  const { place } = news;
  if (before?.get("router") === "RUNNING") await signalProgram(place, "router", "HUP");
  await routed(news);
  for (const role of ROLES) {
    const program = `pgbouncer-${role}`;
    if (before?.get(program) !== "RUNNING") continue;
    // PgBouncer re-reads all but its addresses; for those it starts anew.
    const found = await listeningAddresses(place.ports[role]);
    if (isDeepStrictEqual(found, [...news.listen].sort())) {
      await signalProgram(place, program, "HUP");
      await reconnectPooler(place, role);
    } else {
      await stopProgram(place, program);
      await startProgram(place, program);
    }
  }
  if (before?.get("haproxy") === "RUNNING") await reloadBalancer(place);
}

/** Ends when every route leads to a member: a pooler that comes before takes that for a failure, and waits. */
async function routed({ place, members }: EntryPointInputs): Promise<void> {
  const links = Object.values(routes(members.length))
    .flat()
    .map((route) => routeSocket(place, route));
  await waitFor(async () => (await Promise.all(links.map(isThere))).every(Boolean), {
    timeout: 60_000,
    interval: 20,
    what: "a route to every member",
    evidence: () => tail(join(paths(place.folder).log, "router.log")),
  });
}

/** Whether the pooler listens where it should, and nowhere else. One that does not listen at all is down, not astray. */
async function listenDrift({ place, listen }: EntryPointInputs, role: "writer" | "reader"): Promise<string[]> {
  const port = place.ports[role];
  const found = await listeningAddresses(port);
  if (found.length === 0 || isDeepStrictEqual(found, [...listen].sort())) return [];
  return [`the ${role} listens on ${found.join(", ")} at port ${port}, not on ${listen.join(", ")}`];
}

/** Goes the way an application goes: TLS verified, to a server of the right role. */
async function answers(news: EntryPointInputs, way: Way, progress: Progress): Promise<void> {
  progress.step(`trying the ${way}`);
  const { place } = news;
  const { replica, program } = WAYS[way];
  const port = WAYS[way].port(place);
  const ca = await readIfThere(certificatePaths(place.folder, "server").ca);
  await waitFor(
    async () => {
      const client = new pg.Client({
        host: LOOPBACK,
        port,
        database: news.database,
        user: news.username,
        password: news.password,
        ssl: { ca: ca ?? "", rejectUnauthorized: true },
        connectionTimeoutMillis: 3_000,
        query_timeout: 5_000,
      });
      client.on("error", () => {});
      try {
        await client.connect();
        const { rows } = await client.query<{ replica: boolean }>("select pg_is_in_recovery() as replica");
        return rows[0]?.replica === (replica && news.members.length > 1);
      } finally {
        await client.end().catch(() => {});
      }
    },
    {
      timeout: 60_000,
      what: `an answer from the ${way} at port ${port}`,
      evidence: () => tail(join(paths(place.folder).log, `${program}.log`)),
    },
  );
}
