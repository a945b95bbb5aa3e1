import { closeSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mountMemory, unmount, whyNoMounts } from "./support/mounts";
import { killCluster } from "./support/processes";
import { query, TestStack } from "./support/stack";

const why = whyNoMounts();
if (why) console.warn(`A disk that fills up is not tested: ${why}`);

describe.skipIf(why)("a disk that fills up under a running cluster", () => {
  let stack: TestStack;
  let ballast: string;

  beforeAll(async () => {
    stack = await TestStack.make("local", {
      replicas: 0,
      synchronousReplication: false,
      backups: { finalBackup: false },
    });
    mountMemory(stack.folder, "1900m"); // little more than what one member asks for
    ballast = join(stack.folder, "ballast");
    const made = await stack.up();
    expect(made.code, made.diagnostics.join("\n")).toBe(0);
    await stack.query("writer", "create table kept (id bigserial primary key, what text not null)");
  });
  afterAll(async () => {
    const place = await stack.place().catch(() => undefined);
    if (place) await killCluster(place);
    unmount(stack.folder);
    await stack.dispose();
  });

  let acknowledged = 0;
  const BATCH = 2_000;

  test("refuses writes with the reason, once it is full", async () => {
    const connection = await stack.connection();
    const write = () =>
      query(connection, "insert into kept (what) select repeat(md5(n::text), 30) from generate_series(1, $1) n", [
        BATCH,
      ]);
    await write();
    acknowledged += BATCH;
    fill(ballast);
    let refused: Error | undefined;
    while (!refused && acknowledged < 500 * BATCH) {
      try {
        await write();
        acknowledged += BATCH;
      } catch (error) {
        refused = error as Error;
      }
    }
    expect(refused?.message).toMatch(/could not extend file .* No space left on device/);
  });

  test("stops PostgreSQL when not even the log of writes fits any more", async () => {
    const flood = () => stack.onMember("member-1", "select pg_logical_emit_message(true, 'x', repeat('x', 4000000))");
    let stopped: Error | undefined;
    for (let round = 0; !stopped && round < 100; round++) {
      await flood().catch((error: Error) => {
        stopped = error;
      });
    }
    expect(stopped?.message).toMatch(/could not write to file "pg_wal\/.*No space left on device/);
    expect(stopped).toMatchObject({ severity: "PANIC" });
  });

  test("is told by refresh, with what to do", async () => {
    const seen = await stack.refresh();
    expect(seen.code, seen.diagnostics.join("\n")).toBe(0);
    expect(seen.diagnostics).toContainEqual(
      expect.stringMatching(/the disk of .* is full but for \d+ MB of 1900 MB: free some/),
    );
  });

  test("loses no acknowledged write, and once there is room up has nothing left to mend", async () => {
    rmSync(ballast);
    const healed = await stack.up();
    expect(healed.code, healed.diagnostics.join("\n")).toBe(0);
    const [found] = await stack.query<{ rows: number }>("writer", "select count(*)::int as rows from kept");
    // The batch that failed may have been committed, and only its answer lost.
    expect([acknowledged, acknowledged + BATCH]).toContain(found?.rows);
    await stack.query("writer", "insert into kept (what) values ('goes on')");
    const again = await stack.up();
    expect(again.diagnostics).toEqual([]);
    expect(again.changes).toEqual({ same: 8 });
  });

  test("which is the cluster's own: destroy empties it and leaves the mount point", async () => {
    const gone = await stack.destroy();
    expect(gone.code, gone.diagnostics.join("\n")).toBe(0);
    expect(readdirSync(stack.folder)).toEqual([]);
  });
});

/** Writes zeros until nothing more fits. */
function fill(file: string): void {
  const handle = openSync(file, "w");
  try {
    for (let size = 2 ** 24; size >= 2 ** 12; size /= 2) {
      const zeros = Buffer.alloc(size);
      try {
        for (;;) writeSync(handle, zeros);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  } finally {
    closeSync(handle);
  }
}
