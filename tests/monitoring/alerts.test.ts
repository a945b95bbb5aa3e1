import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  clusterProcesses,
  programStates,
  startProgram,
  stopProgram,
} from "../../components/local/provider/host/supervisor";
import { activeAlerts, figures } from "../../components/local/provider/host/watching";
import { certificatePaths, monitoringPorts, type Place, paths } from "../../components/local/provider/place";
import { signal } from "../../components/local/tools/processes";
import { markDrill } from "../../ops/drill/marks";
import { whyNoMounts } from "../local/support/mounts";
import { postmasterOf } from "../local/support/processes";
import type { TestStack } from "../local/support/stack";
import type { Webhook } from "../local/support/webhook";
import { itEvery } from "../support/every";
import { TOKEN, Watched } from "./support/watched";

const noMounts = whyNoMounts();
const MEMBERS = ["member-1", "member-2"];

/** Durations are short, so that a test sees an alert come and go; limits are the list's own where they can be. */
const thresholds = {
  missingReplicas: { above: 0, for: "2s" },
  replicationLag: { above: "4s", for: 0 },
  // Of no concern here, and a machine that does something else, too, may well be short of them for a moment.
  cpu: { above: 100, for: "1h" },
  memory: { above: 100, for: "1h" },
  diskIo: { above: 100, for: "1h" },
};

describe("a cluster that is watched", () => {
  let watched: Watched;
  let stack: TestStack;
  let place: Place;
  let webhook: Webhook;
  let backups: string;

  beforeAll(async () => {
    watched = await Watched.up({ replicas: 1, thresholds, backups: noMounts ? undefined : "400m" });
    ({ stack, place, webhook, backups } = watched);
    await stack.query("writer", "create table written (id bigserial primary key, at timestamptz default now())");
  });
  afterAll(() => watched?.dispose());

  const value = async (expression: string): Promise<number | undefined> =>
    (await figures(place, expression).catch(() => []))[0]?.value;

  test("collects R15's six of every member, and what the programs around it tell", async () => {
    await expect.poll(() => value("min(up)"), { timeout: 30_000 }).toBe(1);
    const six = {
      CPU: "rate(license_db_member_cpu_seconds_total[10s])",
      memory: "license_db_member_memory_bytes",
      "disk I/O": "rate(license_db_member_written_bytes_total[10s])",
      "active connections": 'sum by (member) (pg_stat_activity_count{state="active"})',
      "query performance": "sum by (member) (pg_stat_statements_seconds_total)",
    };
    for (const [what, expression] of Object.entries(six)) {
      const members = async () => (await figures(place, expression)).map(({ labels }) => labels.member).sort();
      await expect.poll(members, { timeout: 15_000, message: what }).toEqual(MEMBERS);
    }
    // Who is behind is a replica.
    const behind = (await figures(place, "license_db_replication_lag_seconds")).map(({ labels }) => labels.member);
    expect(behind).toHaveLength(1);
    for (const one of ["patroni_primary == 1", "pgbouncer_stats_queries_pooled_total", "haproxy_server_status"]) {
      expect(await value(`count(${one})`), one).toBeGreaterThan(0);
    }
    expect(await value('time() - license_db_backup_last_success_seconds{kind="daily"}')).toBeLessThan(600);
    expect(await value("license_db_certificate_end_seconds - time()")).toBeGreaterThan(300 * 86_400);
  });

  test("tells nobody anything while all is well", async () => {
    const { endpoints } = (await stack.outputs()) as unknown as { endpoints: Record<string, unknown> };
    const ports = monitoringPorts(place.ports);
    expect(endpoints).toMatchObject({
      prometheus: { host: "127.0.0.1", port: ports.prometheus },
      alertmanager: { host: "127.0.0.1", port: ports.alertmanager },
    });
    const active = async () => (await activeAlerts(place)).map(({ labels }) => labels.alertname);
    // What fired while the cluster was made is over.
    await expect.poll(active, { timeout: 30_000 }).toEqual([]);
    await sleep(5_000);
    expect(await active()).toEqual([]);
    expect(
      webhook.told.flatMap(({ alerts }) => alerts).filter(({ labels }) => labels.alertname === "unwatched"),
    ).toEqual([]);
  });

  test("answers nobody without a certificate of its own, nor shows the address of whom it tells", async () => {
    const ca = readFileSync(certificatePaths(place.folder, "server").ca);
    for (const [name, port] of Object.entries(monitoringPorts(place.ports)).filter(([name]) => name !== "relay")) {
      await expect(get(port, ca), name).rejects.toThrow(
        /certificate required|handshake failure|socket hang up|ECONNRESET/,
      );
    }
    const shown = [
      ...readdirSync(paths(place.folder).log).map((file) => readFileSync(join(paths(place.folder).log, file), "utf8")),
      ...(await clusterProcesses(place)).map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, "utf8")),
      readFileSync(stack.stateFile, "utf8"),
      readFileSync(join(paths(place.folder).monitoring, "alertmanager.yml"), "utf8"),
    ].join("\n");
    expect(shown).not.toContain(TOKEN);
    const secret = join(paths(place.folder).monitoring, "secrets/contact-1");
    expect(readFileSync(secret, "utf8")).toContain(TOKEN);
    expect(statSync(secret).mode & 0o077).toBe(0);
  });

  test("tells once of a replica that stopped", () =>
    watched.once(
      "missingReplicas",
      async () => stopProgram(place, await replica()),
      async () => startProgram(place, "member-2").then(() => startProgram(place, "member-1")),
    ));

  test("tells once of a replica that stands still while there are writes", async () => {
    await expect.poll(() => value("license_db_streaming_replicas"), { timeout: 60_000 }).toBe(1);
    const gone = webhook.of("missingReplicas").length;
    const frozen = await postgresOf(await replica());
    expect(frozen.length).toBeGreaterThan(3);
    await watched.once(
      "replicationLag",
      async () => {
        // Some of them may have ended meanwhile.
        for (const pid of frozen) signal(pid, "SIGSTOP");
        await stack.query("writer", "insert into written select from generate_series(1, 1000)");
      },
      () => frozen.forEach((pid) => void signal(pid, "SIGCONT")),
    );
    // It was not taken for gone meanwhile.
    expect(webhook.of("missingReplicas")).toHaveLength(gone);
  });

  test.skipIf(noMounts)("tells once of a disk that is all but full", () => {
    const ballast = join(backups, "ballast");
    return watched.once(
      "disk",
      () => writeFileSync(ballast, Buffer.alloc(345 * 2 ** 20)),
      () => rmSync(ballast),
    );
  });

  test("shows a drill while it runs, and its moments afterwards", async () => {
    const begun = Date.now() / 1000;
    await markDrill(place, "failover", "begin");
    await expect.poll(() => value('license_db_drill{drill="failover"}'), { timeout: 30_000 }).toBe(1);
    expect(JSON.parse((await stack.licenseDb("status", "--json")).stdout)).toMatchObject({
      drill: { kind: "failover" },
    });
    await markDrill(place, "failover", "fault");
    await markDrill(place, "failover", "end");
    await expect.poll(() => value('license_db_drill{drill="failover"}'), { timeout: 30_000 }).toBe(0);
    const moments = await figures(place, "sort(license_db_drill_moment_seconds)");
    expect(moments.map(({ labels }) => labels.moment)).toEqual(["begin", "fault", "end"]);
    // Both are in whole milliseconds, and may be the same one.
    expect(moments[0]?.value).toBeGreaterThanOrEqual(begun);
  });

  test("is kept as it should be: what ended or was changed by hand, up mends", async () => {
    const again = await stack.up();
    expect(again.changes).toEqual({ same: 9 });
    await stopProgram(place, "watcher");
    const rules = join(paths(place.folder).monitoring, "rules.yml");
    writeFileSync(rules, readFileSync(rules, "utf8").replace("> 85", "> 99"));
    const seen = await stack.refresh();
    expect(seen.diagnostics).toContainEqual(expect.stringMatching(/watcher is down/));
    expect(seen.diagnostics).toContainEqual(expect.stringMatching(/rules\.yml is not as it was made/));
    stack.configure({
      alerts: { contacts: [`${webhook.url}/${TOKEN}`], thresholds: { ...thresholds, disk: { above: 77 } } },
    });
    const mended = await stack.up();
    expect(mended.code, mended.diagnostics.join("\n")).toBe(0);
    expect(mended.operations).toEqual({ Monitoring: "update" });
    const rule = async () => (await figures(place, "license_db_primaries")) && readFileSync(rules, "utf8");
    expect(await rule()).toMatch(/> 77/);
  });

  itEvery(
    "runs on unwatched where the programs are gone, says so, and is watched again once they are there",
    async () => {
      const running = async () => [...((await programStates(place))?.keys() ?? [])].includes("prometheus");
      stack.setVariable("LICENSE_DB_PROMETHEUS_WAY", "override");
      const refused = await stack.up();
      expect(refused.code).not.toBe(0);
      expect(refused.diagnostics.join("\n")).toMatch(/prometheus cannot be had\. Tried:/);
      stack.configure({ local: { backupFolder: backups, monitoring: { interval: "1s" } } });
      const without = await stack.up();
      expect(without.code, without.diagnostics.join("\n")).toBe(0);
      expect(without.diagnostics).toContainEqual(
        expect.stringMatching(/^nothing watches this cluster.*prometheus cannot/),
      );
      expect(await running()).toBe(false);
      stack.setVariable("LICENSE_DB_PROMETHEUS_WAY", undefined);
      const again = await stack.up();
      expect(again.diagnostics).toContainEqual(expect.stringMatching(/can be had now; up mends it/));
      expect(await running()).toBe(true);
    },
  );

  test("is no longer watched where nobody wants it, and leaves nothing behind", async () => {
    stack.configure({ local: { backupFolder: backups, monitoring: { enabled: false } } });
    const ran = await stack.up();
    expect(ran.code, ran.diagnostics.join("\n")).toBe(0);
    expect(ran.operations).toEqual({ Monitoring: "delete" });
    expect(
      [...((await programStates(place))?.keys() ?? [])].filter((name) => /prom|alert|export|watch/.test(name)),
    ).toEqual([]);
    expect(readdirSync(place.folder)).not.toContain("monitoring");
  });

  async function replica(): Promise<string> {
    const [found] = await figures(place, "license_db_member_primary == 0");
    return found?.labels.member ?? "member-2";
  }

  /** All of a member's server processes. */
  async function postgresOf(member: string): Promise<number[]> {
    const data = paths(place.folder).member(member).data;
    const main = postmasterOf(data);
    const children = readFileSync(`/proc/${main}/task/${main}/children`, "utf8").trim().split(/\s+/).map(Number);
    return [main, ...children];
  }
});

function get(port: number, ca: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      { host: "127.0.0.1", port, path: "/metrics", ca, agent: false, timeout: 5_000 },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    call.on("error", reject);
    call.end();
  });
}
