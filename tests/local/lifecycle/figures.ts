import { statfsSync } from "node:fs";
import { totalmem } from "node:os";
import { describe, expect, it } from "vitest";
import { memberNames } from "../../../components/local/provider/place";
import { requiredParameters } from "../../support/requirements";
import { eventually, leader, onEach, type Shared, shown, streaming, succeeded, UNCHANGED } from "./shared";

const MEMORY = ["shared_buffers", "effective_cache_size", "maintenance_work_mem", "work_mem", "wal_buffers"];
const GB = 2 ** 30;

/** What the cluster is as soon as it is up. */
export function figures(shared: Shared): void {
  describe("a new cluster", () => {
    it("runs every member with the figures of R6 to R9", async () => {
      const stack = shared();
      const { parameters } = await stack.outputs();
      const { blocks, bsize } = statfsSync(stack.folder);
      for (const [name, figure] of Object.entries(requiredParameters)) {
        const scaled =
          (totalmem() < 22 * GB && MEMORY.includes(name)) || (blocks * bsize < 40 * GB && name.endsWith("_wal_size"));
        const report = parameters[name];
        expect(report?.requested).toBe(figure);
        // A smaller machine runs smaller figures, and the outputs say so.
        if (scaled) expect(report?.reason, name).toMatch(/memory|disk/);
        else expect(report?.applied, name).toBe(figure);
        expect({ [name]: await shown(stack, name) }).toEqual({ [name]: onEach(report?.applied) });
      }
    });

    it("listens on loopback alone, and says so", async () => {
      expect(await shown(shared(), "listen_addresses")).toEqual(onEach("127.0.0.1"));
      const { parameters } = await shared().outputs();
      expect(parameters.listen_addresses).toMatchObject({ requested: "*", applied: "127.0.0.1", change: "service" });
      expect(parameters.listen_addresses?.reason).toMatch(/allowedCidrs/);
    });

    it("has two replicas that stream over TLS, one of them synchronous", async () => {
      const stack = shared();
      expect(await streaming(stack, memberNames(3))).toEqual({ replicas: 2, synchronous: 1 });
      const connections = await stack.onMember(
        await leader(stack),
        "select ssl, client_dn from pg_stat_replication join pg_stat_ssl using (pid)",
      );
      expect(connections).toEqual([
        { ssl: true, client_dn: "/CN=replicator" },
        { ssl: true, client_dn: "/CN=replicator" },
      ]);
      expect(await shown(stack, "data_checksums")).toEqual(onEach("on"));
    });

    it("has a full backup, and archives", async () => {
      const stack = shared();
      await stack.onMember(await leader(stack), "select pg_switch_wal()");
      // Before there was a repository nothing could be archived; since then everything is.
      const archiver =
        "select archived_count > 0 as some, coalesce(last_failed_time < last_archived_time, true) as works from pg_stat_archiver";
      await eventually(async () => stack.onMember(await leader(stack), archiver), [{ some: true, works: true }]);
    });

    it("is not changed by a second up, and refresh finds nothing", async () => {
      const stack = shared();
      const up = succeeded(await stack.up());
      expect(up.diagnostics).toEqual([]);
      expect(up.changes).toEqual(UNCHANGED);
      const refresh = succeeded(await stack.refresh());
      expect(refresh.diagnostics).toEqual([]);
      expect(refresh.changes).toEqual(UNCHANGED);
    });
  });
}
