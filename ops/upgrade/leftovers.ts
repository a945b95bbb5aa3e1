import { readdir, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isThere } from "../../components/local/provider/host/files";
import { run } from "../../components/local/provider/host/run";
import { postgresBin } from "../../components/local/provider/host/tools";
import { type Place, paths } from "../../components/local/provider/place";
import type { PostgresMajor } from "../../components/local/tools";
import { signal } from "../../components/local/tools/processes";
import { freePort, ownSettings, startServer, stopServer } from "../restore/server";
import { type Journal, newData } from "./journal";

/** Where pg_upgrade works. */
export const workFolder = ({ folder }: Place): string => join(folder, "upgrade");

/**
 * Ends what a run that was killed has left: initdb, pg_upgrade and its helpers go on without whoever started them, and so
 * does the new server. The old one is let alone.
 */
export async function endPgUpgrade(place: Place, member: string, to: PostgresMajor): Promise<void> {
  const work = workFolder(place);
  for (let found = await processesIn(work); found.length > 0; found = await processesIn(work)) {
    for (const pid of found) signal(pid, "SIGKILL");
    await sleep(20);
  }
  await stopServer({ bin: await postgresBin(to), data: newData(place, member, to) }, "immediate");
}

/** The same where the members are stopped, so that a server on the old data is none of Patroni's, and ends, too. */
export async function endLeftovers(place: Place, { from, to, member }: Journal): Promise<void> {
  await endPgUpgrade(place, member, to);
  await stopServer({ bin: await postgresBin(from), data: paths(place.folder).member(member).data });
}

/** Those whose current folder it is. */
async function processesIn(folder: string): Promise<number[]> {
  const real = await realpath(folder).catch(() => undefined);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const at = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => "")));
  return pids.filter((_, index) => at[index] === real).map(Number);
}

/**
 * pg_upgrade takes no data that a power cut has left, be it that no more than the server's file is there: it is recovered
 * first, and its WAL archived. Nothing runs on it.
 */
export async function shutDownCleanly(
  place: Place,
  major: PostgresMajor,
  data: string,
  signal: AbortSignal,
): Promise<void> {
  const bin = await postgresBin(major);
  const control = await run(join(bin, "pg_controldata"), [data], { env: { LC_ALL: "C" } });
  const clean = /^Database cluster state: +shut down$/m.test(control);
  if (clean && !(await isThere(join(data, "postmaster.pid")))) return;
  const socket = workFolder(place);
  const log = join(paths(place.folder).log, "upgrade.log");
  const server = { bin, data, log, socket, port: await freePort() };
  await startServer(server, { ...ownSettings(socket), port: server.port }, signal);
  await stopServer(server);
}
