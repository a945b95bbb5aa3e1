import { stringify } from "yaml"; // what Prometheus and its family read
import { certificatePaths, type Place } from "../../place";

/**
 * Who may ask Prometheus, Alertmanager and the exporters: loopback is open to everybody on the machine, so only whoever has
 * a certificate of the cluster's authority, whose keys only the database's OS user can read.
 */
export function renderWeb(place: Place): string {
  const server = certificatePaths(place.folder, "server");
  return stringify({
    tls_server_config: {
      cert_file: server.cert,
      key_file: server.key,
      client_ca_file: server.ca,
      client_auth_type: "RequireAndVerifyClientCert",
    },
  });
}

/** How any of the monitoring's programs asks another. */
export function tlsClient(place: Place): Record<string, string> {
  const own = certificatePaths(place.folder, "monitor");
  return { ca_file: own.ca, cert_file: own.cert, key_file: own.key, server_name: "localhost" };
}

/** The same, as promtool and amtool read it. */
export const renderClient = (place: Place): string => stringify({ tls_config: tlsClient(place) });
