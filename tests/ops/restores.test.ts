import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { paths } from "../../components/local/provider/place";
import { markUnfinished } from "../../ops/restore/stopped";
import { ROOT } from "../../ops/setup/session";
import { readJournal, writeJournal } from "../../ops/upgrade/journal";
import { eventually, succeeded } from "../local/lifecycle/shared";
import { TestStack } from "../local/support/stack";

/** Milliseconds: members stop, and are made anew. */
const LONG = 400_000;
const MEMBERS = ["member-1", "member-2"] as const;
const VERSION = "select current_setting('server_version_num')::int / 10000 as v";
const ROWS = "select count(*)::int as n, md5(string_agg(what, ',' order by id)) as sum from kept";

// What the day after needs, on one cluster, as an operator types it: proofs, restores, another major version and back.
describe("backups, restores and upgrades from the command line", () => {
  let stack: TestStack;

  async function done(...args: string[]): Promise<Record<string, unknown>> {
    const ran = await stack.licenseDb(...args, "--json");
    expect(ran.code, `${args.join(" ")}:\n${ran.stderr}`).toBe(0);
    return JSON.parse(ran.stdout) as Record<string, unknown>;
  }
  async function refused(code: number, ...args: string[]): Promise<string> {
    const ran = await stack.licenseDb(...args);
    expect(ran.code, `${args.join(" ")}:\n${ran.stdout}${ran.stderr}`).toBe(code);
    return ran.stderr;
  }
  /** Runs a command until something is so, and a moment longer; then it is killed, with all of its process group. */
  async function cutOff(args: readonly string[], when: () => boolean, moment = 0): Promise<void> {
    const program = join(ROOT, "ops/cli/license-db.mjs");
    const child = spawn(process.execPath, [program, ...args, "--stack", stack.name], {
      env: stack.environment,
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
  const confirmed = ["--confirm", "local"];
  const rows = () => stack.query<{ n: number; sum: string }>("writer", ROWS);

  beforeAll(async () => {
    stack = await TestStack.make("local", { replicas: 1, backups: { finalBackup: false } });
    succeeded(await stack.up());
    await stack.query("writer", "create table kept (id int primary key, what text not null)");
    await stack.query("writer", "insert into kept select n, md5(n::text) from generate_series(1, 1000) n");
  });
  afterAll(() => stack.dispose());

  test("a backup is taken, listed, and proven restorable with all WAL since; nothing is left of the proof", async () => {
    const taken = await done("backup", "take", "--incr");
    expect(taken).toMatchObject({ type: "incr", version: "15", damaged: false });
    const listed = (await done("backup", "list")) as {
      recovery: { latest: string };
      repositories: { backups: object[] }[];
    };
    expect(listed.repositories[0]?.backups).toHaveLength(2);
    const proof = await done("backup", "verify");
    expect(proof).toMatchObject({ proven: true, problems: [], backup: taken.label });
    expect(existsSync(join(stack.folder, "proof"))).toBe(false);
    expect(await refused(2, "backup", "verify", "--archive")).toMatch(/archive repository has no backup yet/);
  });

  test("just before the transaction that was a mistake, beside the cluster, which goes on", async () => {
    const before = await rows();
    const connection = new Client(await stack.connection("directWriter"));
    await connection.connect();
    await connection.query("begin");
    await connection.query("delete from kept where id > 10");
    const { rows: ids } = await connection.query<{ id: string }>("select pg_current_xact_id()::text as id");
    await connection.query("commit");
    await connection.end();

    const folder = join(stack.scratch, "before");
    const made = await done("restore", "--to", `xid:${ids[0]?.id}`, "--exclusive", "--beside", folder);
    expect(made).toMatchObject({ folder, host: "127.0.0.1" });
    const copy = { ...(await stack.connection()), host: "127.0.0.1", port: Number(made.port) };
    const client = new Client(copy);
    await client.connect();
    expect((await client.query(ROWS)).rows).toEqual(before);
    await client.end();
    expect(await rows()).toMatchObject([{ n: 10 }]);

    expect(await done("restore", "list")).toMatchObject([{ folder, running: true }]);
    expect(await refused(2, "restore", "--to", "latest", "--beside", folder)).toMatch(/restore drop/);
    await done("restore", "drop", folder);
    expect(existsSync(folder)).toBe(false);
  });

  test("a moment outside the range, and every other mistake of the command line, is refused before anything begins", async () => {
    const folder = join(stack.scratch, "never");
    const range = /a restore reaches from 20\d\d-\d\d-\d\d .*Z to 20/;
    expect(await refused(2, "restore", "--to", "2099-01-01 00:00Z", "--beside", folder)).toMatch(range);
    expect(await refused(2, "restore", "--to", "2001-01-01 00:00Z", "--in-place", ...confirmed)).toMatch(range);
    expect(await refused(2, "restore", "--to", "tomorrow")).toMatch(
      /It takes a time with its zone[\s\S]*--beside FOLDER/,
    );
    expect(await refused(5, "restore", "--to", "latest", "--in-place")).toMatch(/Nothing was done/);
    expect(await refused(2, "upgrade", "run", "--to", "14", ...confirmed)).toMatch(/it takes 16 or 17/);
    expect(await refused(2, "upgrade", "rollback", ...confirmed)).toMatch(/no upgrade that could be taken back/);
    expect(existsSync(folder)).toBe(false);
  });

  test(
    "back to a restore point in place, cut off half-way: the same command finishes it, and up finds nothing to mend",
    async () => {
      const before = await rows();
      await stack.onMember(await leader(), "select pg_create_restore_point('before-release')");
      await stack.query("writer", "drop table kept");
      const back = ["restore", "--to", "name:before-release", "--in-place"];
      await cutOff([...back, ...confirmed], () => existsSync(join(stack.folder, "restore.json")), 2_000);
      expect(await refused(2, "restore", "--to", "latest", "--in-place")).toMatch(
        /has not come to its end.*name:before-release/,
      );
      expect((await stack.up()).output).toMatch(
        /has not come to its end: npx license-db restore --to name:before-release/,
      );
      const made = await done(...back);
      expect(made.writeStopSeconds).toBeLessThan(120);
      await eventually(rows, before);
      await eventually(() => stack.query("reader", ROWS), before);
      expect((await stack.up()).operations.Cluster).toBeUndefined();
      // What is newest leads here again.
      expect(await done("backup", "verify")).toMatchObject({ proven: true });
    },
    LONG,
  );

  test(
    "to PostgreSQL 17 with data and replica, killed again and again, and up does nothing more than learn of it",
    async () => {
      const before = await rows();
      const rehearsed = (await stack.licenseDb("upgrade", "rehearse", "--to", "17", "--json")) as {
        code: number;
        stdout: string;
      };
      expect(JSON.parse(rehearsed.stdout)).toMatchObject({
        from: "15",
        to: "17",
        seconds: { upgrade: expect.any(Number) },
      });
      expect(existsSync(`${stack.folder}.rehearsal`)).toBe(false);

      const run = ["upgrade", "run", "--to", "17"];
      const [first, second] = (await leader()) === "member-1" ? MEMBERS : MEMBERS.toReversed();
      const place = await stack.place();
      // As one that was killed before it had stopped a member leaves it, and then another took over.
      const shape = { encoding: "", collate: "", ctype: "", checksums: true, walSegment: 0, preload: "" };
      const journal = { from: "15", to: "17", member: second, keeper: first, oldSystemIdentifier: "" } as const;
      await markUnfinished(place, `${run.join(" ")} --stack ${stack.name}`);
      await writeJournal(place, { ...journal, shape, stoppedAt: new Date(0).toISOString(), phase: "stopped" });
      // In a power cut while pg_upgrade has the old server running.
      await cutOff(run, () => upgradeServer(paths(stack.folder).member(first).data) !== undefined);
      process.kill(upgradeServer(paths(stack.folder).member(first).data) ?? 0, "SIGKILL");
      expect(await readJournal(place)).toMatchObject({ member: first, keeper: second, phase: "stopped" });
      // While the new data is being linked to the old, or soon afterwards.
      const linked = join(paths(stack.folder).member(first).data, "global/pg_control.old");
      await cutOff(run, () => existsSync(linked) || /"upgraded"/.test(textOf(journalFile())));
      // As a server leaves it that a power cut ends as it begins.
      const stale = join(paths(stack.folder).member(first).data, "postmaster.pid");
      if (existsSync(linked)) writeFileSync(stale, `${2 ** 22 + 1}\n`);
      const upgraded = await done(...run);
      expect(upgraded.writeStopSeconds).toBeLessThan(300);
      expect(upgraded).toMatchObject({ from: "15", to: "17", backup: expect.stringMatching(/F$/) });
      await eventually(rows, before);
      await eventually(() => stack.query("reader", ROWS), before);
      for (const member of ["member-1", "member-2"]) {
        expect(await stack.onMember(member, VERSION)).toEqual([{ v: 17 }]);
      }
      const refusedUp = await stack.up();
      expect(refusedUp.code).not.toBe(0);
      expect(refusedUp.output).toMatch(/data is of PostgreSQL 17, asked is 15: set license-db:engine\.version/);

      const started = "select pg_postmaster_start_time()::text as at";
      const running = await stack.onMember("member-1", started);
      stack.configure({ engine: { version: "17", upgradeTo: "17" } });
      succeeded(await stack.up());
      expect(await stack.onMember("member-1", started)).toEqual(running);
      expect((await stack.up()).operations).toEqual({});
      expect(await done("backup", "list")).toMatchObject({ problems: [] });
    },
    LONG,
  );

  test(
    "and back to 15, to the data of before, killed while it recovers that",
    async () => {
      const before = await rows();
      await stack.query("writer", "insert into kept values (-1, 'since')");
      const back = ["upgrade", "rollback"];
      const sockets = join(paths(stack.folder).run, "restore");
      await cutOff([...back, ...confirmed], () => existsSync(sockets) && readdirSync(sockets).length > 0);
      await done(...back);
      await eventually(rows, before);
      await eventually(() => stack.query("reader", ROWS), before);
      expect(await stack.onMember("member-1", "show server_version_num")).toMatchObject([
        { server_version_num: expect.stringMatching(/^15/) },
      ]);
      expect(existsSync(join(paths(stack.folder).member("member-2").home, "data-15"))).toBe(false);
      stack.configure({ engine: undefined, replicas: 0, synchronousReplication: false });
      succeeded(await stack.up());
    },
    LONG,
  );

  test(
    "a member alone to PostgreSQL 16: killed half-way and taken back, then run to its end and finished",
    async () => {
      const before = await rows();
      const { data, home } = paths(stack.folder).member("member-1");
      const version = () => stack.onMember<{ v: number }>("member-1", VERSION);
      const run = ["upgrade", "run", "--to", "16", ...confirmed];
      // The new server goes on without it.
      await cutOff(run, () => existsSync(journalFile()) && upgradeServer(join(home, "upgrade-16")) !== undefined);
      await done("upgrade", "rollback", ...confirmed);
      expect(await version()).toEqual([{ v: 15 }]);
      await eventually(rows, before);
      expect(readdirSync(home).filter((name) => /^(data-|upgrade-)/.test(name))).toEqual([]);

      expect(await done(...run)).toMatchObject({ from: "15", to: "16", backup: expect.stringMatching(/F$/) });
      expect(await version()).toEqual([{ v: 16 }]);
      await eventually(rows, before);
      expect(existsSync(`${data}-15`)).toBe(true);
      await done("upgrade", "finish", ...confirmed);
      expect(existsSync(`${data}-15`)).toBe(false);
    },
    LONG,
  );

  /** Empty where there is none: it may go at any moment. */
  function textOf(file: string): string {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return "";
    }
  }
  const journalFile = () => join(stack.folder, "upgrade.json");
  /** The server that pg_upgrade has running on these files: Patroni's has its socket elsewhere. */
  function upgradeServer(data: string): number | undefined {
    const [pid, , , , socket, , , status] = textOf(join(data, "postmaster.pid")).split("\n");
    return socket === join(stack.folder, "upgrade") && status?.trim() === "ready" ? Number(pid) : undefined;
  }

  async function leader(): Promise<string> {
    const [one] = await stack.onMember<{ replica: boolean }>("member-1", "select pg_is_in_recovery() as replica");
    return one?.replica ? "member-2" : "member-1";
  }
});
