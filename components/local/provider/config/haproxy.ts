import { balancedSocket, certificatePaths, LOOPBACK, memberPorts, memberSocket, type Place } from "../place";

/** A replica further behind than this takes no reads until it has caught up. */
const MAX_REPLICA_LAG = "16MB";

/**
 * Sends the poolers to the right member: the writer to the primary, the reader to the replicas in turn, and to the
 * primary only while no replica answers. Who is what is asked of Patroni, over TLS.
 *
 * Between poolers, balancer and members are unix sockets in a folder only the database's OS user can enter: nothing
 * there to encrypt, and half of the pooler's work saved.
 */
export function renderHaproxy(place: Place, members: readonly string[], maxConnections: number): string {
  const { ca } = certificatePaths(place.folder, "server");
  const server = (member: string, more: string) => {
    return `    server ${member} unix@${memberSocket(place, member)} ${more}`;
  };
  const checked = (member: string) =>
    `check addr ${LOOPBACK} port ${memberPorts(place.ports, member).patroni} check-ssl verify required ca-file ${ca} verifyhost localhost`;
  return `global
    maxconn ${2 * maxConnections + 100}

defaults
    mode tcp
    retries 2
    timeout connect 2s
    timeout client 24h
    timeout server 24h
    timeout check 2s
    option redispatch 1
    # A refused connection marks a server down at once; a slow "fall" lets Patroni restart without cutting the sessions
    # of a living primary; "downinter" is what finds the new one, and costs a share of a core while all is idle.
    default-server inter 1s fastinter 1s downinter 500ms fall 4 rise 1 observe layer4 error-limit 1 on-error mark-down on-marked-down shutdown-sessions

frontend writer
    bind unix@${balancedSocket(place, "writer")} mode 600
    default_backend primary

backend primary
    option httpchk OPTIONS /primary
    http-check expect status 200
${members.map((member) => server(member, checked(member))).join("\n")}

frontend reader
    bind unix@${balancedSocket(place, "reader")} mode 600
    default_backend replicas

# The primary stands in as a backup server; when a replica comes back, sessions leave the primary again.
backend replicas
    balance leastconn
    option httpchk OPTIONS /replica?lag=${MAX_REPLICA_LAG}
    http-check expect status 200
${members.map((member) => server(member, `${checked(member)} on-marked-up shutdown-backup-sessions`)).join("\n")}
${members.map((member) => server(member, `backup track primary/${member}`).replace(`server ${member}`, `server ${member}-as-primary`)).join("\n")}
`;
}
