import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { connect } from "node:tls";
import { certificatePaths, LOOPBACK, memberPorts, type Place } from "../place";
import { isMember } from "./members";
import { reloadBalancer } from "./poolers";
import { onMember } from "./sql";
import { programStates, signalProgram, startProgram, stopProgram } from "./supervisor";
import { attempt, waitFor } from "./wait";

/** Programs that read their certificates anew on SIGHUP; the others read them for each connection. */
const READ_ON_HANGUP = /^(guard$|member-|pgbouncer-)/;

/**
 * Has every running server read its certificates again, without a session lost.
 *
 * @param trusted whether those have changed that are trusted, which HAProxy and etcd read only as they start. While etcd
 *   is away for a moment, Patroni's fail-safe mode keeps the primary; for that its members must trust each other, so
 *   etcd comes last, once every Patroni has taken up what is new.
 */
export async function takeUpCertificates(place: Place, trusted: boolean): Promise<void> {
  const running = [...((await programStates(place)) ?? [])].flatMap(([name, state]) =>
    state === "RUNNING" ? [name] : [],
  );
  for (const program of running.filter((name) => READ_ON_HANGUP.test(name))) {
    await signalProgram(place, program, "HUP");
    if (isMember(program)) {
      await attempt(() => onMember(place, program, (client) => client.query("select pg_reload_conf()")));
    }
  }
  await Promise.all(running.filter(isMember).map((member) => shown(place, member)));
  if (trusted && running.includes("etcd")) {
    await stopProgram(place, "etcd");
    await startProgram(place, "etcd");
  }
  if (trusted && running.includes("haproxy")) await reloadBalancer(place);
}

/** Patroni reads its files in its next round, not at once: ends when it shows the certificate that lies there. */
async function shown(place: Place, member: string): Promise<void> {
  const { fingerprint256 } = new X509Certificate(await readFile(certificatePaths(place.folder, "server").cert));
  await waitFor(
    async () => {
      const found = await shownBy(memberPorts(place.ports, member).patroni);
      // One that does not listen reads them when it starts.
      return found === undefined || found === fingerprint256;
    },
    { timeout: 60_000, what: `the new certificate at the Patroni of ${member}` },
  );
}

function shownBy(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    // Nothing is sent: whom it shows is all that is asked.
    const socket = connect({ host: LOOPBACK, port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256);
      socket.destroy();
    });
    socket.setTimeout(3_000, () => socket.destroy(new Error("no answer")));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") resolve(undefined);
      else reject(error);
    });
  });
}
