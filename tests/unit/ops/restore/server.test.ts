import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { reaped } from "../../../../ops/restore/server";

describe.runIf(process.platform === "linux")("a server that has ended", () => {
  it("is waited for until it is reaped, as PostgreSQL takes it for one that runs", async () => {
    const data = mkdtempSync(join(tmpdir(), "license-db-data-"));
    try {
      // What the shell becomes reaps nobody, and ends a second later.
      const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 1"]);
      const [said] = (await once(parent.stdout, "data")) as [Buffer];
      const pid = Number(said.toString());
      writeFileSync(join(data, "postmaster.pid"), `${pid}\n${data}\n`);
      await vi.waitUntil(() => readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z "), { interval: 5 });
      await reaped(data);
      expect(existsSync(`/proc/${pid}`)).toBe(false);
    } finally {
      rmSync(data, { recursive: true });
    }
  });

  it("is not waited for where its number is another's by now, or nobody's", async () => {
    const data = mkdtempSync(join(tmpdir(), "license-db-data-"));
    try {
      await reaped(data);
      writeFileSync(join(data, "postmaster.pid"), `${process.pid}\n${data}\n`);
      await reaped(data);
    } finally {
      rmSync(data, { recursive: true });
    }
  });
});
