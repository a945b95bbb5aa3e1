import { certificatePaths, LOOPBACK, type Place, paths } from "../place";

/** What the guard watches; see daemons/guard.py. */
export function guardConfig(place: Place, members: readonly string[]): string {
  const tls = certificatePaths(place.folder, "operator");
  return `${JSON.stringify(
    {
      scope: place.name,
      namespace: "/license-db/",
      etcd: { url: `https://${LOOPBACK}:${place.ports.etcdClient}`, ca: tls.ca, cert: tls.cert, key: tls.key },
      members: members.map((name) => {
        const at = paths(place.folder).member(name);
        return { name, data: at.data, lock: at.lock };
      }),
    },
    null,
    2,
  )}\n`;
}
