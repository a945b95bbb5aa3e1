import { certificatePaths, LOOPBACK, type Place, paths } from "../place";

/**
 * One etcd node holds who leads. It stands on the same machine as everything else, so more nodes would fail with it;
 * while it restarts, Patroni's fail-safe mode keeps the primary.
 */
export function etcdCommand(place: Place, binary: string): string[] {
  const tls = certificatePaths(place.folder, "server");
  const client = `https://${LOOPBACK}:${place.ports.etcdClient}`;
  const peer = `https://${LOOPBACK}:${place.ports.etcdPeer}`;
  return [
    binary,
    "--name=etcd",
    `--data-dir=${paths(place.folder).etcd}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=etcd=${peer}`,
    `--initial-cluster-token=${place.clusterId}`,
    "--initial-cluster-state=new",
    `--cert-file=${tls.cert}`,
    `--key-file=${tls.key}`,
    `--trusted-ca-file=${tls.ca}`,
    "--client-cert-auth",
    `--peer-cert-file=${tls.cert}`,
    `--peer-key-file=${tls.key}`,
    `--peer-trusted-ca-file=${tls.ca}`,
    "--peer-client-cert-auth",
    "--auto-compaction-retention=1",
    "--logger=zap",
    "--log-level=warn",
  ];
}
