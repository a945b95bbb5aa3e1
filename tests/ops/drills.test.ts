import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startProgram, stopProgram } from "../../components/local/provider/host/supervisor";
import { memberNames, paths } from "../../components/local/provider/place";
import { EXIT } from "../../ops/cli/exit";
import type { Stack } from "../../ops/cli/stack";
import type { DrillResult } from "../../ops/drill/result";
import type { Report } from "../../ops/report/report";
import type { Review } from "../../ops/report/review";
import { takeSnapshot } from "../../ops/report/take";
import { look } from "../../ops/status/look";
import type { Status } from "../../ops/status/status";
import { eventually, leader, streaming, succeeded } from "../local/lifecycle/shared";
import { TestStack } from "../local/support/stack";
import { complaints, references } from "../unit/ops/page/support";

const MEMBERS = memberNames(3);
const NAME = "drilled";

// Status, drills and reports on one real cluster, each by the command that an operator types.
describe("npx license-db", () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.make(NAME, {
      replicas: 2,
      encryption: { atRest: false },
      deletionProtection: false,
      // WAL is archived at the latest a fifth of it after a change.
      backups: { finalBackup: false, recoveryPointObjective: "10s" },
    });
    succeeded(await stack.up());
  });
  afterAll(async () => {
    await stack?.dispose();
  });

  async function json<T>(...args: string[]): Promise<{ code: number; data: T; stderr: string }> {
    const { code, stdout, stderr } = await stack.licenseDb(...args, "--json");
    if (stdout === "") throw new Error(`${args.join(" ")} ended with ${code} and said nothing:\n${stderr}`);
    return { code, data: JSON.parse(stdout) as T, stderr };
  }
  const status = () => json<Status>("status");
  const drill = async (kind: string): Promise<DrillResult & { readonly page: string }> => {
    const { code, data, stderr } = await json<(DrillResult & { page: string })[]>(
      "drill",
      kind,
      "--calm",
      "2",
      "--confirm",
      NAME,
    );
    const [result] = data;
    expect(
      { code, kinds: data.map((one) => one.kind), checks: result?.checks.filter(({ met }) => !met) },
      stderr,
    ).toEqual({
      code: EXIT.ok,
      kinds: [kind],
      checks: [],
    });
    if (result === undefined) throw new Error("no result");
    expect(
      await stack.onMember(
        await primary(),
        "select from pg_namespace where nspname = 'license_db_drill'",
        "license_management",
      ),
    ).toEqual([]);
    return result;
  };
  const primary = () => leader(stack, MEMBERS);
  const valid = async (page: string) => {
    const text = readFileSync(page, "utf8");
    expect(await complaints(text)).toEqual([]);
    expect(references(text)).toEqual([]);
    return text;
  };

  it("status: says of a healthy cluster that it is well, and what there is to know", async () => {
    // The primary learns of its synchronous standby a moment after both are there.
    await eventually(
      async () => (await status()).data.members.some(({ role }) => role === "synchronous standby"),
      true,
    );
    const { data } = await status();
    expect(data.problems).toEqual([]);
    expect(data.members.map(({ role }) => role).sort()).toEqual(["primary", "replica", "synchronous standby"]);
    for (const one of data.members) expect(one).toMatchObject({ well: true, timeline: 1, connections: { most: 200 } });
    expect(data.pools.map(({ name }) => name)).toEqual(["writer", "reader"]);
    expect(data.certificates.map(({ name }) => name)).toEqual(["server", "authority"]);
    expect(data.alarms).toEqual({ source: expect.stringMatching(/^(Prometheus|this look)$/), firing: [] });
    expect(data.windows.map(({ name }) => name)).toEqual(["backup", "maintenance"]);
    expect(Math.abs(Date.now() / 1000 - (data.backups?.lastFull ?? 0))).toBeLessThan(600);
    expect(data.backups?.recoverableTo).toBeGreaterThanOrEqual(data.backups?.recoverableFrom ?? Number.NaN);
    const { stdout, code } = await stack.licenseDb("status");
    expect(code).toBe(EXIT.ok);
    expect(stdout).toMatch(/^drilled {2}local, PostgreSQL 15\.\d+ {2}well/);
    // Nobody watches who reads a pipe.
    expect(stdout).not.toContain("\x1b");
  });

  it("drill: says what it would do, and does nothing unless it is confirmed", async () => {
    const before = await primary();
    const dry = await json<{ plan: string[] }>("drill", "all", "--dry-run");
    expect(dry.code).toBe(EXIT.ok);
    expect(dry.data.plan.map((line) => line.split(":")[0])).toEqual([
      "failover",
      "switchover",
      "replica-loss",
      "restore",
    ]);
    expect(dry.data.plan[0]).toContain(before);
    const { code, stderr } = await stack.licenseDb("drill", "failover");
    expect(code).toBe(EXIT.unconfirmed);
    expect(stderr).toContain("kill -9");
    expect((await stack.licenseDb("drill", "failover", "--confirm", "prod")).code).toBe(EXIT.unconfirmed);
    expect(await primary()).toBe(before);
    expect((await status()).data.members.every(({ timeline }) => timeline === 1)).toBe(true);
  });

  it("drill failover: another takes over under load, nothing is lost or done twice, and the picture shows the gap", async () => {
    const before = await primary();
    const began = Date.now() / 1000;
    const { load, page, checks, faultAt } = await drill("failover");
    expect(await primary()).not.toBe(before);
    // What the watcher tells of it.
    const { failover } = JSON.parse(readFileSync(paths(stack.folder).drills, "utf8"));
    const moments = [began, failover.begin, failover.fault, failover.end, Date.now() / 1000];
    expect(moments).toEqual(moments.toSorted((one, other) => one - other));
    expect(load?.writes).toMatchObject({ lost: 0, doubled: 0, ghosts: 0 });
    expect(load?.writes.acknowledged).toBeGreaterThan(200);
    expect(load?.reads.done).toBeGreaterThan(200);
    // A primary that is killed costs some time, and the gap lies after the kill.
    expect(checks[0]?.value).toBeGreaterThan(0.02);
    expect(load?.writeGap.to).toBeGreaterThan(faultAt);
    expect(checks.map(({ name }) => name)).toContain("acknowledged writes lost, as a second member has each");
    expect(await valid(page)).toMatch(/no write: \d+\.\d\d s/);
    expect((await status()).data.lastDrill).toMatchObject({ kind: "failover", met: true });
  });

  it("drill switchover: the role is handed over with every member in its place", async () => {
    const before = await primary();
    const { load } = await drill("switchover");
    expect(await primary()).not.toBe(before);
    expect(load?.writes).toMatchObject({ lost: 0, doubled: 0, ghosts: 0 });
    await streaming(stack, MEMBERS);
  });

  it("drill replica-loss: the synchronous standby goes, and writes go on", async () => {
    const { load, fault } = await drill("replica-loss");
    expect(fault).not.toContain(await primary());
    expect(load?.writes).toMatchObject({ lost: 0, doubled: 0, ghosts: 0, failed: 0 });
  });

  it("drill restore: a write of just now is in the copy, which is gone afterwards", async () => {
    const { checks, page } = await drill("restore");
    expect(checks.map(({ name }) => name)).toEqual([
      "time until the copy answered (RTO)",
      "time until a write is in the backups (RPO)",
      "acknowledged writes missing in the copy",
    ]);
    expect(checks[1]?.limit).toBe(10);
    expect(() => statSync(`${stack.folder}.drill`)).toThrow(/ENOENT/);
    await valid(page);
  });

  it("drill history: tells them all, and its page leads to each", async () => {
    const { data } = await json<DrillResult[]>("drill", "history");
    expect(data.map(({ kind }) => kind)).toEqual(["failover", "switchover", "replica-loss", "restore"]);
    const folder = join(stack.state, "drills", NAME);
    const index = await valid(join(folder, "index.html"));
    for (const file of readdirSync(folder).filter((name) => /-\w.*\.html$/.test(name)))
      expect(index).toContain(`href="${file}"`);
  });

  it("report: counts what was done since the report before, on every server, and shows no literal", async () => {
    await stack.query("writer", "create table owners (id int primary key, name text)");
    await stack.query("writer", "insert into owners select n, 'owner ' || n from generate_series(1, 5000) n");
    expect((await stack.licenseDb("report")).code).toBe(EXIT.ok);
    for (let id = 1; id <= 25; id++) await stack.query("writer", "select name from owners where id = $1", [id]);
    for (let id = 1; id <= 5; id++) await stack.query("reader", "select name from owners where id = $1", [id]);
    await stack.onMember(await primary(), "comment on table owners is 'hunter2'", "license_management");
    const { code, data } = await json<Report & { files: { html: string; markdown: string; json: string } }>(
      "report",
      "month",
    );
    expect(code).toBe(EXIT.ok);
    const lookup = data.byTime.find(({ text }) => text === "select name from owners where id = $1");
    // All of them since the report before, and none of those that only it has seen.
    expect(lookup).toMatchObject({ calls: 30, rows: 1, meanBefore: null });
    expect(data.byTime.some(({ text }) => /generate_series|license_db_drill|pg_stat_statements/.test(text))).toBe(
      false,
    );
    expect(data.tables.map(({ name }) => name)).toContain("public.owners");
    expect(data.caveats.join(" ")).toMatch(/lie between this look/);
    expect(await valid(data.files.html)).toContain("select name from owners where id = $1");
    expect(readFileSync(data.files.markdown, "utf8")).toContain("| `select name from owners where id = $1` | 30 |");
    for (const name of readdirSync(join(stack.state, "reports", NAME))) {
      expect(readFileSync(join(stack.state, "reports", NAME, name), "utf8")).not.toContain("hunter2");
    }
  });

  it("report version: what runs, and until when there are fixes", async () => {
    const { code, data } = await json<Review>("report", "version");
    expect(data.running).toMatch(/^15\.\d+$/);
    expect(data.support[0]).toMatchObject({ by: "the PostgreSQL project", ends: "2027-11-11" });
    expect(data.extensions.map(({ name }) => name)).toContain("pgcrypto");
    expect(code).toBe(data.findings.length === 0 ? EXIT.ok : EXIT.found);
  });

  it("by SQL alone, as in a cloud: both endpoints tell what they know, and the certificate is the one they show", async () => {
    const { username, password, ...outputs } = await stack.outputs();
    const cluster = { kind: "instance", id: "pgm-1", region: "eu-central-1" };
    const administrator = { username, password };
    const cloud = {
      ...outputs,
      username,
      name: "by-sql",
      vendor: "alicloud",
      cluster,
      administrator,
    } as unknown as Stack;
    // Nobody's cloud: its own interface cannot be asked, which is said, and SQL tells the rest.
    vi.stubEnv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    const seen = await look(cloud);
    vi.unstubAllEnvs();
    expect(seen.problems).toEqual([]);
    expect(seen.members).toMatchObject([
      { name: "writer", role: "primary", well: true, connections: { most: 200 } },
      { name: "reader", role: "replica", well: true, lagSeconds: expect.any(Number) },
    ]);
    expect(seen.certificates).toMatchObject([{ name: "server", daysLeft: expect.any(Number) }]);
    expect(seen.unseen.join("\n")).toContain("alicloud's own interface");
    const snapshot = await takeSnapshot(cloud);
    expect(snapshot.servers.map(({ name, role }) => [name, role])).toEqual([
      ["writer", "primary"],
      ["reader", "replica"],
    ]);
    expect(snapshot.tables.map(({ name }) => name)).toContain("public.owners");
    expect(snapshot.indexes).toContainEqual(expect.objectContaining({ name: "public.owners_pkey", rule: true }));
  });

  it("status tells a member that is down, and no drill begins then", async () => {
    const place = await stack.place();
    const now = await primary();
    const down = MEMBERS.find((name) => name !== now) ?? "";
    await stopProgram(place, down);
    try {
      const seen = await status();
      expect(seen.code).toBe(EXIT.found);
      expect(seen.data.problems.join("\n")).toContain(down);
      expect(seen.data.members.find(({ name }) => name === down)?.well ?? false).toBe(false);
      expect(seen.data.problems.join("\n")).toContain("1 of 2 replicas");
      const refused = await stack.licenseDb("drill", "failover", "--confirm", NAME);
      expect(refused.code).toBe(EXIT.usage);
      expect(refused.stderr).toContain("1 of 2 replicas");
      expect(await primary()).toBe(now);
    } finally {
      await startProgram(place, down);
    }
    await streaming(stack, MEMBERS);
  });
});
