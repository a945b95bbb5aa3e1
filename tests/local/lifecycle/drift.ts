import { readFile, readlink, rm, symlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { writeOwned } from "../../../components/local/provider/host/files";
import { programStates, stopProgram } from "../../../components/local/provider/host/supervisor";
import { memberNames, paths, routeSocket, routes } from "../../../components/local/provider/place";
import type { TestStack } from "../support/stack";
import { eventually, leader, onEach, type Shared, shown, streaming, succeeded, UNCHANGED } from "./shared";

const MEMBERS = memberNames(3);

/** What people and accidents change: refresh and preview show it, the next up mends it. */
export function drift(shared: Shared): void {
  describe("drift", () => {
    it("is shown by refresh and by preview, and mended by the next up", async () => {
      const stack = shared();
      const rows = await stack.query("writer", "select * from licenses order by id");
      const workMem = (await stack.outputs()).parameters.work_mem?.applied ?? "";
      const expected = await disturb(stack, workMem);

      const refresh = succeeded(await stack.refresh());
      for (const finding of expected) expect(refresh.diagnostics.join("\n")).toMatch(finding);
      const preview = succeeded(await stack.preview());
      for (const finding of expected) expect(preview.diagnostics.join("\n")).toMatch(finding);
      const mended = {
        ApplicationDatabase: "update",
        BackupRepository: "update",
        Cluster: "update",
        EntryPoint: "update",
      };
      expect(preview.operations).toEqual(mended);

      succeeded(await stack.up());
      expect(await streaming(stack, MEMBERS)).toEqual({ replicas: 2, synchronous: 1 });
      expect(await shown(stack, "work_mem")).toEqual(onEach(workMem));
      // What was started last is "STARTING" for its first second.
      const place = await stack.place();
      await eventually(async () => [...new Set((await programStates(place))?.values())], ["RUNNING"]);
      expect(await stack.onMember(await leader(stack), ROLE)).toEqual([{ rolcreatedb: false }]);
      for (const role of ["writer", "reader"] as const) {
        await eventually(() => stack.query(role, "select * from licenses order by id"), rows);
      }
      await stack.query("writer", "select count(*) from pg_stat_statements");

      const again = succeeded(await stack.up());
      expect(again.diagnostics).toEqual([]);
      expect(again.changes).toEqual(UNCHANGED);
    });

    it("in the poolers' routes is mended at once, by the router itself", async () => {
      const place = await shared().place();
      const links = Object.values(routes(MEMBERS.length))
        .flat()
        .map((route) => routeSocket(place, route));
      const targets = () => Promise.all(links.map((link) => readlink(link)));
      const before = await targets();
      for (const link of links) await rm(link);
      await eventually(targets, before);
      await rm(links[0] ?? "");
      await symlink("/nowhere", links[0] ?? "");
      await eventually(targets, before);
    });
  });
}

const ROLE = "select rolcreatedb from pg_roles where rolname = 'license_app'";

/** Changes by hand, one of every kind. @returns what the engine is to say of each. */
async function disturb(stack: TestStack, workMem: string): Promise<RegExp[]> {
  const place = await stack.place();
  const at = paths(stack.folder);
  const primary = await leader(stack);
  const [stopped = "", lost = ""] = MEMBERS.filter((member) => member !== primary);
  const { database } = await stack.outputs();

  await stack.onMember(primary, "alter role license_app createdb");
  await stack.onMember(primary, "alter role license_app password 'by hand'");
  await stack.onMember(primary, "drop extension pg_stat_statements", database);
  await stack.onMember(primary, "alter system set work_mem = '33MB'");
  await stack.onMember(primary, "select pg_reload_conf()");
  await stopProgram(place, stopped);
  await stopProgram(place, lost);
  await rm(at.member(lost).data, { recursive: true });
  await stopProgram(place, "pgbouncer-reader");
  await stopProgram(place, "router");
  await rm(routeSocket(place, "writer"));
  for (const file of [at.haproxyConfig, at.pgbackrestConfig]) {
    await writeOwned(file, `${await readFile(file, "utf8")}# by hand\n`);
  }
  return [
    /role license_app has other attributes than it should/,
    /the password of license_app was changed by hand/,
    /extension pg_stat_statements is gone/,
    new RegExp(`work_mem is 33MB, not ${workMem} on ${primary}`),
    new RegExp(`work_mem was set by ALTER SYSTEM on ${primary}`),
    new RegExp(`${stopped} is down`),
    new RegExp(`the data folder of ${lost} is missing`),
    /0 of 2 replicas stream/,
    /no standby is synchronous/,
    /pgbouncer-reader is down/,
    /router is down/,
    /haproxy.cfg is not as it was made/,
    /pgbackrest.conf is not as it was made/,
  ];
}
