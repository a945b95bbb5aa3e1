import { certificatePaths, DIRECT_SOURCE, LOOPBACK, memberPorts, type Place, paths } from "../place";

export interface BalancerOptions {
  readonly members: readonly string[];
  /** Addresses to listen on. */
  readonly listen: readonly string[];
  /** CIDR blocks that may connect, beside this machine. */
  readonly cidrs: readonly string[];
  readonly clientConnections: number;
}

/** What Patroni is asked of a replica: one further behind than this takes no reads until it has caught up. */
export const REPLICA_CHECK = "/replica?lag=16MB";

/**
 * The ways around the poolers, for whole sessions: writes to the primary, reads to the replicas in turn, and to the
 * primary only while no replica answers. Who is what is asked of Patroni, over TLS.
 *
 * The client's own TLS goes through to the member. That one sees the balancer's address and not the client's, so the
 * balancer is the one that keeps others out, and it comes from an address of its own, for which the members have rules.
 */
export function renderHaproxy(place: Place, options: BalancerOptions): string {
  const { members, listen, cidrs, clientConnections } = options;
  const { ca } = certificatePaths(place.folder, "server");
  const server = (name: string, member: string, more: string) =>
    `    server ${name} ${LOOPBACK}:${memberPorts(place.ports, member).postgres} source ${DIRECT_SOURCE} ${more}`;
  const checked = (member: string) =>
    `check addr ${LOOPBACK} port ${memberPorts(place.ports, member).patroni} check-ssl verify required ca-file ${ca} verifyhost localhost`;
  const frontend = (port: number) => `${listen.map((address) => `    bind ${address}:${port}`).join("\n")}
${["127.0.0.0/8", ...cidrs].map((block) => `    acl let_in src ${block}`).join("\n")}
    tcp-request connection reject unless let_in`;
  return `global
    maxconn ${clientConnections}

defaults
    mode tcp
    # No second try: a refused connection marks its server down, which ends that server's sessions, and HAProxy (2.8) forgets
    # the one that waits for its next try, and never closes its client's side.
    retries 0
    timeout connect 2s
    # A session may listen for weeks; the kernel finds out about clients and servers that are gone.
    timeout client 24d
    timeout server 24d
    timeout check 2s
    option clitcpka
    option srvtcpka
    # A refused connection marks a server down at once; a slow "fall" lets Patroni restart without cutting the sessions
    # of a living primary.
    default-server inter 1s fall 4 rise 1 observe layer4 error-limit 1 on-error mark-down on-marked-down shutdown-sessions

frontend writer
${frontend(place.ports.balancedWriter)}
    default_backend primary

backend primary
    option httpchk OPTIONS /primary
    http-check expect status 200
${members.map((member) => server(member, member, checked(member))).join("\n")}

frontend reader
${frontend(place.ports.balancedReader)}
    default_backend replicas

# The primary stands in as a backup server; when a replica comes back, sessions leave the primary again.
backend replicas
    balance leastconn
    option httpchk OPTIONS ${REPLICA_CHECK}
    http-check expect status 200
${members.map((member) => server(member, member, `${checked(member)} on-marked-up shutdown-backup-sessions`)).join("\n")}
${members.map((member) => server(`${member}-as-primary`, member, `backup track primary/${member}`)).join("\n")}

# Read by the monitoring, through the watcher.
frontend figures
    mode http
    timeout client 10s
    bind unix@${paths(place.folder).balancerFigures} mode 600
    http-request use-service prometheus-exporter if { path /metrics }
`;
}
