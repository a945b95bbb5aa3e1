import { rm } from "node:fs/promises";
import { makeFolder, removeFolder } from "../../components/local/provider/host/files";
import { onMember } from "../../components/local/provider/host/sql";
import { postgresBin } from "../../components/local/provider/host/tools";
import { type Place, paths } from "../../components/local/provider/place";
import type { PostgresMajor } from "../../components/local/tools";
import { size } from "../backup/info";
import { archiveNow, info, pgbackrest } from "../backup/pgbackrest";
import { EXIT, OperationError, refused } from "../cli/exit";
import { type LocalCluster, localCluster, localPlace, runningCluster } from "../cli/local";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";
import type { Stack } from "../cli/stack";
import { connect, isRunning, type Server } from "../restore/server";
import { markUnfinished, membersOf, startFrom, stopMembers } from "../restore/stopped";
import { facts, obstacles } from "./facts";
import { configureFor, type Journal, keptData, moveOnce, newData, readJournal, writeJournal } from "./journal";
import { endLeftovers, endPgUpgrade, shutDownCleanly, workFolder } from "./leftovers";
import {
  initialise,
  pgUpgrade,
  requireBackupTool,
  SHAPE,
  type Shape,
  systemIdentifier,
  takeBack,
  upgradeStanza,
} from "./pgUpgrade";
import { analyse, updateExtensions } from "./statistics";

export interface RunOptions {
  readonly to: string;
  readonly dryRun?: boolean;
}

const commandOf = (to: string, stack: string): string => `upgrade run --to ${to} --stack ${stack}`;

/** Upgrades the cluster's own data, makes the replicas anew, and keeps the old data for the way back. */
export async function runUpgrade(context: Context<RunOptions>): Promise<Result> {
  const { stack, options, report, signal } = context;
  const place = await localPlace(stack);
  const before = await readJournal(place);
  if (before !== undefined) requireSame(before, options.to, stack.name);
  const command = commandOf(options.to, stack.name);
  if (before === undefined) {
    const cluster = await localCluster(stack);
    const found = await facts(cluster, options.to);
    const problems = obstacles(found);
    if (problems.length > 0) throw refused(problems);
    const [from, to] = [found.from, found.to] as [PostgresMajor, PostgresMajor];
    if (options.dryRun) {
      const text = `Would stop the cluster, upgrade ${size(found.bytes)} from PostgreSQL ${from} to ${to}, make the replicas anew, take a full backup, and keep the old data for the way back.`;
      return { data: { from, to, bytes: found.bytes }, text };
    }
    await report.all([
      {
        title: `checking that the database can be upgraded to PostgreSQL ${to}`,
        run: (say) => tryFirst(cluster, from, to, signal, say),
      },
    ]);
    await context.confirm([
      `upgrade the database from PostgreSQL ${from} to ${to}`,
      "end every session and refuse new ones until it is back (npx license-db upgrade rehearse tells how long that takes)",
      "first, an incremental backup is taken; the old data is kept until npx license-db upgrade finish",
    ]);
    await report.all([
      {
        title: "storing what there is now",
        run: async () => {
          await pgbackrest(place, ["--repo=1", "--type=incr", "--log-level-console=error", "backup"], { signal });
          await archiveNow(cluster);
          await begin(cluster, from, to, command);
        },
      },
    ]);
  } else if (options.dryRun) {
    return { data: before, text: `Would finish the upgrade to PostgreSQL ${before.to} that was interrupted.` };
  } else if (before.phase === "stopped") await beginAnew(stack, before, command);
  const journal = (await readJournal(place)) as Journal;
  const [done] = await report.all([
    {
      title: `upgrading to PostgreSQL ${journal.to}`,
      run: async (progress) => {
        try {
          return await work(place, journal, signal, progress);
        } catch (error) {
          const goOn = `Finish it: npx license-db ${command}, or go back: npx license-db upgrade rollback --stack ${stack.name}`;
          if (signal.aborted) throw new OperationError(EXIT.unfinished, `Interrupted; the database is down. ${goOn}`);
          throw new OperationError(EXIT.unfinished, `${(error as Error).message}\nThe upgrade is not over. ${goOn}`);
        }
      },
    },
  ]);
  const seconds = ((done?.accepting ?? Date.now()) - Date.parse(journal.stoppedAt)) / 1000;
  return {
    data: {
      from: journal.from,
      to: journal.to,
      writeStopSeconds: seconds,
      extensions: done?.extensions,
      backup: done?.backup,
    },
    text: [
      `The database runs PostgreSQL ${journal.to}: upgraded, statistics made, replicas made anew, first full backup taken.`,
      `No writes for ${seconds.toFixed(1)} s.`,
      "Tell the stack, so that the next up finds what it asks for:",
      `  pulumi config set --stack ${stack.name} --path license-db:engine.upgradeTo ${journal.to}`,
      `  pulumi config set --stack ${stack.name} --path license-db:engine.version ${journal.to}`,
      `  npm run up -- --stack ${stack.name}`,
      "The old data is kept: npx license-db upgrade rollback goes back to it (what is written from now on is not in it),",
      "npx license-db upgrade finish removes it.",
    ].join("\n"),
  };
}

function requireSame(before: Journal, to: string, stack: string): void {
  const say = (text: string) => {
    throw new OperationError(EXIT.usage, text);
  };
  if (before.phase === "done") {
    say(
      `The upgrade to PostgreSQL ${before.to} is over, and the way back is open: end that first (npx license-db upgrade finish --stack ${stack}), or go it (upgrade rollback).`,
    );
  }
  if (before.phase === "returning" || before.phase === "returned") {
    say(`The upgrade is being taken back: finish that first (npx license-db upgrade rollback --stack ${stack}).`);
  }
  if (before.to !== to)
    say(
      `An upgrade to PostgreSQL ${before.to} has not come to its end: npx license-db ${commandOf(before.to, stack)}.`,
    );
}

/** All that can be known while the database runs: programs, backup tool, pg_upgrade's own checks. */
async function tryFirst(
  cluster: LocalCluster,
  from: PostgresMajor,
  to: PostgresMajor,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<void> {
  const { place } = cluster;
  const member = await cluster.primary();
  await postgresBin(to, progress);
  const shape = await liveShape(place, member);
  const data = newData(place, member, to);
  const work = workFolder(place);
  try {
    await endPgUpgrade(place, member, to);
    await initialise(to, data, shape, work);
    progress("asking pgBackRest");
    await requireBackupTool(place, to, data, work);
    const oldData = paths(place.folder).member(member).data;
    await pgUpgrade({ from, to, oldData, newData: data, shape, work, mode: "link", signal, progress }, true);
  } finally {
    await rm(data, { recursive: true, force: true });
    await removeFolder(work);
  }
}

const liveShape = (place: Place, member: string): Promise<Shape> =>
  onMember(place, member, async (client) => (await client.query<Shape>(SHAPE)).rows[0] as Shape);

async function begin(cluster: LocalCluster, from: PostgresMajor, to: PostgresMajor, command: string): Promise<void> {
  const { place } = cluster;
  const member = await cluster.primary();
  const members = await membersOf(place);
  const data = paths(place.folder).member(member).data;
  await markUnfinished(place, command);
  await writeJournal(place, {
    from,
    to,
    member,
    keeper: members.find((one) => one !== member) ?? member,
    oldSystemIdentifier: await systemIdentifier(from, data),
    shape: await liveShape(place, member),
    stoppedAt: new Date().toISOString(),
    phase: "stopped",
  });
}

/** Where the run before was killed before it had stopped the members, they went on, and another may lead by now. */
async function beginAnew(stack: Stack, { from, to }: Journal, command: string): Promise<void> {
  const cluster = await runningCluster(stack);
  if (cluster !== undefined) await begin(cluster, from, to, command);
}

interface Done {
  readonly accepting: number;
  readonly extensions: readonly string[];
  readonly backup: string;
}

async function work(
  place: Place,
  begun: Journal,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<Done> {
  const { member, to } = begun;
  let journal = begun;
  if (journal.phase === "stopped") {
    await stopMembers(place, member, progress);
    journal = await upgradeData(place, journal, signal, progress);
  }
  const data = paths(place.folder).member(member).data;
  const id = journal.newSystemIdentifier ?? "";
  await exchange(place, journal);
  await configureFor(place, to, id);
  if (!(await isRunning(data))) {
    progress("telling pgBackRest");
    await upgradeStanza(place, data);
  }
  let accepting = Date.now();
  let extensions: readonly string[] = [];
  let making: Promise<void> = Promise.resolve();
  await startFrom(place, member, id, progress, (leader) => {
    accepting = Date.now();
    const server = serverOf(place, leader);
    // Beside the making of the replicas: applications are back already, and plan without statistics.
    making = (async () => {
      extensions = await updateExtensions((database) => connect(server, database));
      await analyse((database) => connect(server, database), progress);
    })();
    making.catch(() => {});
  });
  await making;
  progress("taking the first full backup");
  const backup = await firstBackup(place, signal);
  // Linked to the new data, it is of no use to anybody; the way back is the replica's.
  if (journal.keeper !== member) await removeFolder(keptData(place, member, journal.from));
  // In this order: with the mark alone nothing could end it any more.
  await markUnfinished(place, undefined);
  await writeJournal(place, { ...journal, phase: "done" });
  return { accepting, extensions, backup };
}

async function firstBackup(place: Place, signal: AbortSignal): Promise<string> {
  await pgbackrest(place, ["--repo=1", "--type=full", "--log-level-console=error", "backup"], { signal });
  return (await info(place)).daily.backups[0]?.label ?? "";
}

const serverOf = (place: Place, member: string): Pick<Server, "socket" | "port"> => ({
  socket: paths(place.folder).member(member).socket,
  port: place.ports.postgres + Number(member.split("-")[1]),
});

/** Everything is stopped. Ends with the new data beside the old. */
async function upgradeData(
  place: Place,
  journal: Journal,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<Journal> {
  const { from, to, member, keeper, oldSystemIdentifier, shape } = journal;
  const old = paths(place.folder).member(member).data;
  const made = newData(place, member, to);
  const work = workFolder(place);
  await makeFolder(work);
  await endLeftovers(place, journal);
  // The replica's copy is the way back, so that the primary's may be linked; without a replica it is copied.
  const mode = keeper === member ? "copy" : "link";
  if (mode === "link") await moveOnce(paths(place.folder).member(keeper).data, keptData(place, keeper, from));
  await takeBack(old);
  await shutDownCleanly(place, from, old, signal);
  await initialise(to, made, shape, work);
  await pgUpgrade({ from, to, oldData: old, newData: made, shape, work, mode, signal, progress }, false);
  const newSystemIdentifier = await systemIdentifier(to, made);
  if (newSystemIdentifier === oldSystemIdentifier) throw new Error("the new data has the old one's identity");
  await removeFolder(work);
  return writeJournal(place, { ...journal, phase: "upgraded", newSystemIdentifier });
}

/** The new data takes the old one's place. */
async function exchange(place: Place, { from, to, member }: Journal): Promise<void> {
  const { data } = paths(place.folder).member(member);
  await moveOnce(data, keptData(place, member, from));
  await moveOnce(newData(place, member, to), data);
}
