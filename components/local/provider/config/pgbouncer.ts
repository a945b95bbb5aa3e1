import { certificatePaths, type Place, paths, ROUTE_PORT, routeFolder, routes } from "../place";

export interface PoolerOptions {
  readonly database: string;
  readonly members: readonly string[];
  /** Addresses to listen on. */
  readonly listen: readonly string[];
  readonly serverConnections: number;
  readonly clientConnections: number;
}

/**
 * One pooler for the writer, one for the reader: the port says which. Passwords are looked up in the database as the
 * role "pgbouncer", whom the operating system vouches for (peer), so no password is kept here.
 *
 * It comes to the members through the router's links to their unix sockets: in a folder only the database's OS user can
 * enter there is nothing to encrypt, and half of its work is saved. Of several folders it takes one after the other.
 *
 * Its unix socket is for orders (RECONNECT, SHOW) of its own OS user alone: no rule of the hba file lets anybody else in.
 */
export function renderPgbouncer(place: Place, role: "writer" | "reader", options: PoolerOptions): string {
  const server = certificatePaths(place.folder, "server");
  const folders = routes(options.members.length)[role].map((route) => routeFolder(place, route));
  return `[databases]
${options.database} = host=${folders.join(",")} port=${ROUTE_PORT} dbname=${options.database} auth_user=pgbouncer

[pgbouncer]
listen_addr = ${options.listen.join(",")}
listen_port = ${place.ports[role]}
unix_socket_dir = ${paths(place.folder).poolerOrders(role)}
unix_socket_mode = 0600
auth_type = hba
auth_hba_file = ${paths(place.folder).poolerHba}
auth_query = select username, verifier from pooler.lookup($1)
pool_mode = transaction
default_pool_size = ${options.serverConnections}
max_client_conn = ${options.clientConnections}
server_login_retry = 0.1
server_connect_timeout = 3
server_idle_timeout = 300
server_lifetime = 3600
server_fast_close = 1
query_wait_timeout = 30
tcp_keepalive = 1
ignore_startup_parameters = extra_float_digits,options
client_tls_sslmode = require
client_tls_ca_file = ${server.ca}
client_tls_cert_file = ${server.cert}
client_tls_key_file = ${server.key}
log_connections = 0
log_disconnections = 0
`;
}

/** Who may come in: the application's role, over TLS, from this machine and the listed CIDR blocks. */
export function renderPoolerHba(database: string, username: string, cidrs: readonly string[]): string {
  const blocks = ["127.0.0.1/32", "::1/128", ...cidrs.filter((cidr) => !["127.0.0.1/32", "::1/128"].includes(cidr))];
  return blocks.map((block) => `hostssl ${database} ${username} ${block} scram-sha-256\n`).join("");
}
