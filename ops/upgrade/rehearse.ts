import { join } from "node:path";
import { makeFolder, removeFolder, writeOwned } from "../../components/local/provider/host/files";
import { onMember } from "../../components/local/provider/host/sql";
import { postgresBin } from "../../components/local/provider/host/tools";
import type { PostgresMajor } from "../../components/local/tools";
import { size } from "../backup/info";
import { archiveNow, rangeOf } from "../backup/pgbackrest";
import { EXIT, OperationError, refused } from "../cli/exit";
import { localCluster } from "../cli/local";
import type { Context } from "../cli/operation";
import { type Result, table } from "../cli/out";
import { candidates } from "../restore/checks";
import { copyOptions } from "../restore/copyOptions";
import { recover } from "../restore/recover";
import { dataOf, makeItsOwn, tablespacesOf } from "../restore/scratch";
import { connect, freePort, type Server, settingLines, startServer, stopServer } from "../restore/server";
import { facts, obstacles } from "./facts";
import { initialise, pgUpgrade, requireBackupTool, shapeOf, type Upgrade } from "./pgUpgrade";
import { type Comparison, compare, plan, type Statement, TOP } from "./plans";
import { analyse, updateExtensions } from "./statistics";

export interface RehearseOptions {
  readonly to: string;
  readonly top: number;
}

interface Seconds {
  readonly restore: number;
  readonly check: number;
  readonly upgrade: number;
  readonly statistics: number;
}

/** Upgrades a copy of the database, restored from the newest backup, and tells what became of it. */
export async function rehearse({ stack, options, report, signal }: Context<RehearseOptions>): Promise<Result> {
  const cluster = await localCluster(stack);
  const { place } = cluster;
  const found = await facts(cluster, options.to);
  const problems = obstacles(found);
  if (problems.length > 0) throw refused(problems);
  const [from, to] = [found.from, found.to] as [PostgresMajor, PostgresMajor];
  // Short, as sockets lie in it.
  const folder = `${place.folder}.rehearsal`;
  const port = await freePort();
  const serverOf = async (major: PostgresMajor, data: string): Promise<Server> => ({
    bin: await postgresBin(major),
    data,
    log: join(folder, "server.log"),
    socket: folder,
    port,
  });
  const [oldData, newData] = [dataOf(folder), join(folder, "new")];
  const clear = async () => {
    for (const [major, data] of [
      [from, oldData],
      [to, newData],
    ] as const) {
      await stopServer(await serverOf(major, data), "immediate");
    }
    await removeFolder(folder);
  };
  const work = async (progress: (text: string) => void) => {
    await clear();
    for (const made of [folder, oldData, tablespacesOf(folder)]) await makeFolder(made);
    progress(`looking for PostgreSQL ${to}`);
    await postgresBin(to, progress);
    const statements = await topStatements(cluster, stack.database, options.top);
    await archiveNow(cluster);
    const { info, archiving, range } = await rangeOf(cluster);
    const target = { type: "latest" } as const;
    const choice = candidates({
      target,
      repositories: info.repositories,
      version: archiving.version,
      history: archiving.history,
    });
    if (range === undefined) throw refused(["There is no backup to rehearse with: npx license-db backup take."]);
    const old = await serverOf(from, oldData);
    const [, restore] = await timed(async () =>
      recover(
        {
          place,
          target,
          exclusive: false,
          data: oldData,
          options: await copyOptions(place, folder, oldData),
          signal,
          progress,
        },
        choice,
        async () => {
          await makeItsOwn({ folder, port }, "", { ssl: "off" });
          await startServer(old, {}, signal);
        },
      ),
    );
    const shape = await shapeOf(old);
    progress("planning the top statements as they are planned now");
    const before = await plans(old, stack.database, statements);
    await stopServer(old);
    const upgrading = join(folder, "w");
    await initialise(to, newData, shape, upgrading);
    await requireBackupTool(place, to, newData, join(folder, "tool"));
    const upgrade: Upgrade = {
      from,
      to,
      oldData,
      newData,
      shape,
      work: upgrading,
      mode: "link",
      signal,
      progress,
    };
    const [, check] = await timed(() => pgUpgrade(upgrade, true));
    const [, upgraded] = await timed(() => pgUpgrade(upgrade, false));
    const fresh = await serverOf(to, newData);
    await writeOwned(join(newData, "postgresql.auto.conf"), settingLines(settings(folder, port, shape.preload)));
    await startServer(fresh, {}, signal);
    const extensions = await updateExtensions((database) => connect(fresh, database));
    const [, statistics] = await timed(() => analyse((database) => connect(fresh, database), progress));
    progress("planning the top statements anew");
    const after = await plans(fresh, stack.database, statements);
    const comparisons = statements.map((one, index) =>
      compare(one, before[index] ?? new Error("not planned"), after[index] ?? new Error("not planned")),
    );
    return { seconds: { restore, check, upgrade: upgraded, statistics }, extensions, comparisons };
  };
  const [done] = await report.all([
    {
      title: `rehearsing the upgrade from PostgreSQL ${from} to ${to}`,
      run: async (progress) => {
        try {
          return await work(progress);
        } finally {
          await clear();
        }
      },
    },
  ]);
  if (done === undefined) throw new OperationError(EXIT.failed, "The rehearsal said nothing.");
  const bad = done.comparisons.filter(({ verdict }) => verdict === "fails" || verdict === "dearer");
  return {
    data: { from, to, bytes: found.bytes, ...done },
    text: told(from, to, found.bytes, done),
    well: bad.length === 0,
  };
}

const settings = (folder: string, port: number, preload: string) => ({
  listen_addresses: "",
  unix_socket_directories: folder,
  port,
  shared_preload_libraries: preload,
  shared_buffers: "128MB",
});

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const began = performance.now();
  const result = await work();
  return [result, Math.round((performance.now() - began) / 100) / 10];
}

async function topStatements(
  cluster: Awaited<ReturnType<typeof localCluster>>,
  database: string,
  count: number,
): Promise<Statement[]> {
  const ask = async () =>
    onMember(
      cluster.place,
      await cluster.primary(),
      async (client) => (await client.query<Statement>(TOP, [count])).rows,
      database,
    );
  return ask();
}

async function plans(server: Server, database: string, statements: readonly Statement[]) {
  const client = connect(server, database);
  await client.connect();
  try {
    // Both are planned with statistics of the same data.
    await client.query("analyze");
    return await plan(client, statements);
  } finally {
    await client.end();
  }
}

function told(
  from: string,
  to: string,
  bytes: number,
  {
    seconds,
    extensions,
    comparisons,
  }: { seconds: Seconds; extensions: readonly string[]; comparisons: readonly Comparison[] },
): string {
  const counted = (verdict: Comparison["verdict"]) => comparisons.filter((one) => one.verdict === verdict).length;
  const notable = comparisons.filter(({ verdict }) => verdict !== "same");
  const rows = notable.map(({ verdict, query, calls, before, after, error }) => [
    verdict,
    `${calls} calls`,
    before && after ? `cost ${before.cost.toFixed(0)} -> ${after.cost.toFixed(0)}` : (error ?? ""),
    query.replaceAll(/\s+/g, " ").slice(0, 100),
  ]);
  return [
    `A copy of the database (${size(bytes)}) was upgraded from PostgreSQL ${from} to ${to} and removed again.`,
    `Restored in ${seconds.restore} s, checked in ${seconds.check} s, upgraded in ${seconds.upgrade} s, statistics in ${seconds.statistics} s.`,
    `The upgrade itself will stop writes for about ${Math.ceil(seconds.upgrade + 15)} s (pg_upgrade, and stopping and starting the members).`,
    ...(extensions.length === 0 ? [] : [`Extensions brought up: ${extensions.join(", ")}.`]),
    `Plans of the ${comparisons.length} top statements: ${counted("same")} the same, ${counted("other plan")} others, ${counted("dearer")} dearer, ${counted("fails")} fail.`,
    ...(rows.length === 0 ? [] : ["", table(rows)]),
  ].join("\n");
}
