import { stringify } from "yaml"; // Patroni reads YAML
import { certificatePaths, DIRECT_SOURCE, LOOPBACK, memberPorts, type Place, paths } from "../place";

/** Made by `license-db migrate` and dropped at its end: may replicate, and read nothing else. */
export const MIGRATION_ROLE = "license_db_migration";

/** What the whole cluster shares; kept by Patroni in etcd and changed there while it runs. */
export interface DynamicOptions {
  readonly synchronous: boolean;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface MemberOptions {
  /** PostgreSQL's own listen addresses. */
  readonly listen: string;
  readonly database: string;
  readonly username: string;
  /** CIDR blocks that may reach a member itself, beside this machine. */
  readonly cidrs: readonly string[];
  readonly postgresBin: string;
  /** OS users that may be "postgres" through the unix socket. */
  readonly operators: readonly string[];
  readonly locale: string;
}

/** Seconds. Patroni's shortest lease, and the rhythm that goes with it: looked up, then measured by failover tests. */
const TTL = 20;
const LOOP_WAIT = 5;
const RETRY_TIMEOUT = 5;

export function dynamicConfig(options: DynamicOptions): Record<string, unknown> {
  return {
    ttl: TTL,
    loop_wait: LOOP_WAIT,
    retry_timeout: RETRY_TIMEOUT,
    maximum_lag_on_failover: 1024 * 1024,
    // A primary that ended hands over at once instead of trying to recover first.
    primary_start_timeout: 0,
    // While etcd is away the primary stays as long as it reaches every member.
    failsafe_mode: true,
    synchronous_mode: options.synchronous,
    // A replica that is gone keeps its slot this long; a replica that was removed frees its WAL then.
    member_slots_ttl: "5min",
    postgresql: { use_pg_rewind: true, use_slots: true, parameters: options.parameters },
  };
}

/** pg_hba.conf: TLS only, certificates for the cluster's own roles, scram for the application's. */
function hba(options: MemberOptions): string[] {
  const rows = [
    "local all postgres peer map=operators",
    "local all monitor peer map=operators",
    `hostssl replication replicator ${LOOPBACK}/32 cert`,
    `hostssl postgres rewind ${LOOPBACK}/32 cert`,
    `hostssl all postgres ${LOOPBACK}/32 cert`,
    // The poolers come through the balancer's unix sockets.
    `local ${options.database} pgbouncer peer map=operators`,
    `local ${options.database} ${options.username} scram-sha-256`,
  ];
  // The balancer passes on whom it let in; from there nobody is let in by a certificate of the cluster's own roles.
  const own = [`${LOOPBACK}/32`, `${DIRECT_SOURCE}/32`];
  const blocks = [...own, ...options.cidrs.filter((cidr) => !own.includes(cidr))];
  // The second role is there only while data moves: the other end of a migration subscribes as it.
  const remote = [options.username, MIGRATION_ROLE].flatMap((role) =>
    blocks.map((block) => `hostssl ${options.database} ${role} ${block} scram-sha-256`),
  );
  return [...rows, ...remote];
}

const credentials = (folder: string, username: "postgres" | "replicator" | "rewind") => {
  const tls = certificatePaths(folder, username);
  return { username, sslmode: "verify-full", sslrootcert: tls.ca, sslcert: tls.cert, sslkey: tls.key };
};

export function renderPatroni(place: Place, member: string, dynamic: DynamicOptions, options: MemberOptions): string {
  const { folder } = place;
  const own = paths(folder).member(member);
  const port = memberPorts(place.ports, member);
  const server = certificatePaths(folder, "server");
  const operator = certificatePaths(folder, "operator");
  const config = {
    scope: place.name,
    namespace: "/license-db/",
    name: member,
    restapi: {
      listen: `${LOOPBACK}:${port.patroni}`,
      connect_address: `${LOOPBACK}:${port.patroni}`,
      certfile: server.cert,
      keyfile: server.key,
      cafile: server.ca,
      // Reading is free on loopback; anything that changes the cluster needs the operator's certificate.
      verify_client: "optional",
    },
    ctl: { cacert: operator.ca, certfile: operator.cert, keyfile: operator.key },
    etcd3: {
      host: `${LOOPBACK}:${place.ports.etcdClient}`,
      protocol: "https",
      cacert: operator.ca,
      cert: operator.cert,
      key: operator.key,
    },
    bootstrap: {
      dcs: dynamicConfig(dynamic),
      initdb: [
        { encoding: "UTF8" },
        { locale: options.locale },
        "data-checksums",
        { "auth-host": "scram-sha-256" },
        { "auth-local": "peer" },
      ],
    },
    postgresql: {
      listen: `${options.listen}:${port.postgres}`,
      connect_address: `${LOOPBACK}:${port.postgres}`,
      proxy_address: `${LOOPBACK}:${place.ports.writer}`,
      data_dir: own.data,
      bin_dir: options.postgresBin,
      // Patroni asks at once whether the server it started answers, and then only every second.
      bin_name: { pg_isready: paths(folder).isReady },
      pgpass: own.passwords,
      use_unix_socket: true,
      use_unix_socket_repl: false,
      authentication: {
        superuser: credentials(folder, "postgres"),
        replication: credentials(folder, "replicator"),
        rewind: credentials(folder, "rewind"),
      },
      parameters: {
        unix_socket_directories: own.socket,
        unix_socket_permissions: "0700",
        ssl: "on",
        ssl_ca_file: server.ca,
        ssl_cert_file: server.cert,
        ssl_key_file: server.key,
        log_directory: own.home,
      },
      pg_hba: hba(options),
      pg_ident: options.operators.flatMap((user) =>
        ["postgres", "pgbouncer", "monitor"].map((role) => `operators ${user} ${role}`),
      ),
      create_replica_methods: ["basebackup"],
      basebackup: [{ checkpoint: "fast" }],
    },
  };
  // Patroni reads YAML 1.1, where a bare on is a truth value: another value of a parameter than the text "on", so that
  // it would reload once it had read the shared configuration.
  return stringify(config, { version: "1.1" });
}
