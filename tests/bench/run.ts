import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { clusterView, leaderOf } from "../../components/local/provider/host/patroni";
import { supervisorctl } from "../../components/local/provider/host/supervisor";
import { waitFor } from "../../components/local/provider/host/wait";
import { memberNames, memberPorts, type Place, paths } from "../../components/local/provider/place";
import { ensureLocalTools } from "../../components/local/tools";
import { ROOT } from "../../ops/setup/session";
import { query, TestStack } from "../local/support/stack";
import { type Figure, median, render } from "./figures";
import { Writers } from "./writers";

const execute = promisify(execFile);
const MEMBERS = memberNames(3);

/** How often each thing is measured; BENCH_RUNS makes all of them shorter or longer. */
const RUNS = Number(process.env.BENCH_RUNS ?? 10);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function seconds(work: () => Promise<{ code: number; output: string }>): Promise<number> {
  const began = performance.now();
  const { code, output } = await work();
  if (code !== 0) throw new Error(output);
  return (performance.now() - began) / 1000;
}

async function several(count: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let run = 0; run < count; run++) {
    values.push(await measure());
    say(`  ${values.at(-1)?.toFixed(2)}`);
  }
  return values;
}

async function zeroToReady(): Promise<number> {
  const stack = await TestStack.make("local", { backups: { finalBackup: false } });
  try {
    return await seconds(() => stack.up());
  } finally {
    await stack.dispose();
  }
}

async function primaryOf(place: Place): Promise<string> {
  for (;;) {
    const leader = leaderOf(await clusterView(place, MEMBERS));
    if (leader) return leader;
    await sleep(50);
  }
}

/** A standby that may take over without loss is known to Patroni, and all members are there. */
async function settled(place: Place): Promise<void> {
  for (;;) {
    const view = await clusterView(place, MEMBERS);
    const standbys = view?.filter(({ state }) => state === "streaming") ?? [];
    if (standbys.length === 2 && standbys.some(({ role }) => role === "sync_standby")) break;
    await sleep(200);
  }
  await sleep(3_000);
}

function postmaster(place: Place, member: string): number {
  return Number(readFileSync(join(paths(place.folder).member(member).data, "postmaster.pid"), "utf8").split("\n")[0]);
}

/** kill -9 of the primary's PostgreSQL and Patroni under writes. @returns seconds without writes, acknowledged writes lost. */
async function failover(stack: TestStack, forGood: boolean): Promise<{ gap: number; lost: number }> {
  const place = await stack.place();
  await settled(place);
  const writers = new Writers(await stack.connection(), 4, String(performance.now()));
  await sleep(2_000);
  const member = await primaryOf(place);
  const patroni = Number(await supervisorctl(place, "pid", member));
  // "For good": a supervisor that stands still brings nothing back.
  const supervisor = Number(await supervisorctl(place, "pid"));
  if (forGood) process.kill(supervisor, "SIGSTOP");
  const since = performance.now();
  for (const pid of [patroni, postmaster(place, member)]) process.kill(pid, "SIGKILL");
  const gap = await waitFor(async () => writers.gapAfter(since), {
    timeout: 90_000,
    what: "a write after the failover",
  });
  await writers.stop();
  if (forGood) process.kill(supervisor, "SIGCONT");
  await settled(place);
  const kept = await query<{ id: string }>(await stack.connection(), "select id from written");
  const ids = new Set(kept.map(({ id }) => id));
  return { gap: gap / 1000, lost: [...writers.acknowledged.keys()].filter((id) => !ids.has(id)).length };
}

/** pgbench through the writer's port against the primary's own, in turns. @returns pooled / direct. */
async function pooled(stack: TestStack, script: "tpcb-like" | "select-only"): Promise<number> {
  const place = await stack.place();
  const { host, database, user, password } = await stack.connection();
  const pgbench = join((await ensureLocalTools()).postgresBin, "pgbench");
  const direct = memberPorts(place.ports, await primaryOf(place)).postgres;
  const rate = async (port: number): Promise<number> => {
    const { stdout } = await execute(
      pgbench,
      [
        "-b",
        script,
        "-c",
        "16",
        "-j",
        "2",
        "-T",
        "5",
        "-h",
        String(host),
        "-p",
        String(port),
        "-U",
        String(user),
        String(database),
      ],
      {
        env: {
          ...process.env,
          PGPASSWORD: String(password),
          PGSSLMODE: "verify-full",
          PGSSLROOTCERT: join(paths(place.folder).tls, "ca.crt"),
        },
      },
    );
    return Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
  };
  const unpooled = await rate(direct);
  return (await rate(place.ports.writer)) / unpooled;
}

async function main(): Promise<void> {
  const figures: Figure[] = [];
  const add = (figure: Figure) => figures.push(figure);
  const tools = await ensureLocalTools();

  say("zero to ready (pulumi up of a new stack, everything installed)");
  add({ name: "zero to ready", unit: "s", values: await several(Math.ceil(RUNS / 3), zeroToReady), goal: "10" });

  const stack = await TestStack.make("local", { backups: { finalBackup: false } });
  try {
    await stack.up();
    say("up with nothing changed");
    add({
      name: "no-change up",
      unit: "s",
      values: await several(Math.ceil(RUNS / 2), () => seconds(() => stack.up())),
      goal: "-",
    });

    const connection = await stack.connection();
    await query(connection, "create table written (id text primary key)");
    for (const forGood of [false, true]) {
      say(
        forGood ? "failover, the primary gone for good" : "failover, kill -9 of the primary's PostgreSQL and Patroni",
      );
      const lost: number[] = [];
      const gaps = await several(forGood ? Math.ceil(RUNS / 3) : RUNS, async () => {
        const measured = await failover(stack, forGood);
        lost.push(measured.lost);
        return measured.gap;
      });
      const name = forGood ? "failover, gone for good" : "failover";
      add({ name: `${name}: without writes`, unit: "s", values: gaps, goal: forGood ? "6" : "3" });
      add({ name: `${name}: acknowledged writes lost`, unit: "rows", values: lost, goal: "0" });
    }

    const pgbench = join(tools.postgresBin, "pgbench");
    await execute(
      pgbench,
      [
        "-i",
        "-q",
        "-s",
        "10",
        "-h",
        String(connection.host),
        "-p",
        String(memberPorts((await stack.place()).ports, await primaryOf(await stack.place())).postgres),
        "-U",
        String(connection.user),
        String(connection.database),
      ],
      {
        env: { ...process.env, PGPASSWORD: String(connection.password), PGSSLMODE: "require" },
      },
    );
    for (const script of ["tpcb-like", "select-only"] as const) {
      say(`pgbench ${script}, pooled / direct`);
      add({
        name: `pgbench ${script}: pooled / direct`,
        unit: "ratio",
        values: await several(Math.ceil(RUNS / 2), () => pooled(stack, script)),
        goal: ">= 0.9",
      });
    }
  } finally {
    await stack.dispose();
  }

  const folder = join(ROOT, "bench-results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "local.json"),
    `${JSON.stringify(
      figures.map((figure) => ({ ...figure, median: median(figure.values) })),
      null,
      2,
    )}\n`,
  );
  process.stdout.write(`\n${render(figures)}\n\nbench-results/local.json has the figures.\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
