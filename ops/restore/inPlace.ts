import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, readIfThere, writeOwned } from "../../components/local/provider/host/files";
import { onMember } from "../../components/local/provider/host/sql";
import { postgresBin } from "../../components/local/provider/host/tools";
import { memberPorts, type Place, paths } from "../../components/local/provider/place";
import type { PostgresMajor } from "../../components/local/tools";
import { archiveNow, info, pgbackrest, rangeOf } from "../backup/pgbackrest";
import { EXIT, OperationError, refused } from "../cli/exit";
import { type LocalCluster, localCluster, localPlace } from "../cli/local";
import type { Context } from "../cli/operation";
import type { Result } from "../cli/out";
import { type Candidate, candidates, obstacles } from "./checks";
import type { RestoreOptions } from "./command";
import { recover } from "./recover";
import { ask, isRunning, ownSettings, type Server, startServer, stoppedAt, stopServer } from "./server";
import { markUnfinished, startFrom, stopMembers } from "./stopped";
import { describeTarget, type Target } from "./target";

/** What an interrupted run leaves for the next. */
interface Journal {
  readonly command: string;
  /** Whose data is replaced; the others are copies of it afterwards. */
  readonly member: string;
  readonly systemIdentifier: string;
  readonly from: readonly Candidate[];
  /** When the applications' writes stopped, ISO 8601. */
  readonly stoppedAt: string;
  /** How to take the restore back. */
  readonly wayBack: string;
  /** The data is what was asked for; what is left is to start. */
  readonly recovered?: { readonly label: string; readonly where?: string };
}

const journalOf = (place: Place): string => join(place.folder, "restore.json");

export async function restoreInPlace(context: Context<RestoreOptions>, target: Target): Promise<Result> {
  const { stack, options, report, signal } = context;
  const place = await localPlace(stack);
  const command = written(options, stack.name);
  const found = await readIfThere(journalOf(place));
  const before = found === undefined ? undefined : (JSON.parse(found) as Journal);
  if (before !== undefined && before.command !== command) {
    throw new OperationError(
      EXIT.usage,
      `A restore in place has not come to its end: finish it first (npx license-db ${before.command}).`,
    );
  }
  const what = describeTarget(target, options.exclusive);
  if (before === undefined) {
    const planned = await plan(context, target);
    if (options.dryRun) {
      const text = `Would stop the cluster, restore ${what} in its place beginning with backup ${planned[0]?.backup.label}, and make the replicas anew.`;
      return { data: { target: what, backup: planned[0]?.backup.label }, text };
    }
    const cluster = await localCluster(stack);
    await context.confirm([
      `replace the database by ${what}: what was written after that is in it no longer`,
      "end every session and refuse new ones until it is back",
      ...(await lostSlots(cluster)),
      "first, an incremental backup and all WAL are stored, so that this can be taken back",
    ]);
    await report.all([{ title: "storing what there is now", run: () => begin(cluster, command, planned, signal) }]);
  } else if (options.dryRun) {
    return {
      data: { target: what, unfinished: true },
      text: `Would finish the restore of ${what} that was interrupted.`,
    };
  }
  const journal = JSON.parse(await readFile(journalOf(place), "utf8")) as Journal;
  const outcome = await report.all([
    {
      title: `restoring ${what} in place`,
      run: async (progress) => {
        try {
          return await work(context, place, journal, target, progress);
        } catch (error) {
          const why = signal.aborted ? "Interrupted." : (error as Error).message;
          const goOn = `The restore is not over, and the database may be down. Finish it: npx license-db ${command}`;
          throw new OperationError(EXIT.unfinished, `${why}\n${goOn}`);
        }
      },
    },
  ]);
  const [done] = outcome;
  const { member, wayBack, stoppedAt: at } = journal;
  const seconds = ((done?.accepting ?? Date.now()) - Date.parse(at)) / 1000;
  return {
    data: {
      target: what,
      backup: done?.label,
      primary: member,
      writeStopSeconds: seconds,
      stopped: done?.where,
      wayBack,
    },
    text: [
      `The database is ${what}, from backup ${done?.label}${done?.where ? `: stopped ${done.where}` : ""}.`,
      `No writes for ${seconds.toFixed(1)} s; ${member} is the primary, the replicas were made anew.`,
      `To take it back: npx license-db ${wayBack}`,
      `If passwords were changed since then: npm run up -- --stack ${stack.name} sets them again.`,
    ].join("\n"),
  };
}

/** The command as it is typed, without what only this run needs. */
function written({ to, exclusive, backup, timeline }: RestoreOptions, stack: string): string {
  const quoted = (text: string) => (/^[\w:.@+-]+$/.test(text) ? text : `"${text}"`);
  return [
    `restore --to ${quoted(to ?? "")} --in-place`,
    ...(exclusive ? ["--exclusive"] : []),
    ...(backup === undefined ? [] : [`--backup ${backup}`]),
    ...(timeline === undefined ? [] : [`--timeline ${timeline}`]),
    `--stack ${stack}`,
  ].join(" ");
}

async function plan({ stack, options }: Context<RestoreOptions>, target: Target): Promise<Candidate[]> {
  const cluster = await localCluster(stack);
  const { info: there, archiving, range } = await rangeOf(cluster);
  const situation = {
    target,
    ...(options.backup === undefined ? {} : { label: options.backup }),
    range,
    repositories: there.repositories,
    version: archiving.version,
    ...(options.timeline === undefined ? { history: archiving.history } : {}),
    now: new Date().toISOString(),
    folder: cluster.place.folder,
  };
  const found = candidates(situation);
  const problems = obstacles(situation);
  if (found[0] && found[0].backup.version !== archiving.version) {
    problems.push(
      `Backup ${found[0].backup.label} is of PostgreSQL ${found[0].backup.version}, the cluster runs ${archiving.version}: restore it beside (--beside), and move what is needed.`,
    );
  }
  if (problems.length > 0) throw refused(problems);
  return found;
}

/** Slots are no part of a backup: whoever reads from one has to be set up anew. */
async function lostSlots({ place, primary }: LocalCluster): Promise<string[]> {
  return onMember(place, await primary(), async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select slot_name as name from pg_replication_slots where slot_type = 'logical' and not temporary order by 1",
    );
    return rows.map(({ name }) => `drop the logical replication slot ${name}: its subscriber must be set up anew`);
  });
}

async function begin(
  cluster: LocalCluster,
  command: string,
  from: readonly Candidate[],
  signal: AbortSignal,
): Promise<void> {
  const { place } = cluster;
  const member = await cluster.primary();
  await pgbackrest(place, ["--repo=1", "--type=incr", "--log-level-console=error", "backup"], { signal });
  await archiveNow(cluster);
  const [row] = await onMember(place, member, async (client) => {
    const query = `select system_identifier::text as id, timeline_id::text as timeline, now() as now
                     from pg_control_system(), pg_control_checkpoint()`;
    return (await client.query<{ id: string; timeline: string; now: Date }>(query)).rows;
  });
  const newest = (await info(place)).daily.backups[0]?.label;
  const journal: Journal = {
    command,
    member,
    systemIdentifier: row?.id ?? "",
    from,
    stoppedAt: new Date().toISOString(),
    // Its own history ends where the restore began.
    wayBack: `restore --to latest --in-place --backup ${newest} --timeline ${row?.timeline} --stack ${stackOf(command)}`,
  };
  await markUnfinished(place, command);
  await writeOwned(journalOf(place), JSON.stringify(journal, null, 2));
}

const stackOf = (command: string): string => command.split(" ").at(-1) ?? "";

interface Done {
  readonly label: string;
  readonly where?: string;
  /** Milliseconds since the epoch. */
  readonly accepting: number;
}

async function work(
  { options, signal }: Context<RestoreOptions>,
  place: Place,
  journal: Journal,
  target: Target,
  progress: (text: string) => void,
): Promise<Done> {
  const { member } = journal;
  let recovered = journal.recovered;
  if (recovered === undefined) {
    await stopMembers(place, member, progress);
    recovered = await replace(place, journal, target, options, signal, progress);
    await writeOwned(journalOf(place), JSON.stringify({ ...journal, recovered }, null, 2));
  }
  let accepting = Date.now();
  await startFrom(place, member, journal.systemIdentifier, progress, () => {
    accepting = Date.now();
  });
  // Of the new history there is none yet, and the newest of the old one does not lead to it.
  progress("taking a full backup of the new history");
  await pgbackrest(place, ["--repo=1", "--type=full", "--log-level-console=error", "backup"], { signal });
  await rm(journalOf(place), { force: true });
  await markUnfinished(place, undefined);
  return { ...recovered, accepting };
}

/** Brings the member's data to the target with a server that nobody else reaches, and which archives the new history. */
async function replace(
  place: Place,
  { member, from, systemIdentifier }: Journal,
  target: Target,
  options: RestoreOptions,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<{ label: string; where?: string }> {
  const { data } = paths(place.folder).member(member);
  const socket = join(paths(place.folder).run, "restore");
  await makeFolder(socket);
  const log = join(paths(place.folder).log, "restore.log");
  const { postgres: port } = memberPorts(place.ports, member);
  const serverOf = async (version: PostgresMajor): Promise<Server> => ({
    bin: await postgresBin(version),
    data,
    log,
    socket,
    port,
  });
  const first = await serverOf((from[0]?.backup.version ?? "15") as PostgresMajor);
  // An interrupted run may have left it at work.
  if (await isRunning(data)) await stopServer(first, "immediate");
  await rm(log, { force: true });
  const label = await recover(
    {
      place,
      target,
      exclusive: options.exclusive,
      ...(options.timeline === undefined ? {} : { timeline: options.timeline }),
      data,
      options: [],
      signal,
      progress,
    },
    from,
    async (version) => {
      await startServer(await serverOf(version), ownSettings(socket), signal);
    },
  );
  const [row] = await ask<{ id: string; recovering: boolean }>(
    first,
    "select system_identifier::text as id, pg_is_in_recovery() as recovering from pg_control_system()",
  );
  if (row === undefined || row.recovering || row.id !== systemIdentifier) {
    throw new OperationError(
      EXIT.failed,
      `The restored data is not this cluster's, or has not recovered: ${JSON.stringify(row)}`,
    );
  }
  // The settings of the recovery would be the replicas', too.
  await ask(first, "alter system reset all");
  progress("archiving the new history");
  await stopServer(first);
  await rm(socket, { recursive: true, force: true });
  const where = await stoppedAt(log);
  return { label, ...(where === undefined ? {} : { where }) };
}
