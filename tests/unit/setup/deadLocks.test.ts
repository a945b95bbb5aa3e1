import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dropDeadLocks } from "../../../ops/setup/deadLocks";

describe("the lock of an engine that was killed", () => {
  let backend: string;
  beforeEach(() => {
    backend = mkdtempSync(join(tmpdir(), "license-db-locks-"));
  });
  afterEach(() => rmSync(backend, { recursive: true }));

  const lock = (name: string, content: unknown): string => {
    const folder = join(backend, ".pulumi/locks/organization/license-db/local");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, name);
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  };
  const drop = () => dropDeadLocks(backend, "license-db", "local");
  const deadPid = (): number => spawnSync("true").pid;

  test("goes when its process is gone", () => {
    const pid = deadPid();
    const file = lock("a.json", { pid, hostname: hostname() });
    expect(drop()).toEqual([pid]);
    expect(existsSync(file)).toBe(false);
  });

  test("goes when its process id is another program's now", () => {
    const file = lock("a.json", { pid: process.pid, hostname: hostname() });
    expect(drop()).toEqual([process.pid]);
    expect(existsSync(file)).toBe(false);
  });

  test("stays while its engine lives, even one replaced on disk", async () => {
    const program = join(backend, "pulumi");
    copyFileSync("/bin/sleep", program);
    const child = spawn(program, ["60"]);
    try {
      await new Promise((started) => child.once("spawn", started));
      const file = lock("a.json", { pid: child.pid, hostname: hostname() });
      expect(drop()).toEqual([]);
      rmSync(program);
      expect(drop()).toEqual([]);
      expect(existsSync(file)).toBe(true);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("stays when it is another machine's, or cannot be read yet", () => {
    const files = [lock("a.json", { pid: deadPid(), hostname: "elsewhere.example" }), lock("b.json", '{"pid": 1')];
    expect(drop()).toEqual([]);
    expect(files.map(existsSync)).toEqual([true, true]);
  });

  test("of another stack stays; without any lock nothing happens", () => {
    expect(drop()).toEqual([]);
    const file = lock("a.json", { pid: deadPid(), hostname: hostname() });
    expect(dropDeadLocks(backend, "license-db", "dev")).toEqual([]);
    expect(existsSync(file)).toBe(true);
  });
});
