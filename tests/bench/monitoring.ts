import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { programPid, programStates, startProgram, stopProgram } from "../../components/local/provider/host/supervisor";
import { waitFor } from "../../components/local/provider/host/wait";
import { activeAlerts, figures } from "../../components/local/provider/host/watching";
import type { Place } from "../../components/local/provider/place";
import { TestStack } from "../local/support/stack";
import { cpuOf } from "./cpu";
import { type Figure, median } from "./figures";
import { initialize, pgbench, throughput } from "./pgbench";

type Say = (text: string) => void;

const PROGRAMS = ["watcher", "node-exporter", "postgres-exporter", "alertmanager", "prometheus"];
const CLIENTS = 16;
/** Seconds of one run of pgbench: several rounds of looks. */
const RUN = 30;

/** A cluster as a user gets it who says nothing of its monitoring. */
async function watched<T>(work: (stack: TestStack, place: Place) => Promise<T>): Promise<T> {
  const stack = await TestStack.make("local", { backups: { finalBackup: false }, local: { monitoring: {} } });
  try {
    const { code, output } = await stack.up();
    if (code !== 0) throw new Error(output);
    const place = await stack.place();
    await waitFor(async () => (await figures(place, "min(up)"))[0]?.value === 1, {
      timeout: 120_000,
      interval: 1_000,
      what: "figures of everything that is watched",
    });
    await initialize(stack);
    return await work(stack, place);
  } finally {
    await stack.dispose();
  }
}

/** What watching costs: of pgbench's throughput, with and without in turns; of the machine's processors; in memory. */
export function overhead(runs: number, say: Say): Promise<Figure[]> {
  return watched(async (stack, place) => {
    const measured: Figure[] = [];
    const used: number[] = [];
    for (const script of ["tpcb-like", "select-only"] as const) {
      say(`pgbench ${script}, ${CLIENTS} clients, watched / unwatched`);
      const values: number[] = [];
      const measure = async (on: boolean) => {
        for (const name of PROGRAMS) await (on ? startProgram(place, name) : stopProgram(place, name));
        await sleep(5_000);
        const before = await cpu(place);
        const { rate } = await throughput(stack, place.ports.writer, script, CLIENTS, RUN);
        if (on) used.push((100 * ((await cpu(place)) - before)) / (RUN * 1e6 * availableParallelism()));
        return rate;
      };
      for (let run = 0; run < Math.ceil(runs / 2); run++) {
        const first = run % 2 === 0;
        const [early, late] = [await measure(first), await measure(!first)];
        values.push(first ? early / late : late / early);
        say(`  ${values.at(-1)?.toFixed(3)}`);
      }
      measured.push({ name: `pgbench ${script}: watched / unwatched`, unit: "ratio", values, goal: ">= 0.98" });
    }
    for (const name of PROGRAMS) await startProgram(place, name);
    await sleep(5_000);
    const memory = await Promise.all(PROGRAMS.map(async (name) => [name, await memoryOf(place, name)] as const));
    const total = memory.reduce((sum, [, size]) => sum + size, 0);
    const note = memory.map(([name, size]) => `${name} ${Math.round(size)}`).join(", ");
    return [
      ...measured,
      { name: "monitoring: processors used under load, of all there are", unit: "%", values: used, goal: "2" },
      { name: "monitoring: memory", unit: "MB", values: [total], goal: "-", note },
    ];
  });
}

/** Microseconds that the monitoring's programs have used so far. */
async function cpu(place: Place): Promise<number> {
  const pids = await Promise.all(PROGRAMS.map((name) => programPid(place, name)));
  return pids.reduce<number>((sum, pid) => sum + (pid === undefined ? 0 : cpuOf(pid)), 0);
}

async function memoryOf(place: Place, program: string): Promise<number> {
  const pid = await programPid(place, program);
  const status = pid === undefined ? "" : readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Minutes of work at half of what the machine can do; nobody may be told of anything. */
const MINUTES = Number(process.env.BENCH_MINUTES ?? 30);
const HALF = 0.5;

/** Whether alerts stay silent while the database does half of what it can. */
export function silence(say: Say): Promise<Figure[]> {
  return watched(async (stack, place) => {
    const port = place.ports.writer;
    const rates: number[] = [];
    for (let run = 0; run < 3; run++) rates.push((await throughput(stack, port, "tpcb-like", CLIENTS, RUN)).rate);
    const rate = Math.floor(HALF * median(rates));
    say(`pgbench at ${rate} transactions per second, half of what was measured, for ${MINUTES} minutes`);
    // What the measuring itself set off is over.
    await waitFor(async () => (await activeAlerts(place)).length === 0, {
      timeout: 900_000,
      interval: 5_000,
      what: "silence",
    });
    const told = new Map<string, string>();
    let over = false;
    const listening = (async () => {
      while (!over) {
        for (const { labels, annotations } of await activeAlerts(place)) {
          told.set(JSON.stringify(labels), `${labels.alertname}: ${annotations.summary}`);
        }
        await sleep(2_000);
      }
    })();
    const args = [
      "-b",
      "tpcb-like",
      "-n",
      "-c",
      String(CLIENTS),
      "-j",
      "2",
      "-R",
      String(rate),
      "-T",
      String(60 * MINUTES),
    ];
    const { said } = await pgbench(stack, port, args);
    over = true;
    await listening;
    const gone = await down(place);
    if (gone.length > 0) throw new Error(`${gone.join(", ")} did not run to the end: silence proves nothing`);
    const done = /^tps = ([\d.]+)/m.exec(said)?.[1];
    const note = [`${rate} transactions per second asked for, ${done} done`, ...told.values()].join("; ");
    return [
      {
        name: `alerts in ${MINUTES} minutes at half the capacity`,
        unit: "alerts",
        values: [told.size],
        goal: "0",
        note,
      },
    ];
  });
}

async function down(place: Place): Promise<string[]> {
  const states = await programStates(place);
  return PROGRAMS.filter((name) => states?.get(name) !== "RUNNING");
}
