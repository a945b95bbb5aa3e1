import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { silent } from "../../components/local/tools/reporter";
import type { Stack } from "../../ops/cli/stack";
import { abandon } from "../../ops/migrate/abandon";
import { environment } from "../../ops/migrate/conninfo";
import { on, rows } from "../../ops/migrate/end";
import { follow } from "../../ops/migrate/follow";
import { handOver } from "../../ops/migrate/handover";
import { load } from "../../ops/migrate/load";
import { changeState, type Migration, stateOf } from "../../ops/migrate/migration";
import { programsFor } from "../../ops/migrate/programs";
import { serverEnd } from "../../ops/migrate/serverEnd";
import { stackEnd } from "../../ops/migrate/stackEnd";
import { MigratingWriters } from "../local/support/migratingWriters";
import { PlainServer } from "../local/support/plainServer";
import { TestStack } from "../local/support/stack";
import { makeSample } from "../support/sample/rows";
import type { Figure } from "./figures";

const execute = promisify(execFile);
/** Of the sample; 1000 is 1 GB of rows. */
const SCALE = Number(process.env.BENCH_SCALE ?? 1_000);
const JOBS = 2;
const WRITERS = 4;

/** A license product's database from a plain PostgreSQL 15 to a cluster of its own, beside plain pg_dump and pg_restore. */
export async function migrations(pairs: number, say: (text: string) => void): Promise<Figure[]> {
  const stack = await TestStack.make("local", {
    backups: { finalBackup: false },
    parameters: { wal_level: "logical" },
  });
  let server: PlainServer | undefined;
  try {
    const { code, output } = await stack.up();
    if (code !== 0) throw new Error(output);
    server = await PlainServer.start(15, join(stack.scratch, "plain"));
    say(`making ${SCALE} MB of rows`);
    await server.on((client) => makeSample(client, SCALE));
    const migration: Migration = {
      source: await serverEnd({}, { LICENSE_DB_SOURCE: server.address }),
      target: await stackEnd({ name: stack.name, ...(await stack.outputs()) } as unknown as Stack),
      report: silent,
      signal: new AbortController().signal,
    };
    const ratios: number[] = [];
    const spent: string[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const measures = [() => ours(migration), () => plain(migration, join(stack.scratch, "dump"))];
      // In turns: what else the machine does changes between two runs.
      const first = await measures[pair % 2]?.();
      const second = await measures[(pair + 1) % 2]?.();
      const [own = 0, theirs = 0] = pair % 2 === 0 ? [first, second] : [second, first];
      ratios.push(theirs / own);
      spent.push(`${own.toFixed(1)} / ${theirs.toFixed(1)}`);
      say(`  load ${own.toFixed(1)} s, pg_dump and pg_restore ${theirs.toFixed(1)} s`);
    }
    say("cut-over under writers");
    return [
      {
        name: `migrate load of ${SCALE} MB: throughput against pg_dump -Fd -j ${JOBS} and pg_restore -j ${JOBS}`,
        unit: "ratio",
        values: ratios,
        goal: ">= 0.95",
        note: `seconds, ours / theirs: ${spent.join(", ")}`,
      },
      ...(await cutOver(migration, server, stack)),
    ];
  } finally {
    await server?.control("stop").catch(() => {});
    await stack.dispose();
  }
}

/** Seconds; with statistics for the planner, which the plain way leaves out. */
async function ours(migration: Migration): Promise<number> {
  const { seconds } = await load(migration, { jobs: JOBS });
  await abandon(migration, { empty: true });
  return seconds;
}

async function plain({ source, target }: Migration, folder: string): Promise<number> {
  const bin = await programsFor(150_000, silent);
  const began = performance.now();
  const run = async (program: string, args: readonly string[], end: Migration["source"]) => {
    const env = { ...process.env, ...environment(await end.tools()) };
    await execute(join(bin, program), [...args], { env, maxBuffer: 2 ** 26 });
  };
  await run("pg_dump", ["-Fd", "-j", String(JOBS), "-f", folder], source);
  const { dbname } = await target.tools();
  await run("pg_restore", ["-j", String(JOBS), "--no-owner", "-d", String(dbname), folder], target);
  const seconds = (performance.now() - began) / 1_000;
  // All belongs to whoever restored it.
  await on(target, (client) => client.query("drop schema licensing cascade"));
  await execute("rm", ["-rf", folder]);
  return seconds;
}

async function cutOver(migration: Migration, server: PlainServer, stack: TestStack): Promise<Figure[]> {
  await load(migration, { jobs: JOBS });
  await follow(migration, await stateOf(migration));
  const writers = new MigratingWriters([server.connection(), await stack.connection()], WRITERS, 1_000 * SCALE, 10);
  await sleep(3_000);
  const state = await changeState(migration, { wayBack: true });
  const since = performance.now();
  const done = await handOver(migration, state, "forward", {
    ...{ jobs: JOBS, mostLag: 16e6, mostDelay: 500, patience: 500, verifyInside: 16e6, verify: true },
  });
  await sleep(2_000);
  await writers.stop();
  const there = await on(migration.target, (client) =>
    rows<{ machine: string }>(client, "select machine from licensing.activations where machine like 'writer-%'"),
  );
  const kept = new Set(there.map(({ machine }) => machine));
  const lost = [...writers.acknowledged.keys()].filter((machine) => !kept.has(machine)).length;
  return [
    {
      name: "migrate cutover: without writes",
      unit: "s",
      values: [writers.gap(since, performance.now() - 1_000)],
      goal: "2",
      note: `${done.writeStopSeconds?.toFixed(2)} s by its own measure; ${done.before?.rows} rows compared before in ${done.before?.seconds.toFixed(1)} s`,
    },
    { name: "migrate cutover: acknowledged writes lost", unit: "rows", values: [lost], goal: "0" },
  ];
}
