import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { paths } from "../../components/local/provider/place";
import { readJournal } from "../../ops/upgrade/journal";
import { eventually, succeeded } from "../local/lifecycle/shared";
import type { TestStack } from "../local/support/stack";
import { Operator, upgradeServer } from "./support/operator";

/** Milliseconds: members stop, and are made anew. */
const LONG = 400_000;
const VERSION = "select current_setting('server_version_num')::int / 10000 as v";

// Another major version and back, as an operator types it; killed at every other moment in upgradeKilled.long.test.ts.
describe("a major upgrade from the command line", () => {
  let stack: TestStack;
  let operator: Operator;
  beforeAll(async () => {
    operator = await Operator.withData();
    ({ stack } = operator);
  });
  afterAll(() => stack?.dispose());

  const confirmed = ["--confirm", "kept"];
  const versions = async () =>
    Promise.all(
      ["member-1", "member-2"].map(async (member) => (await stack.onMember<{ v: number }>(member, VERSION))[0]?.v),
    );

  test("is rehearsed on a copy, of which nothing is left", async () => {
    const rehearsed = await operator.done("upgrade", "rehearse", "--to", "17");
    expect(rehearsed).toMatchObject({ from: "15", to: "17", seconds: { upgrade: expect.any(Number) } });
    expect(existsSync(`${stack.folder}.rehearsal`)).toBe(false);
    expect(await versions()).toEqual([15, 15]);
  });

  test(
    "to PostgreSQL 17 with data and replica, through a power cut in the middle, and up does nothing more than learn of it",
    async () => {
      const before = await operator.rows();
      const run = ["upgrade", "run", "--to", "17"];
      const first = await operator.leader();
      const running = () => upgradeServer(stack, paths(stack.folder).member(first).data);
      await operator.cutOff([...run, ...confirmed], () => running() !== undefined);
      process.kill(running() ?? 0, "SIGKILL");
      expect(await readJournal(await stack.place())).toMatchObject({ member: first, phase: "stopped" });

      const upgraded = await operator.done(...run);
      expect(upgraded).toMatchObject({ from: "15", to: "17", backup: expect.stringMatching(/F$/) });
      expect(await versions()).toEqual([17, 17]);
      await eventually(() => operator.rows(), before);
      await eventually(() => operator.rows("reader"), before);
      const refused = await stack.up();
      expect(refused.code).not.toBe(0);
      expect(refused.output).toMatch(/data is of PostgreSQL 17, asked is 15: set license-db:engine\.version/);

      const started = "select pg_postmaster_start_time()::text as at";
      const server = await stack.onMember("member-1", started);
      stack.configure({ engine: { version: "17", upgradeTo: "17" } });
      succeeded(await stack.up());
      expect(await stack.onMember("member-1", started)).toEqual(server);
      expect(await operator.done("backup", "list")).toMatchObject({ problems: [] });
    },
    LONG,
  );

  test(
    "and back to 15, to the data of before",
    async () => {
      const before = await operator.rows();
      await stack.query("writer", "insert into kept values (-1, 'since')");
      await operator.done("upgrade", "rollback", ...confirmed);
      expect(await versions()).toEqual([15, 15]);
      await eventually(() => operator.rows(), before);
      await eventually(() => operator.rows("reader"), before);
      expect(existsSync(join(paths(stack.folder).member("member-2").home, "data-15"))).toBe(false);
      stack.configure({ engine: undefined });
      succeeded(await stack.up());
    },
    LONG,
  );
});
