import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { clusterView, leaderOf } from "../../components/local/provider/host/patroni";
import { programPid, supervisorPid } from "../../components/local/provider/host/supervisor";
import { waitFor } from "../../components/local/provider/host/wait";
import { memberNames, memberPorts, type Place, paths } from "../../components/local/provider/place";
import { ensureLocalTools } from "../../components/local/tools";
import { ROOT } from "../../ops/setup/session";
import { query, TestStack } from "../local/support/stack";
import { type CpuTimes, clusterCpu, cpuOf, inWords } from "./cpu";
import { type Figure, median, render } from "./figures";
import { Writers } from "./writers";

const execute = promisify(execFile);
const MEMBERS = memberNames(3);
/** Fewer than the pool has connections to the server (R10: 20), and more, which is what a pool is there for. */
const CLIENTS = [16, 100];

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
  const patroni = await programPid(place, member);
  // "For good": a supervisor that stands still brings nothing back.
  const supervisor = await supervisorPid(place);
  if (patroni === undefined || supervisor === undefined) throw new Error(`${member} or its supervisor does not run`);
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

/** One run of pgbench: transactions per second, and what each of the programs spent on one of them. */
interface Throughput {
  readonly rate: number;
  readonly cpu: CpuTimes;
}

async function throughput(stack: TestStack, port: number, script: Script, clients: number): Promise<Throughput> {
  const place = await stack.place();
  const before = await clusterCpu(place);
  const { said, cpu } = await pgbench(stack, port, ["-b", script, "-n", "-c", String(clients), "-j", "2", "-T", "5"]);
  const after = { ...(await clusterCpu(place)), pgbench: cpu };
  const rate = Number(/^tps = ([\d.]+)/m.exec(said)?.[1]);
  const count = Number(/actually processed: (\d+)/.exec(said)?.[1]);
  const spent = Object.entries(after).map(([program, used]) => [program, (used - (before[program] ?? 0)) / count]);
  return { rate, cpu: Object.fromEntries(spent) };
}

type Script = "tpcb-like" | "select-only";

/**
 * pgbench through the writer's port against the primary's own, both over TLS, one after the other and in turns: what
 * else the machine does changes between two runs.
 */
async function pooled(stack: TestStack, script: Script, clients: number): Promise<Figure> {
  say(`pgbench ${script}, ${clients} clients, pooled / direct`);
  const place = await stack.place();
  const direct = memberPorts(place.ports, await primaryOf(place)).postgres;
  const spent: { readonly direct: CpuTimes; readonly pooled: CpuTimes }[] = [];
  const values = await several(Math.ceil(RUNS / 2), async () => {
    const measure = (port: number) => throughput(stack, port, script, clients);
    const first = spent.length % 2 === 0;
    const early = await measure(first ? direct : place.ports.writer);
    const late = await measure(first ? place.ports.writer : direct);
    const [unpooled, through] = first ? [early, late] : [late, early];
    spent.push({ direct: unpooled.cpu, pooled: through.cpu });
    return through.rate / unpooled.rate;
  });
  const used = (way: "direct" | "pooled") => inWords(spent.map((one) => one[way]));
  return {
    name: `pgbench ${script}, ${clients} clients: pooled / direct`,
    unit: "ratio",
    values,
    goal: ">= 0.9",
    note: `CPU for a transaction, in µs: direct ${used("direct")}; pooled ${used("pooled")}`,
  };
}

/** pgbench's tables, made on the primary itself. */
async function initialize(stack: TestStack): Promise<void> {
  const place = await stack.place();
  const port = memberPorts(place.ports, await primaryOf(place)).postgres;
  await pgbench(stack, port, ["-i", "-q", "-s", "10"]);
}

async function pgbench(
  stack: TestStack,
  port: number,
  args: readonly string[],
): Promise<{ said: string; cpu: number }> {
  const { host, database, user, password } = await stack.connection();
  const program = join((await ensureLocalTools()).postgresBin, "pgbench");
  const running = execute(
    program,
    [...args, "-h", String(host), "-p", String(port), "-U", String(user), String(database)],
    {
      env: {
        ...process.env,
        PGPASSWORD: String(password),
        PGSSLMODE: "verify-full",
        PGSSLROOTCERT: join(paths((await stack.place()).folder).tls, "ca.crt"),
      },
    },
  );
  // Read while it runs: nobody tells what a child that has ended used.
  let cpu = 0;
  const reading = setInterval(() => {
    cpu = Math.max(cpu, cpuOf(running.child.pid ?? 0));
  }, 50);
  const { stdout } = await running.finally(() => clearInterval(reading));
  return { said: stdout, cpu };
}

/** What can be measured, by the word on the command line. */
const benches: Readonly<Record<string, (stack: () => Promise<TestStack>) => Promise<Figure[]>>> = {
  async zero() {
    say("zero to ready: pulumi up of a new stack, everything installed");
    return [{ name: "zero to ready", unit: "s", values: await several(Math.ceil(RUNS / 3), zeroToReady), goal: "10" }];
  },
  async unchanged(stack) {
    const running = await stack();
    say("up with nothing changed");
    const values = await several(Math.ceil(RUNS / 2), () => seconds(() => running.up()));
    return [{ name: "no-change up", unit: "s", values, goal: "-" }];
  },
  failover: (stack) => failovers(stack, false, RUNS),
  gone: (stack) => failovers(stack, true, Math.ceil(RUNS / 3)),
  async pooled(stack) {
    const running = await stack();
    await initialize(running);
    const figures: Figure[] = [];
    for (const script of ["tpcb-like", "select-only"] as const) {
      for (const clients of CLIENTS) figures.push(await pooled(running, script, clients));
    }
    return figures;
  },
};

async function failovers(stack: () => Promise<TestStack>, forGood: boolean, count: number): Promise<Figure[]> {
  const running = await stack();
  await query(await running.connection(), "create table if not exists written (id text primary key)");
  say(forGood ? "failover, the primary gone for good" : "failover, kill -9 of the primary's PostgreSQL and Patroni");
  const lost: number[] = [];
  const gaps = await several(count, async () => {
    const measured = await failover(running, forGood);
    lost.push(measured.lost);
    return measured.gap;
  });
  const name = forGood ? "failover, gone for good" : "failover";
  return [
    { name: `${name}: without writes`, unit: "s", values: gaps, goal: forGood ? "6" : "3" },
    { name: `${name}: acknowledged writes lost`, unit: "rows", values: lost, goal: "0" },
  ];
}

async function main(asked: readonly string[]): Promise<void> {
  const chosen = asked.length > 0 ? asked : Object.keys(benches);
  const unknown = chosen.filter((name) => !(name in benches));
  if (unknown.length > 0)
    throw new Error(`no bench ${unknown.join(", ")}: there are ${Object.keys(benches).join(", ")}`);
  await ensureLocalTools();
  let made: Promise<TestStack> | undefined;
  const figures: Figure[] = [];
  try {
    // One running cluster serves all benches that need one.
    const stack = () => (made ??= bringUp());
    for (const name of chosen) figures.push(...((await benches[name]?.(stack)) ?? []));
  } finally {
    await (await made)?.dispose();
  }
  const folder = join(ROOT, "bench-results");
  mkdirSync(folder, { recursive: true });
  const results = figures.map((figure) => ({ ...figure, median: median(figure.values) }));
  writeFileSync(join(folder, "local.json"), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`\n${render(figures)}\n\nbench-results/local.json has the figures.\n`);
}

async function bringUp(): Promise<TestStack> {
  const stack = await TestStack.make("local", { backups: { finalBackup: false } });
  const { code, output } = await stack.up();
  if (code === 0) return stack;
  await stack.dispose();
  throw new Error(output);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
