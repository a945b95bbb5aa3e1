import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isThere, makeFolder, removeFolder, writeOwned } from "../../components/local/provider/host/files";
import { programStates } from "../../components/local/provider/host/supervisor";
import { postgresBin } from "../../components/local/provider/host/tools";
import { memberPorts, type Place, paths } from "../../components/local/provider/place";
import { archiveNow, pgbackrest } from "../backup/pgbackrest";
import { EXIT, OperationError } from "../cli/exit";
import { localPlace, runningCluster } from "../cli/local";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";
import { ask, ownSettings, type Server, settingLines, startServer, stopServer } from "../restore/server";
import { markUnfinished, startFrom, stopMembers } from "../restore/stopped";
import {
  configureFor,
  type Journal,
  keptData,
  moveOnce,
  newData,
  readJournal,
  removeJournal,
  writeJournal,
} from "./journal";
import { endLeftovers, workFolder } from "./leftovers";
import { takeBack, upgradeStanza } from "./pgUpgrade";

/** Goes back to the data of before the upgrade. */
export async function rollback(context: Context<{ dryRun?: boolean }>): Promise<Result> {
  const { stack, options, report, signal } = context;
  const place = await localPlace(stack);
  const journal = await readJournal(place);
  if (journal === undefined) {
    throw new OperationError(
      EXIT.usage,
      `Stack ${stack.name} has no upgrade that could be taken back: none was run, or upgrade finish has ended the way back.`,
    );
  }
  const { from, to, phase } = journal;
  if (options.dryRun) {
    return {
      data: journal,
      text: [`Would go back from PostgreSQL ${to}:`, ...consequences(journal).map((one) => `  ${one}`)].join("\n"),
    };
  }
  const command = `upgrade rollback --stack ${stack.name}`;
  if (phase !== "returning" && phase !== "returned") {
    await context.confirm(consequences(journal));
    // What the primary has now, it has for the last time.
    const live = phase === "stopped" ? undefined : await runningCluster(stack);
    if (live !== undefined) {
      await report.all([
        {
          title: "storing what there is now",
          run: async () => {
            await pgbackrest(place, ["--repo=1", "--type=incr", "--log-level-console=error", "backup"], { signal });
            await archiveNow(live);
          },
        },
      ]);
    }
    await markUnfinished(place, command);
    await writeJournal(place, { ...journal, phase: "returning", stoppedAt: new Date().toISOString() });
  }
  const [accepting] = await report.all([
    {
      title: `going back to PostgreSQL ${from}`,
      run: (progress) =>
        work(place, journal, signal, progress).catch((error: unknown) => {
          if (!signal.aborted) throw error;
          throw new OperationError(
            EXIT.unfinished,
            `Interrupted; the database is down. Finish it: npx license-db ${command}`,
          );
        }),
    },
  ]);
  const begun = (await readJournal(place))?.stoppedAt ?? journal.stoppedAt;
  const seconds = ((accepting ?? Date.now()) - Date.parse(begun)) / 1000;
  // In this order: with the mark alone nothing could end it any more.
  await markUnfinished(place, undefined);
  await removeJournal(place);
  return {
    data: { from: to, to: from, writeStopSeconds: seconds },
    text: [
      `The database runs PostgreSQL ${from} again, with the data of before the upgrade; no writes for ${seconds.toFixed(1)} s.`,
      `If the stack asks for ${to} already: pulumi config set --stack ${stack.name} --path license-db:engine.version ${from}, then npm run up -- --stack ${stack.name}.`,
    ].join("\n"),
  };
}

/** What going back does. The new version takes writes before the upgrade is over: while the replicas are made anew. */
export const consequences = ({ from, to, phase, stoppedAt }: Journal): string[] => [
  `go back to PostgreSQL ${from}, to the data as it was at ${stoppedAt}`,
  ...(phase === "stopped"
    ? []
    : [
        `what was written since is lost with it (a last backup of PostgreSQL ${to} is taken first, where it runs: restore --beside brings it back)`,
      ]),
  "end every session and refuse new ones until it is back",
];

async function work(
  place: Place,
  journal: Journal,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<number> {
  const { from, member, keeper, oldSystemIdentifier } = journal;
  const current = (await readJournal(place)) ?? journal;
  if (current.phase !== "returned") {
    await stopMembers(place, await lastPrimary(place, journal), progress);
    await endLeftovers(place, journal);
    await putBack(place, journal, progress);
    await writeJournal(place, { ...current, phase: "returned" });
  }
  const data = paths(place.folder).member(keeper).data;
  await configureFor(place, from, oldSystemIdentifier);
  // Before Patroni is started, whatever runs there was left by a run that was killed.
  if (!(await programStates(place))?.has(keeper)) {
    await stopServer({ bin: await postgresBin(from), data });
    progress("telling pgBackRest");
    await upgradeStanza(place, data);
    await recoverKept(place, journal, signal, progress);
  }
  let accepting = Date.now();
  await startFrom(place, keeper, oldSystemIdentifier, progress, () => {
    accepting = Date.now();
  });
  progress("taking a full backup");
  await pgbackrest(place, ["--repo=1", "--type=full", "--log-level-console=error", "backup"], { signal });
  await removeFolder(keptData(place, member, from));
  await removeFolder(workFolder(place));
  return accepting;
}

/** The member that leads now, which need not be the one that was upgraded. */
async function lastPrimary(place: Place, { member }: Journal): Promise<string> {
  const cluster = await runningCluster({ name: place.name, cluster: { kind: "folder", id: place.folder } });
  return (await cluster?.primary().catch(() => undefined)) ?? member;
}

/** The old data takes its place again; what is of the new version goes. */
async function putBack(
  place: Place,
  { from, to, member, keeper, phase }: Journal,
  progress: (text: string) => void,
): Promise<void> {
  const { data } = paths(place.folder).member(keeper);
  const kept = keptData(place, keeper, from);
  await rm(newData(place, member, to), { recursive: true, force: true });
  if (!(await isThere(kept))) {
    if (phase === "stopped") {
      // Nothing was moved yet: the old data is where it was.
      await takeBack(paths(place.folder).member(member).data);
      return;
    }
    if (await isThere(data)) return; // an earlier run has moved it
    throw new OperationError(
      EXIT.failed,
      `${kept} is gone: restore the last backup of PostgreSQL ${from} beside (npx license-db backup list).`,
    );
  }
  progress("putting the old data back");
  await rm(data, { recursive: true, force: true });
  await moveOnce(kept, data);
}

/** A replica's copy may lack the last of what the primary wrote; the repository has all of it. */
async function recoverKept(
  place: Place,
  { from, member, keeper }: Journal,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<void> {
  if (keeper === member) return;
  const { data } = paths(place.folder).member(keeper);
  const signals = ["standby.signal", "recovery.signal"].map((name) => isThere(join(data, name)));
  if (!(await Promise.all(signals)).includes(true)) return;
  progress("recovering the last of it from the repository");
  const socket = join(paths(place.folder).run, "restore");
  await makeFolder(socket);
  const log = join(paths(place.folder).log, "rollback.log");
  const { postgres: port } = memberPorts(place.ports, keeper);
  const server: Server = { bin: await postgresBin(from), data, log, socket, port };
  await writeOwned(join(data, "recovery.signal"), "");
  const get = `${join(paths(place.folder).bin, "pgbackrest")} --pg1-path=${data} archive-get %f "%p"`;
  await writeOwned(
    join(data, "postgresql.auto.conf"),
    settingLines({ restore_command: get, primary_conninfo: "", primary_slot_name: "" }),
  );
  await rm(join(data, "standby.signal"), { force: true });
  await startServer(server, ownSettings(socket), signal);
  await ask(server, "alter system reset all");
  await stopServer(server);
  await rm(socket, { recursive: true, force: true });
}
