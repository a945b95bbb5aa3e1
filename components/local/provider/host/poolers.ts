import { createConnection } from "node:net";
import { join } from "node:path";
import { type Place, paths } from "../place";
import { run } from "./run";
import { localTools } from "./tools";

/** Milliseconds until HAProxy has read its file and its new process has taken over. */
const RELOAD_TIMEOUT = 10_000;

/** Has HAProxy read its file again, and waits until the new process takes the connections. @throws with what is wrong in it. */
export async function reloadBalancer(place: Place): Promise<void> {
  const said = await order(paths(place.folder).balancerOrders, "reload\n");
  if (!said.startsWith("Success=1")) throw new Error(`HAProxy did not take its configuration:\n${said.trim()}`);
}

function order(socket: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const connection = createConnection(socket, () => connection.write(text));
    connection.setEncoding("utf8").setTimeout(RELOAD_TIMEOUT);
    connection.on("data", (part: string) => {
      said += part;
    });
    connection.on("timeout", () => connection.destroy(new Error(`HAProxy did not answer at ${socket}`)));
    connection.on("error", reject);
    connection.on("end", () => resolve(said));
  });
}

/**
 * Has a pooler open its connections to the servers anew, each as soon as no transaction uses it. After a reload of
 * HAProxy they would stay with its old process, which no longer looks who is primary.
 */
export async function reconnectPooler(place: Place, role: "writer" | "reader"): Promise<void> {
  const { postgresBin } = await localTools();
  const at = ["-h", paths(place.folder).poolerOrders(role), "-p", String(place.ports[role])];
  await run(join(postgresBin, "psql"), ["-XAtq", ...at, "-U", "pgbouncer", "-c", "reconnect", "pgbouncer"]);
}
