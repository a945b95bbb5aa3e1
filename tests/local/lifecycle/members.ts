import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { programStates, startProgram, stopProgram } from "../../../components/local/provider/host/supervisor";
import { switchover } from "../../../components/local/provider/host/switchover";
import { memberNames, paths, routes } from "../../../components/local/provider/place";
import { every, itEvery } from "../../support/every";
import type { TestStack } from "../support/stack";
import { eventually, leader, type Shared, streaming, succeeded, view } from "./shared";

/** Replicas added and removed. */
export function members(shared: Shared): void {
  describe("the number of replicas", () => {
    itEvery("grows to three", () => become(shared(), 3));

    it("shrinks to one, though the primary is among those to go", async () => {
      const stack = shared();
      const all = memberNames(every ? 4 : 3);
      await makePrimary(stack, all.slice(2), all);
      await become(stack, 1);
      expect(memberNames(2)).toContain(await leader(stack, memberNames(2)));
    });

    it("grows back to two", () => become(shared(), 2));
  });
}

/** Makes one of some members the primary. Only the synchronous standby may take over, so others may have to stand aside. */
async function makePrimary(stack: TestStack, some: readonly string[], all: readonly string[]): Promise<void> {
  const place = await stack.place();
  const before = await leader(stack, all);
  if (some.includes(before)) return;
  const standby = (await view(stack, all)).find(({ role }) => role === "sync_standby")?.name ?? "";
  const aside = some.includes(standby) ? [] : all.filter((one) => !some.includes(one) && one !== before);
  for (const member of aside) await stopProgram(place, member);
  await switchover(place, before, all, some);
  for (const member of aside) await startProgram(place, member);
  expect(some).toContain(await leader(stack, all));
}

async function become(stack: TestStack, replicas: number): Promise<void> {
  const names = memberNames(replicas + 1);
  await stack.query("writer", "insert into licenses select max(id) + 1, 'before ' || $1 from licenses", [replicas]);
  const rows = await stack.query("writer", "select * from licenses order by id");
  stack.configure({ replicas });
  const up = succeeded(await stack.up());
  expect(up.changes.delete ?? 0).toBe(0);
  expect(up.changes.replace ?? 0).toBe(0);
  expect(await streaming(stack, names)).toEqual({ replicas, synchronous: 1 });
  for (const role of ["writer", "reader"] as const) {
    await eventually(() => stack.query(role, "select * from licenses order by id"), rows);
  }
  const haproxy = await readFile(paths(stack.folder).haproxyConfig, "utf8");
  const links = await readdir(paths(stack.folder).routes);
  expect(links.sort()).toEqual(
    Object.values(routes(replicas + 1))
      .flat()
      .sort(),
  );
  const states = await programStates(await stack.place());
  for (const [index, member] of memberNames(4).entries()) {
    const there = index <= replicas;
    expect([member, existsSync(paths(stack.folder).member(member).data)]).toEqual([member, there]);
    expect([member, haproxy.includes(`server ${member} `)]).toEqual([member, there]);
    expect([member, states?.get(member)]).toEqual([member, there ? "RUNNING" : undefined]);
  }
}
