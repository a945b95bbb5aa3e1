import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { digestOf, eventsOf, urnOf } from "./support";

const ROOT = resolve(__dirname, "../../..");
const cluster = { type: "aws:rds/cluster:Cluster", name: "license-db-prod-cluster" };
const lost = [{ op: "delete", ...cluster }];
const kept = [{ op: "update", ...cluster }];

describe("npm run gate -- --from", () => {
  const folder = mkdtempSync(join(tmpdir(), "license-db-gate-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const gate = (args: readonly string[], input = "") =>
    spawnSync(process.execPath, ["--import", "tsx", "ops/gate/index.ts", ...args], {
      cwd: ROOT,
      encoding: "utf8",
      input,
    });

  it("ends with 0 where it is open, from a file or standard input", () => {
    const ran = gate(["--from", file("kept.json", digestOf(kept))]);
    expect([ran.status, ran.stdout]).toEqual([0, expect.stringContaining("The gate is open")]);
    expect(gate(["--from", "-"], eventsOf(kept)).status).toBe(0);
  });

  it("ends with 1 where it is shut", () => {
    const ran = gate(["--from", file("lost.json", digestOf(lost))]);
    expect([ran.status, ran.stdout]).toEqual([1, expect.stringContaining(`Refused: to delete ${urnOf(cluster)}`)]);
  });

  it("opens for a name on the command line or in a file", () => {
    const from = ["--from", file("lost.json", digestOf(lost))];
    expect(gate([...from, "--allow-destroy", urnOf(cluster)]).status).toBe(0);
    expect(gate([...from, "--allow-file", file("names", `# gone for good\n${urnOf(cluster)}\n`)]).status).toBe(0);
    expect(gate([...from, "--allow-destroy", `${urnOf(cluster)}-2`]).status).toBe(1);
  });

  it("ends with 2 where there is no preview", () => {
    const ran = gate(["--from", file("empty", "")]);
    expect([ran.status, ran.stderr]).toEqual([2, expect.stringContaining("this is no preview: got nothing")]);
    expect(gate(["--from", join(folder, "not-there")]).status).toBe(2);
    expect(gate(["--from", file("kept.json", digestOf(kept)), "--allow-file", file("bad", "cluster\n")]).status).toBe(
      2,
    );
  });
});
