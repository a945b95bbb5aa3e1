import { join } from "node:path";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { run } from "../../../components/local/provider/host/run";
import { memberNames, paths } from "../../../components/local/provider/place";
import type { TestStack } from "../support/stack";
import { Restored } from "./restored";
import { eventually, leader, type Shared, startTimes, streaming } from "./shared";

/** Restores beside the live cluster, which goes on. */
export function recovery(shared: Shared): void {
  describe("a restore beside the live cluster", () => {
    it("is exact to the transaction, by its number and by time", async () => {
      const stack = shared();
      const before = await startTimes(stack);
      await stack.query("writer", "create table points (step int)");
      const first = await commit(stack, 1);
      const second = await commit(stack, 2);
      await commit(stack, 3);
      await archiveEverything(stack);

      expect(await restoredSteps(stack, "xid", second.xid)).toEqual([1, 2]);
      // Each time lies between two commits: before the second, and before the third.
      expect(await restoredSteps(stack, "time", first.after)).toEqual([1]);
      expect(await restoredSteps(stack, "time", second.after)).toEqual([1, 2]);

      expect(await stack.query("writer", "select step from points order by step")).toEqual([
        { step: 1 },
        { step: 2 },
        { step: 3 },
      ]);
      expect(await startTimes(stack)).toEqual(before);
      expect(await streaming(stack, memberNames(3))).toEqual({ replicas: 2, synchronous: 1 });
    });
  });
}

interface Commit {
  readonly xid: string;
  /** A moment after this commit and before the next: "2026-01-01 12:00:00.123456+00". */
  readonly after: string;
}

/** One transaction, and the server's clock right after its commit. */
async function commit(stack: TestStack, step: number): Promise<Commit> {
  const client = new Client(await stack.connection("writer"));
  await client.connect();
  try {
    await client.query("begin");
    await client.query("insert into points values ($1)", [step]);
    const { rows } = await client.query<{ xid: string }>("select pg_current_xact_id()::text as xid");
    await client.query("commit");
    const clock = await client.query<{ after: string }>(
      "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US\"+00\"') as after",
    );
    return { xid: rows[0]?.xid ?? "", after: clock.rows[0]?.after ?? "" };
  } finally {
    await client.end();
  }
}

async function archiveEverything(stack: TestStack): Promise<void> {
  const primary = await leader(stack);
  const [switched] = await stack.onMember<{ wal: string }>(primary, "select pg_walfile_name(pg_switch_wal()) as wal");
  const archived = async () =>
    (
      await stack.onMember<{ done: boolean }>(
        primary,
        `select last_archived_wal >= '${switched?.wal}' as done from pg_stat_archiver`,
      )
    )[0]?.done;
  await eventually(archived, true, 60_000);
}

/** The rows of `points` after a restore to one target by the cluster's own command. */
async function restoredSteps(stack: TestStack, type: "xid" | "time", target: string): Promise<number[]> {
  const pgbackrest = join(paths(stack.folder).bin, "pgbackrest");
  const restored = await Restored.start(join(stack.scratch, "pitr"), (data) =>
    run(pgbackrest, [
      `--pg1-path=${data}`,

      `--type=${type}`,
      `--target=${target}`,
      "--target-action=promote",
      "restore",
    ]),
  );
  try {
    const { database } = await stack.outputs();
    return (await restored.rows<{ step: number }>(database, "select step from points order by step")).map(
      ({ step }) => step,
    );
  } finally {
    await restored.stop();
  }
}
