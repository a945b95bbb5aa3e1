import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { operatorScripts } from "../../../components/local/provider/host/operatorScripts";
import { type Place, paths } from "../../../components/local/provider/place";
import type { LocalTools } from "../../../components/local/tools";

/** What pg_isready ends with. */
const ACCEPTS = 0;
const NO_ANSWER = 2;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ready-"));
  mkdirSync(join(folder, "data"));
  // A server that answers once the file `up` is there.
  const isReady = `#!/bin/sh\necho asked >>'${folder}/asked'\n[ -e '${folder}/up' ] || exit ${NO_ANSWER}\n`;
  writeFileSync(join(folder, "pg_isready"), isReady, { mode: 0o755 });
  const ports = { writer: 1, reader: 2, balancedWriter: 3, balancedReader: 4 };
  const place: Place = {
    folder,
    backupFolder: folder,
    clusterId: "0123abcd",
    name: "test",
    ports: { ...ports, etcdClient: 5, etcdPeer: 6, postgres: 7, patroni: 8 },
  };
  const tools = { ...PROGRAMS, postgresBin: folder, env: {} } as unknown as LocalTools;
  const name = basename(paths(folder).isReady);
  const script = operatorScripts(place, tools, { name: "me", uid: 0, gid: 0, drop: false })[name];
  writeFileSync(join(folder, name), script ?? "", { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true }));

const PROGRAMS = { patronictl: "", pgbackrest: "", supervisorctl: "", supervisord: "", etcdctl: "" };

/** As Patroni calls it, which member.py started. */
const call = () => {
  const env = { ...process.env, LICENSE_DB_MEMBER: join(folder, "patroni.lock") };
  return [join(folder, basename(paths(folder).isReady)), ["-p", "7", "-d", "postgres"], { env }] as const;
};
const asked = (): number => readFileSync(join(folder, "asked"), "utf8").trim().split("\n").length;
const endedProcess = (): number => spawnSync("true").pid;

it("tells of a server that answers a moment after it was asked for, as soon as it does", async () => {
  writeFileSync(join(folder, "data/postmaster.pid"), `${process.pid}\n`);
  const child = spawn(...call());
  const ended = new Promise((resolve) => child.once("close", resolve));
  while (!existsSync(join(folder, "asked"))) await new Promise((resolve) => setTimeout(resolve, 5));
  writeFileSync(join(folder, "up"), "");
  expect(await ended).toBe(ACCEPTS);
  expect(asked()).toBeLessThan(25);
});

it("waits for a server that has not written its process id yet", () => {
  expect(spawnSync(...call()).status).toBe(NO_ANSWER);
  expect(asked()).toBeGreaterThan(10);
});

it("gives up, and tells what pg_isready does", () => {
  writeFileSync(join(folder, "data/postmaster.pid"), `${process.pid}\n`);
  expect(spawnSync(...call()).status).toBe(NO_ANSWER);
});

it("does not wait for a server that is dead", () => {
  writeFileSync(join(folder, "data/postmaster.pid"), `${endedProcess()}\n`);
  expect(spawnSync(...call()).status).toBe(NO_ANSWER);
  expect(asked()).toBe(2);
});
