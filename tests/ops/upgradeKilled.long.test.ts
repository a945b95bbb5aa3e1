import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { paths } from "../../components/local/provider/place";
import { markUnfinished } from "../../ops/restore/stopped";
import { readJournal, writeJournal } from "../../ops/upgrade/journal";
import { eventually, succeeded } from "../local/lifecycle/shared";
import type { TestStack } from "../local/support/stack";
import { Operator, textOf, upgradeServer } from "./support/operator";

const MEMBERS = ["member-1", "member-2"] as const;
const VERSION = "select current_setting('server_version_num')::int / 10000 as v";

// Killed at every moment that leaves something else behind; once, and to its end, in upgrade.test.ts.
describe("a major upgrade that is killed again and again", () => {
  let stack: TestStack;
  let operator: Operator;
  const confirmed = ["--confirm", "kept"];
  const journalFile = () => join(stack.folder, "upgrade.json");
  beforeAll(async () => {
    operator = await Operator.withData();
    ({ stack } = operator);
  });
  afterAll(() => stack?.dispose());

  test("to PostgreSQL 17 with data and replica, killed again and again, and up does nothing more than learn of it", async () => {
    const before = await operator.rows();
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
    const [first, second] = (await operator.leader()) === "member-1" ? MEMBERS : MEMBERS.toReversed();
    const place = await stack.place();
    // As one that was killed before it had stopped a member leaves it, and then another took over.
    const shape = { encoding: "", collate: "", ctype: "", checksums: true, walSegment: 0, preload: "" };
    const journal = { from: "15", to: "17", member: second, keeper: first, oldSystemIdentifier: "" } as const;
    await markUnfinished(place, `${run.join(" ")} --stack ${stack.name}`);
    await writeJournal(place, { ...journal, shape, stoppedAt: new Date(0).toISOString(), phase: "stopped" });
    // In a power cut while pg_upgrade has the old server running.
    await operator.cutOff(run, () => upgradeServer(stack, paths(stack.folder).member(first).data) !== undefined);
    process.kill(upgradeServer(stack, paths(stack.folder).member(first).data) ?? 0, "SIGKILL");
    expect(await readJournal(place)).toMatchObject({ member: first, keeper: second, phase: "stopped" });
    // While the new data is being linked to the old, or soon afterwards.
    const linked = join(paths(stack.folder).member(first).data, "global/pg_control.old");
    await operator.cutOff(run, () => existsSync(linked) || /"upgraded"/.test(textOf(journalFile())));
    // As a server leaves it that a power cut ends as it begins.
    const stale = join(paths(stack.folder).member(first).data, "postmaster.pid");
    if (existsSync(linked)) writeFileSync(stale, `${2 ** 22 + 1}\n`);
    const upgraded = await operator.done(...run);
    expect(upgraded.writeStopSeconds).toBeLessThan(300);
    expect(upgraded).toMatchObject({ from: "15", to: "17", backup: expect.stringMatching(/F$/) });
    await eventually(() => operator.rows(), before);
    await eventually(() => operator.rows("reader"), before);
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
    expect(await operator.done("backup", "list")).toMatchObject({ problems: [] });
  });

  test("and back to 15, to the data of before, killed while it recovers that", async () => {
    const before = await operator.rows();
    await stack.query("writer", "insert into kept values (-1, 'since')");
    const back = ["upgrade", "rollback"];
    const sockets = join(paths(stack.folder).run, "restore");
    await operator.cutOff([...back, ...confirmed], () => existsSync(sockets) && readdirSync(sockets).length > 0);
    await operator.done(...back);
    await eventually(() => operator.rows(), before);
    await eventually(() => operator.rows("reader"), before);
    expect(await stack.onMember("member-1", "show server_version_num")).toMatchObject([
      { server_version_num: expect.stringMatching(/^15/) },
    ]);
    expect(existsSync(join(paths(stack.folder).member("member-2").home, "data-15"))).toBe(false);
    stack.configure({ engine: undefined, replicas: 0, synchronousReplication: false });
    succeeded(await stack.up());
  });

  test("a member alone to PostgreSQL 16: killed half-way and taken back, then run to its end and finished", async () => {
    const before = await operator.rows();
    const { data, home } = paths(stack.folder).member("member-1");
    const version = () => stack.onMember<{ v: number }>("member-1", VERSION);
    const run = ["upgrade", "run", "--to", "16", ...confirmed];
    // The new server goes on without it.
    await operator.cutOff(
      run,
      () => existsSync(journalFile()) && upgradeServer(stack, join(home, "upgrade-16")) !== undefined,
    );
    await operator.done("upgrade", "rollback", ...confirmed);
    expect(await version()).toEqual([{ v: 15 }]);
    await eventually(() => operator.rows(), before);
    expect(readdirSync(home).filter((name) => /^(data-|upgrade-)/.test(name))).toEqual([]);

    expect(await operator.done(...run)).toMatchObject({ from: "15", to: "16", backup: expect.stringMatching(/F$/) });
    expect(await version()).toEqual([{ v: 16 }]);
    await eventually(() => operator.rows(), before);
    expect(existsSync(`${data}-15`)).toBe(true);
    await operator.done("upgrade", "finish", ...confirmed);
    expect(existsSync(`${data}-15`)).toBe(false);
  });
});
