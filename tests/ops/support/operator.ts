import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientConfig } from "pg";
import { expect } from "vitest";
import { ROOT } from "../../../ops/setup/session";
import { succeeded } from "../../local/lifecycle/shared";
import { AS_LOCAL, query, TestStack } from "../../local/support/stack";

/** All that is in the table that a cluster of {@link Operator.withData} has, in one row. */
const ROWS = "select count(*)::int as n, md5(string_agg(what, ',' order by id)) as sum from kept";

/** Who types `npx license-db` at a stack. */
export class Operator {
  private constructor(readonly stack: TestStack) {}

  /** A cluster of two with a thousand rows in the table `kept`, and its operator. */
  static async withData(): Promise<Operator> {
    const stack = await TestStack.make("kept", { ...AS_LOCAL, replicas: 1, backups: { finalBackup: false } });
    succeeded(await stack.up());
    await stack.query("writer", "create table kept (id int primary key, what text not null)");
    await stack.query("writer", "insert into kept select n, md5(n::text) from generate_series(1, 1000) n");
    return new Operator(stack);
  }

  rows = (way: "writer" | "reader" = "writer") => this.stack.query<{ n: number; sum: string }>(way, ROWS);

  /** What a command that succeeds says in JSON. */
  async done(...args: string[]): Promise<Record<string, unknown>> {
    const ran = await this.stack.licenseDb(...args, "--json");
    expect(ran.code, `${args.join(" ")}:\n${ran.stderr}`).toBe(0);
    return JSON.parse(ran.stdout) as Record<string, unknown>;
  }

  /** What a command says that ends with this code. */
  async refused(code: number, ...args: string[]): Promise<string> {
    const ran = await this.stack.licenseDb(...args);
    expect(ran.code, `${args.join(" ")}:\n${ran.stdout}${ran.stderr}`).toBe(code);
    return ran.stderr;
  }

  /** Runs a command until something is so, and a moment longer; then it is killed, with all of its process group. */
  async cutOff(args: readonly string[], when: () => boolean, moment = 0): Promise<void> {
    const program = join(ROOT, "ops/cli/license-db.mjs");
    const child = spawn(process.execPath, [program, ...args, "--stack", this.stack.name], {
      env: this.stack.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    const ended = new Promise((resolve) => child.once("close", resolve));
    for (const end = Date.now() + 120_000; !when(); await sleep(5)) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`${args.join(" ")} was not cut off:\n${said}`);
    }
    await sleep(moment);
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await ended;
  }

  /** The rows of a server beside the cluster. */
  rowsOf = (copy: ClientConfig) => query(copy, ROWS);

  /** The member that takes writes, of two. */
  async leader(): Promise<"member-1" | "member-2"> {
    const [one] = await this.stack.onMember<{ replica: boolean }>("member-1", "select pg_is_in_recovery() as replica");
    return one?.replica ? "member-2" : "member-1";
  }
}

/** Empty where there is none: it may go at any moment. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The server that pg_upgrade has running on a cluster's files: Patroni's has its socket elsewhere. */
export function upgradeServer({ folder }: TestStack, data: string): number | undefined {
  const [pid, , , , socket, , , status] = textOf(join(data, "postmaster.pid")).split("\n");
  return socket === join(folder, "upgrade") && status?.trim() === "ready" ? Number(pid) : undefined;
}
