import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterView } from "../../components/local/provider/host/patroni";
import { programPid, supervisorPid } from "../../components/local/provider/host/supervisor";
import { waitFor } from "../../components/local/provider/host/wait";
import { memberPorts, type Place, paths } from "../../components/local/provider/place";
import { ensureLocalTools } from "../../components/local/tools";
import { ROOT } from "../../ops/setup/session";
import { postmasterOf } from "../local/support/processes";
import { query, TestStack } from "../local/support/stack";
import { clientLibrary } from "./client";
import { type CpuTimes, inWords } from "./cpu";
import { type Figure, median, render } from "./figures";
import { migrations } from "./migrate";
import { overhead, silence } from "./monitoring";
import { initialize, MEMBERS, primaryOf, type Script, throughput } from "./pgbench";
import { Writers } from "./writers";

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

/** @param monitoring as `license-db:local.monitoring` has it; {}: as a user gets it who says nothing. */
async function zeroToReady(monitoring: object): Promise<number> {
  const stack = await TestStack.make("local", { backups: { finalBackup: false }, local: { monitoring } });
  try {
    return await seconds(() => stack.up());
  } finally {
    await stack.dispose();
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

/** What is killed (-9) of the primary, and whether it is brought back. */
const FAULTS = {
  failover: { name: "failover", what: "PostgreSQL and Patroni", patroni: true, back: true, goal: "3" },
  server: { name: "failover, PostgreSQL alone", what: "PostgreSQL", patroni: false, back: true, goal: "3" },
  gone: { name: "failover, gone for good", what: "PostgreSQL and Patroni", patroni: true, back: false, goal: "6" },
} as const;
type Fault = (typeof FAULTS)[keyof typeof FAULTS];

/** Under writes. @returns seconds without writes, acknowledged writes lost. */
async function failover(stack: TestStack, fault: Fault): Promise<{ gap: number; lost: number }> {
  const place = await stack.place();
  await settled(place);
  const writers = new Writers(await stack.connection(), 4, String(performance.now()));
  await sleep(2_000);
  const member = await primaryOf(place);
  const patroni = await programPid(place, member);
  // A supervisor that stands still brings nothing back.
  const supervisor = await supervisorPid(place);
  if (patroni === undefined || supervisor === undefined) throw new Error(`${member} or its supervisor does not run`);
  if (!fault.back) process.kill(supervisor, "SIGSTOP");
  const since = performance.now();
  for (const pid of [...(fault.patroni ? [patroni] : []), postmasterOf(paths(place.folder).member(member).data)])
    process.kill(pid, "SIGKILL");
  const gap = await waitFor(async () => writers.gapAfter(since), {
    timeout: 90_000,
    what: "a write after the failover",
  });
  await writers.stop();
  if (!fault.back) process.kill(supervisor, "SIGCONT");
  await settled(place);
  const kept = await query<{ id: string }>(await stack.connection(), "select id from written");
  const ids = new Set(kept.map(({ id }) => id));
  return { gap: gap / 1000, lost: [...writers.acknowledged.keys()].filter((id) => !ids.has(id)).length };
}

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

/** What can be measured, by the word on the command line. */
const benches: Readonly<Record<string, (stack: () => Promise<TestStack>) => Promise<Figure[]>>> = {
  async zero() {
    const figures: Figure[] = [];
    for (const [name, monitoring] of [
      ["zero to ready", {}],
      ["zero to ready, unwatched", { enabled: false }],
    ] as const) {
      say(`${name}: pulumi up of a new stack, everything installed`);
      const values = await several(Math.ceil(RUNS / 3), () => zeroToReady(monitoring));
      figures.push({ name, unit: "s", values, goal: "10" });
    }
    return figures;
  },
  async unchanged(stack) {
    const running = await stack();
    say("up with nothing changed");
    const values = await several(Math.ceil(RUNS / 2), () => seconds(() => running.up()));
    return [{ name: "no-change up", unit: "s", values, goal: "-" }];
  },
  async migrate() {
    say("migrate: 1 GB from a plain PostgreSQL, beside pg_dump and pg_restore");
    return migrations(Math.ceil(RUNS / 3), say);
  },
  monitoring: () => overhead(RUNS, say),
  silence: () => silence(say),
  client: async (stack) => clientLibrary(await stack(), RUNS, say),
  failover: (stack) => failovers(stack, FAULTS.failover, RUNS),
  server: (stack) => failovers(stack, FAULTS.server, Math.ceil(RUNS / 2)),
  gone: (stack) => failovers(stack, FAULTS.gone, Math.ceil(RUNS / 3)),
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

async function failovers(stack: () => Promise<TestStack>, fault: Fault, count: number): Promise<Figure[]> {
  const running = await stack();
  await query(await running.connection(), "create table if not exists written (id text primary key)");
  say(`${fault.name}: kill -9 of the primary's ${fault.what}`);
  const lost: number[] = [];
  const gaps = await several(count, async () => {
    const measured = await failover(running, fault);
    lost.push(measured.lost);
    return measured.gap;
  });
  return [
    { name: `${fault.name}: without writes`, unit: "s", values: gaps, goal: fault.goal },
    { name: `${fault.name}: acknowledged writes lost`, unit: "rows", values: lost, goal: "0" },
  ];
}

/** Takes half an hour: only where it is asked for. */
const LONG = ["silence"];

async function main(asked: readonly string[]): Promise<void> {
  const chosen = asked.length > 0 ? asked : Object.keys(benches).filter((name) => !LONG.includes(name));
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
