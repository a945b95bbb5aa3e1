import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { clusterView, leaderOf } from "../../components/local/provider/host/patroni";
import { memberNames, memberPorts, type Place, paths } from "../../components/local/provider/place";
import { ensureLocalTools } from "../../components/local/tools";
import type { TestStack } from "../local/support/stack";
import { type CpuTimes, clusterCpu, cpuOf } from "./cpu";

const execute = promisify(execFile);
export const MEMBERS = memberNames(3);

export async function primaryOf(place: Place): Promise<string> {
  for (;;) {
    const leader = leaderOf(await clusterView(place, MEMBERS));
    if (leader) return leader;
    await sleep(50);
  }
}

/** One run of pgbench: transactions per second, and what each of the programs spent on one of them. */
export interface Throughput {
  readonly rate: number;
  readonly cpu: CpuTimes;
}

/** @param seconds how long it runs. */
export async function throughput(
  stack: TestStack,
  port: number,
  script: Script,
  clients: number,
  seconds = 5,
): Promise<Throughput> {
  const place = await stack.place();
  const before = await clusterCpu(place);
  const { said, cpu } = await pgbench(stack, port, [
    "-b",
    script,
    "-n",
    "-c",
    String(clients),
    "-j",
    "2",
    "-T",
    String(seconds),
  ]);
  const after = { ...(await clusterCpu(place)), pgbench: cpu };
  const rate = Number(/^tps = ([\d.]+)/m.exec(said)?.[1]);
  const count = Number(/actually processed: (\d+)/.exec(said)?.[1]);
  const spent = Object.entries(after).map(([program, used]) => [program, (used - (before[program] ?? 0)) / count]);
  return { rate, cpu: Object.fromEntries(spent) };
}

export type Script = "tpcb-like" | "select-only";

/** pgbench's tables, made on the primary itself. */
export async function initialize(stack: TestStack): Promise<void> {
  const place = await stack.place();
  const port = memberPorts(place.ports, await primaryOf(place)).postgres;
  await pgbench(stack, port, ["-i", "-q", "-s", "10"]);
}

export async function pgbench(
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
