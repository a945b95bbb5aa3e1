import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "../../../components/local/tools/lock";

const ROOT = join(__dirname, "../../..");
let folder: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-test-"));
  lock = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process of its own that holds the lock for `hold` ms and logs when it enters and leaves. */
function holder(name: string, hold: number) {
  const program = `
    const { withLock } = require("./components/local/tools/lock.ts");
    const { appendFileSync } = require("node:fs");
    const log = (text) => appendFileSync(${JSON.stringify(join(folder, "log"))}, text + "\\n");
    withLock(${JSON.stringify(lock)}, () => log("${name} waits"), async () => {
      log("${name} enters");
      await new Promise((done) => setTimeout(done, ${hold}));
      log("${name} leaves");
    });`;
  const child = spawn(process.execPath, ["--import", "tsx", "-e", program], { cwd: ROOT, stdio: "inherit" });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  return { child, ended };
}

const log = () => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8").trim().split("\n") : []);

async function until(condition: () => boolean): Promise<void> {
  for (const limit = Date.now() + 20_000; !condition(); ) {
    expect(Date.now()).toBeLessThan(limit);
    await new Promise((done) => setTimeout(done, 20));
  }
}

describe("the lock", () => {
  it("lets processes in one at a time", { timeout: 30_000 }, async () => {
    const holders = ["a", "b", "c"].map((name) => holder(name, 300));
    await Promise.all(holders.map(({ ended }) => ended));
    const turns = log().filter((line) => !line.endsWith("waits"));
    expect(turns).toHaveLength(6);
    for (let i = 0; i < turns.length; i += 2) {
      expect(turns[i + 1]).toBe(turns[i]?.replace("enters", "leaves"));
    }
    expect(log().filter((line) => line.endsWith("waits")).length).toBeGreaterThan(0);
    expect(existsSync(lock)).toBe(false);
  });

  it("passes on when its holder is killed", { timeout: 30_000 }, async () => {
    const first = holder("first", 60_000);
    await until(() => log().includes("first enters"));
    first.child.kill("SIGKILL");
    await first.ended;
    expect(existsSync(lock)).toBe(true);
    const waited: number[] = [];
    const started = Date.now();
    expect(
      await withLock(
        lock,
        (pid) => waited.push(pid),
        async () => "in",
      ),
    ).toBe("in");
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(waited).toEqual([]);
  });

  it("is taken over by one process alone when several find its holder dead", { timeout: 30_000 }, async () => {
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, started: "never" }));
    const holders = ["a", "b", "c", "d"].map((name) => holder(name, 200));
    await Promise.all(holders.map(({ ended }) => ended));
    const turns = log().filter((line) => !line.endsWith("waits"));
    expect(turns.map((line, i) => (i % 2 === 0 ? line.endsWith("enters") : line.endsWith("leaves")))).not.toContain(
      false,
    );
    expect(turns).toHaveLength(8);
  });

  it("does not mistake a later process with the same pid for the holder", async () => {
    writeFileSync(lock, JSON.stringify({ pid: process.pid, started: "another boot/1" }));
    expect(
      await withLock(
        lock,
        () => undefined,
        async () => "in",
      ),
    ).toBe("in");
  });

  it("is released when the work fails", async () => {
    await expect(
      withLock(
        lock,
        () => undefined,
        () => Promise.reject(new Error("no")),
      ),
    ).rejects.toThrow("no");
    expect(existsSync(lock)).toBe(false);
  });
});
