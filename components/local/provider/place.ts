import { join } from "node:path";

/** The ports of one cluster on this machine; all on the same addresses. */
export interface Ports {
  readonly writer: number;
  readonly reader: number;
  /** Where the balancer takes whole sessions, around the poolers. */
  readonly balancedWriter: number;
  readonly balancedReader: number;
  readonly etcdClient: number;
  readonly etcdPeer: number;
  /** Member n (from 1) has PostgreSQL at postgres + n and Patroni's REST interface at patroni + n. */
  readonly postgres: number;
  readonly patroni: number;
}

/** Where one cluster lives: what every other resource needs to know of the machine. */
export interface Place {
  /** Absolute; owned by the database's OS user. */
  readonly folder: string;
  /** Backups live outside `folder`, so that they outlive it. */
  readonly backupFolder: string;
  /** Eight hex digits, new for each cluster: tells it from an earlier one of the same name. */
  readonly clusterId: string;
  /** Patroni's scope and pgBackRest's stanza. */
  readonly name: string;
  readonly ports: Ports;
}

/**
 * A folder whose name means the same to every program of the cluster, unquoted: some split on spaces or commas, or take
 * ; and # for a comment, or expand $ and %.
 */
export const PLAIN_PATH = /^\/[\p{L}\p{N}_.@:+=~/-]*$/u;
export const PLAIN_PATH_ALLOWED = "an absolute path of letters, digits and _ . @ : + = ~ -";

export const LOOPBACK = "127.0.0.1";
/** Where the balancer's connections to members come from: an address of loopback too, with rules of its own there. */
export const DIRECT_SOURCE = "127.0.0.2";
export const MAX_MEMBERS = 9;

/** Member names, the first being where the cluster begins (not necessarily its primary later). */
export const memberNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `member-${index + 1}`);

export const memberPorts = (ports: Ports, member: string): { postgres: number; patroni: number } => {
  const number = Number(member.split("-")[1]);
  return { postgres: ports.postgres + number, patroni: ports.patroni + number };
};

/** The monitoring's ports: in the gaps that `portBlock` (host/ports.ts) leaves in a cluster's block. */
export function monitoringPorts(ports: Ports) {
  const base = ports.etcdClient - 4;
  return {
    watcher: base + 6,
    nodeExporter: base + 7,
    postgresExporter: base + 8,
    relay: base + 9,
    prometheus: base + 29,
    alertmanager: base + 30,
  };
}

/** Where a member listens for this machine's own processes. */
export const memberSocket = (place: Place, member: string): string =>
  join(paths(place.folder).member(member).socket, socketName(memberPorts(place.ports, member).postgres));

/** The number in the name of every route's socket: only the folders tell them apart. */
export const ROUTE_PORT = 5432;

/**
 * Where the poolers find the members: each route is a folder in which the router (daemons/router.py) links the socket of
 * the member that shall serve.
 */
export const routes = (members: number): Readonly<Record<"writer" | "reader", readonly string[]>> => ({
  writer: ["writer"],
  reader: Array.from({ length: Math.max(1, members - 1) }, (_, index) => `reader-${index + 1}`),
});

export const routeFolder = (place: Place, route: string): string => join(paths(place.folder).routes, route);

export const routeSocket = (place: Place, route: string): string =>
  join(routeFolder(place, route), socketName(ROUTE_PORT));

const socketName = (port: number): string => `.s.PGSQL.${port}`;

/** Every file and folder of a cluster, by the name the rest of the provider uses. */
export const paths = (folder: string) => ({
  owner: join(folder, "owner.json"),
  bin: join(folder, "bin"),
  isReady: join(folder, "bin", "pg_isready-soon"),
  log: join(folder, "log"),
  run: join(folder, "run"),
  routes: join(folder, "run", "route"),
  /** Where HAProxy takes orders. */
  balancerOrders: join(folder, "run", "haproxy.sock"),
  /** Where HAProxy tells its figures. */
  balancerFigures: join(folder, "run", "figures.sock"),
  tls: join(folder, "tls"),
  etcd: join(folder, "etcd"),
  supervisor: join(folder, "supervisor"),
  supervisorConfig: join(folder, "supervisor", "supervisord.conf"),
  programs: join(folder, "supervisor", "programs"),
  haproxyConfig: join(folder, "haproxy.cfg"),
  routerConfig: join(folder, "router.json"),
  pgbackrestConfig: join(folder, "pgbackrest.conf"),
  pgbackrestSpool: join(folder, "spool"),
  guardConfig: join(folder, "guard.json"),
  schedulerConfig: join(folder, "scheduler.json"),
  schedulerStatus: join(folder, "scheduler-status.json"),
  /** When the last drills were, for the watcher; see ops/drill/marks.ts. */
  drills: join(folder, "drills.json"),
  daemons: join(folder, "daemons"),
  monitoring: join(folder, "monitoring"),
  pooler: (role: "writer" | "reader") => join(folder, `pgbouncer-${role}.ini`),
  /** Where a pooler takes orders: the folder of its unix socket. */
  poolerOrders: (role: "writer" | "reader") => join(folder, "run", `pooler-${role}`),
  poolerHba: join(folder, "pgbouncer-hba.conf"),
  member: (member: string) => {
    const home = join(folder, "members", member);
    return {
      home,
      data: join(home, "data"),
      config: join(home, "patroni.yml"),
      lock: join(home, "patroni.lock"),
      passwords: join(home, "pgpass"),
      socket: join(folder, "run", member),
    };
  },
});

/** Certificates by the role each authenticates as; "server" is what every listener shows. */
export const CLIENT_CERTIFICATES = ["postgres", "replicator", "rewind", "operator", "monitor"] as const;
export type CertificateName = "server" | (typeof CLIENT_CERTIFICATES)[number];
export const certificatePaths = (folder: string, name: CertificateName) => ({
  ca: join(folder, "tls", "ca.crt"),
  cert: join(folder, "tls", `${name}.crt`),
  key: join(folder, "tls", `${name}.key`),
});
