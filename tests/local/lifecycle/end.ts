import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../../../components/local/provider/host/run";
import { clusterProcesses } from "../../../components/local/provider/host/supervisor";
import { memberNames } from "../../../components/local/provider/place";
import { Restored } from "./restored";
import { type Shared, streaming, succeeded } from "./shared";

/** How a cluster ends; the last tests of its life. */
export function end(shared: Shared): void {
  describe("the end", () => {
    it("is refused while the stack is protected", async () => {
      const stack = shared();
      stack.configure({ deletionProtection: true });
      succeeded(await stack.up());
      const rows = await stack.query("writer", "select * from licenses order by id");
      const destroy = await stack.destroy();
      expect(destroy.code).not.toBe(0);
      expect(destroy.output).toMatch(/protect/);
      // Not even the way in is taken down first.
      expect(destroy.output).not.toMatch(/\d+ deleted/);
      expect(await streaming(stack, memberNames(3))).toEqual({ replicas: 2, synchronous: 1 });
      expect(await stack.query("writer", "select * from licenses order by id")).toEqual(rows);
      stack.configure({ deletionProtection: undefined });
      expect(succeeded(await stack.up()).changes.replace ?? 0).toBe(0);
    });

    it("leaves a final backup, from which RESTORE.txt's command brings back every row, and nothing else", async () => {
      const stack = shared();
      const { database } = await stack.outputs();
      await stack.query("writer", "insert into licenses select n, 'late' from generate_series(1001, 2000) as n");
      const place = await stack.place();
      const all = "select count(*)::int as n, md5(string_agg(l::text, ',' order by id)) as sum from licenses as l";
      const rows = await stack.query("writer", all);

      const destroy = succeeded(await stack.destroy());
      expect(destroy.output).toContain(`final backup taken; ${place.backupFolder}`);
      expect(await clusterProcesses(place)).toEqual([]);
      expect(existsSync(stack.folder)).toBe(false);
      const state = await stack.engine(["stack", "export", "--stack", stack.name]);
      expect(JSON.parse(state.output).deployment.resources ?? []).toEqual([]);

      const text = readFileSync(join(place.backupFolder, "RESTORE.txt"), "utf8");
      const command = /^ {2}(\S.* restore)$/m.exec(text)?.[1] ?? "";
      const restored = await Restored.start(join(stack.scratch, "final"), (data) =>
        run("sh", ["-c", command.replaceAll("EMPTY_FOLDER", data)]),
      );
      try {
        expect(await restored.rows(database, all)).toEqual(rows);
      } finally {
        await restored.stop();
      }
    });
  });
}
