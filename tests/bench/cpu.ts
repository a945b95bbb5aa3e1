import { readFileSync } from "node:fs";
import { clusterProcesses } from "../../components/local/provider/host/supervisor";
import type { Place } from "../../components/local/provider/place";
import { median } from "./figures";

/** Program -> CPU time, in microseconds. */
export type CpuTimes = Readonly<Record<string, number>>;

/** Linux counts in ticks of 10 ms for every program (USER_HZ). */
const TICK = 10_000;

/** What a process and its ended children have used; 0 when it is gone. */
export function cpuOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) * TICK;
  } catch {
    return 0;
  }
}

/** What the cluster's programs have used so far. Backends that ended count for their postmaster. */
export async function clusterCpu(place: Place): Promise<CpuTimes> {
  // Backends write their titles over the mark that their cluster's processes are found by.
  const programs = new Map<number, string>();
  for (const { pid, program } of await clusterProcesses(place)) {
    for (const one of [pid, ...childrenOf(pid)]) programs.set(one, program);
  }
  const times: Record<string, number> = {};
  for (const [pid, program] of programs) times[program] = (times[program] ?? 0) + cpuOf(pid);
  return times;
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** The medians of several breakdowns, as words: "haproxy 24, pgbouncer 24"; what takes under a microsecond is left out. */
export function inWords(breakdowns: readonly CpuTimes[]): string {
  const programs = [...new Set(breakdowns.flatMap((times) => Object.keys(times)))].sort();
  return programs
    .map((program) => [program, Math.round(median(breakdowns.map((times) => times[program] ?? 0)))] as const)
    .filter(([, used]) => used > 0)
    .map(([program, used]) => `${program} ${used}`)
    .join(", ");
}
