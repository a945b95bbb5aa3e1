import { certificatePaths, LOOPBACK, memberPorts, monitoringPorts, type Place, paths } from "../../place";
import { ROLE } from "./prometheus";

/** What the watcher looks at; see daemons/watcher.py. */
export function watcherConfig(place: Place, members: readonly string[], interval: number): object {
  const at = paths(place.folder);
  const { ca, cert, key } = certificatePaths(place.folder, "server");
  return {
    listen: { host: LOOPBACK, port: monitoringPorts(place.ports).watcher },
    // Members, and then the poolers, within the time Prometheus waits; see its own configuration.
    patience: Math.min(3, 0.4 * interval),
    tls: { ca, cert, key },
    role: ROLE,
    members: members.map((name) => ({
      name,
      data: at.member(name).data,
      socket: paths(place.folder).member(name).socket,
      port: memberPorts(place.ports, name).postgres,
      patroni: memberPorts(place.ports, name).patroni,
    })),
    poolers: (["writer", "reader"] as const).map((name) => ({
      name,
      socket: at.poolerOrders(name),
      port: place.ports[name],
    })),
    balancer: at.balancerFigures,
    madeAt: at.owner,
    volumes: { data: place.folder, backups: place.backupFolder },
    schedulerStatus: at.schedulerStatus,
    drills: at.drills,
  };
}
