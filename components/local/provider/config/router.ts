import { certificatePaths, memberPorts, memberSocket, type Place, paths, ROUTE_PORT } from "../place";
import { REPLICA_CHECK } from "./haproxy";

/** What the router points at whom; see daemons/router.py. */
export function routerConfig(place: Place, members: readonly string[], database: string, psql: string): string {
  const at = paths(place.folder);
  const pooler = (role: "writer" | "reader") => ({ folder: at.poolerOrders(role), port: place.ports[role], database });
  return `${JSON.stringify(
    {
      routes: at.routes,
      port: ROUTE_PORT,
      ca: certificatePaths(place.folder, "server").ca,
      psql,
      replicaCheck: REPLICA_CHECK,
      members: members.map((name) => ({
        name,
        data: at.member(name).data,
        socket: memberSocket(place, name),
        patroni: memberPorts(place.ports, name).patroni,
      })),
      poolers: { writer: pooler("writer"), reader: pooler("reader") },
    },
    null,
    2,
  )}\n`;
}
