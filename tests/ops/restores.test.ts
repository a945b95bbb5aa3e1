import { existsSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../local/lifecycle/shared";
import type { TestStack } from "../local/support/stack";
import { Operator } from "./support/operator";

/** Milliseconds: members stop, and are made anew. */
const LONG = 400_000;

// What the day after needs, as an operator types it: proofs and restores.
describe("backups and restores from the command line", () => {
  let stack: TestStack;
  let operator: Operator;
  const confirmed = ["--confirm", "kept"];
  beforeAll(async () => {
    operator = await Operator.withData();
    ({ stack } = operator);
  });
  afterAll(() => stack?.dispose());

  test("a backup is taken, listed, and proven restorable with all WAL since; nothing is left of the proof", async () => {
    const taken = await operator.done("backup", "take", "--incr");
    expect(taken).toMatchObject({ type: "incr", version: "15", damaged: false });
    const listed = (await operator.done("backup", "list")) as {
      recovery: { latest: string };
      repositories: { backups: object[] }[];
    };
    expect(listed.repositories[0]?.backups).toHaveLength(2);
    const proof = await operator.done("backup", "verify");
    expect(proof).toMatchObject({ proven: true, problems: [], backup: taken.label });
    expect(existsSync(join(stack.folder, "proof"))).toBe(false);
    expect(await operator.refused(2, "backup", "verify", "--archive")).toMatch(/archive repository has no backup yet/);
  });

  test("just before the transaction that was a mistake, beside the cluster, which goes on", async () => {
    const before = await operator.rows();
    const connection = new Client(await stack.connection("directWriter"));
    await connection.connect();
    await connection.query("begin");
    await connection.query("delete from kept where id > 10");
    const { rows: ids } = await connection.query<{ id: string }>("select pg_current_xact_id()::text as id");
    await connection.query("commit");
    await connection.end();

    const folder = join(stack.scratch, "before");
    const made = await operator.done("restore", "--to", `xid:${ids[0]?.id}`, "--exclusive", "--beside", folder);
    expect(made).toMatchObject({ folder, host: "127.0.0.1" });
    const copy = { ...(await stack.connection()), host: "127.0.0.1", port: Number(made.port) };
    expect(await operator.rowsOf(copy)).toEqual(before);
    expect(await operator.rows()).toMatchObject([{ n: 10 }]);

    expect(await operator.done("restore", "list")).toMatchObject([{ folder, running: true }]);
    expect(await operator.refused(2, "restore", "--to", "latest", "--beside", folder)).toMatch(/restore drop/);
    await operator.done("restore", "drop", folder);
    expect(existsSync(folder)).toBe(false);
  });

  test("a moment outside the range, and every other mistake of the command line, is refused before anything begins", async () => {
    const folder = join(stack.scratch, "never");
    const range = /a restore reaches from 20\d\d-\d\d-\d\d .*Z to 20/;
    expect(await operator.refused(2, "restore", "--to", "2099-01-01 00:00Z", "--beside", folder)).toMatch(range);
    expect(await operator.refused(2, "restore", "--to", "2001-01-01 00:00Z", "--in-place", ...confirmed)).toMatch(
      range,
    );
    expect(await operator.refused(2, "restore", "--to", "tomorrow")).toMatch(
      /It takes a time with its zone[\s\S]*--beside FOLDER/,
    );
    expect(await operator.refused(5, "restore", "--to", "latest", "--in-place")).toMatch(/Nothing was done/);
    expect(await operator.refused(2, "upgrade", "run", "--to", "14", ...confirmed)).toMatch(/it takes 16 or 17/);
    expect(await operator.refused(2, "upgrade", "rollback", ...confirmed)).toMatch(
      /no upgrade that could be taken back/,
    );
    expect(existsSync(folder)).toBe(false);
  });

  test(
    "back to a restore point in place, cut off half-way: the same command finishes it, and up finds nothing to mend",
    async () => {
      const before = await operator.rows();
      await stack.onMember(await operator.leader(), "select pg_create_restore_point('before-release')");
      await stack.query("writer", "drop table kept");
      const back = ["restore", "--to", "name:before-release", "--in-place"];
      await operator.cutOff([...back, ...confirmed], () => existsSync(join(stack.folder, "restore.json")), 2_000);
      expect(await operator.refused(2, "restore", "--to", "latest", "--in-place")).toMatch(
        /has not come to its end.*name:before-release/,
      );
      expect((await stack.up()).output).toMatch(
        /has not come to its end: npx license-db restore --to name:before-release/,
      );
      const made = await operator.done(...back);
      expect(made.writeStopSeconds).toBeLessThan(120);
      await eventually(() => operator.rows(), before);
      await eventually(() => operator.rows("reader"), before);
      expect((await stack.up()).operations.Cluster).toBeUndefined();
      // What is newest leads here again.
      expect(await operator.done("backup", "verify")).toMatchObject({ proven: true });
    },
    LONG,
  );
});
