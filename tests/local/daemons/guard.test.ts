import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { guardConfig } from "../../../components/local/provider/config/guard";
import { paths } from "../../../components/local/provider/place";
import { Bed, writeOwned } from "./support/bed";
import { alive, type Supervised, signalPid, until } from "./support/processes";
import { asUser, Server } from "./support/server";

// A real etcd, a real PostgreSQL and the real guard; a sleeping process stands in for Patroni, the test for its lease.
const TTL = 12;
// etcd need not have answered for as long as on a real cluster; the rest is the guard's own.
const LIMITS = { steady: 2 };
/** Milliseconds, for what takes a tenth of a second where a core is free: nobody but the guard does it. */
const SOON = 8_000;
const M = "member-1";
const OTHER = "member-2";

describe("the guard", () => {
  let bed: Bed;
  let server: Server;
  let patroni: Supervised;
  let renewal: NodeJS.Timeout | undefined;

  const log = () => readFile(join(paths(bed.place.folder).log, "guard.log"), "utf8");
  const leader = () => bed.lease.leader();
  const released = async (within: number) => until(async () => (await leader()) === undefined, within);
  const watch = (members: string[]) => {
    const config = { ...JSON.parse(guardConfig(bed.place, members)), limits: LIMITS };
    return writeOwned(paths(bed.place.folder).guardConfig, JSON.stringify(config));
  };
  const stopRenewing = () => clearInterval(renewal);

  beforeAll(async () => {
    bed = await Bed.make([M, OTHER]);
    await watch([M]);
    server = await Server.make(bed, M);
  });
  afterAll(async () => {
    await bed?.end();
  });

  beforeEach(async () => {
    await server.start();
    patroni = bed.member(M, ["/bin/sleep", "3600"]).start();
    const lease = await bed.lease.lead(M, TTL);
    renewal = setInterval(() => void bed.lease.renew(lease).catch(() => {}), 1_000);
    bed.guard.restart = true;
    bed.guard.start();
    expect(await until(async () => (await log()).includes("patroni=alive postmaster=running primary"), 20_000)).toBe(
      true,
    );
    await sleep(300);
  });

  afterEach(async () => {
    stopRenewing();
    await bed.guard.stop();
    server.signal("SIGCONT");
    await patroni.stop();
    for (const pid of await server.processes()) signalPid(pid, "SIGCONT");
    await server.stop();
    await bed.lease.remove("leader");
    await bed.lease.remove("config");
    await writeOwned(join(paths(bed.place.folder).log, "guard.log"), "");
  });

  const killPatroni = () => {
    patroni.restart = false;
    patroni.signal("SIGKILL");
  };

  it("releases the key within a second of the death of the leader's Patroni and postmaster", async () => {
    killPatroni();
    server.signal("SIGKILL");
    expect(await released(SOON)).toBe(true);
    expect(await server.processes()).toEqual([]);
    expect(await log()).toMatch(/proven dead.*\n.*leader key released/);
  });

  it("releases it, too, when the postmaster dies a moment after a Patroni that is being started again", async () => {
    patroni.signal("SIGKILL");
    await sleep(150);
    server.signal("SIGKILL");
    expect(await released(SOON)).toBe(true);
    expect(await until(() => patroni.running, SOON)).toBe(true);
  });

  it("holds a Patroni that died alone up for a moment only", async () => {
    const before = server.pid;
    const since = Date.now();
    patroni.signal("SIGKILL");
    expect(await until(async () => /gone[\s\S]*patroni=alive postmaster=running primary/.test(await log()), SOON)).toBe(
      true,
    );
    expect(Date.now() - since).toBeLessThan(SOON);
    expect([server.pid, await leader()]).toEqual([before, M]);
  });

  it("releases it only after the last orphaned backend, one that ignores the postmaster's death", async () => {
    const query = server.sql("select pg_sleep(30)").catch(() => {});
    await sleep(300);
    const backend = Number(await server.sql("select pid from pg_stat_activity where query like 'select pg_sleep%'"));
    signalPid(backend, "SIGSTOP");
    killPatroni();
    server.signal("SIGKILL");
    expect(await released(SOON)).toBe(true);
    expect(await alive(backend)).toBe(false);
    await query;
  });

  it("kills what the dead Patroni was about to become a postmaster with, before it releases", async () => {
    const forked = spawn("/bin/sleep", ["60"], {
      cwd: "/",
      env: { LICENSE_DB_MEMBER: paths(bed.place.folder).member(M).lock },
      ...asUser(),
    });
    killPatroni();
    server.signal("SIGKILL");
    expect(await released(SOON)).toBe(true);
    expect(await until(() => forked.signalCode === "SIGKILL", SOON)).toBe(true);
  });

  it("leaves an administrator's own process in the data folder alone", async () => {
    const shell = spawn("/bin/sleep", ["60"], { cwd: server.data, env: {}, ...asUser() });
    killPatroni();
    server.signal("SIGKILL");
    expect(await released(SOON)).toBe(true);
    expect(shell.exitCode ?? shell.signalCode).toBeNull();
    shell.kill("SIGKILL");
  });

  it("never touches another member's key", async () => {
    await bed.lease.put("leader", "member-2");
    killPatroni();
    server.signal("SIGKILL");
    await sleep(1_500);
    expect(await leader()).toBe("member-2");
  });

  it("keeps the key while the postmaster lives and Patroni comes back in time", async () => {
    const before = server.pid;
    killPatroni();
    await sleep(3_000);
    patroni.restart = true;
    patroni.start();
    await sleep(4_000);
    expect(await leader()).toBe(M);
    expect(server.pid).toBe(before);
    expect(await server.answers()).toBe(true);
    expect(await log()).not.toMatch(/fence|release/);
  });

  it("keeps the key when only the postmaster is dead: Patroni decides", async () => {
    server.signal("SIGKILL");
    await sleep(1_500);
    expect(await leader()).toBe(M);
  });

  it("releases it when that Patroni does nothing, and another member could take over", async () => {
    const standby = await Server.make(bed, OTHER, { max_connections: "100" });
    const other = { server: standby, patroni: bed.member(OTHER, ["/bin/sleep", "3600"]).start() };
    await writeOwned(join(other.server.data, "standby.signal"), "");
    await other.server.start();
    try {
      await watch([M, OTHER]);
      bed.guard.signal("SIGHUP");
      expect(await until(async () => (await log()).includes(`${OTHER} state=patroni=alive`), SOON)).toBe(true);
      const before = patroni.pid;
      server.signal("SIGKILL");
      expect(await released(SOON)).toBe(true);
      expect(await alive(before)).toBe(false);
      expect(await log()).toMatch(/wake member-1 .*\n[\s\S]*proven dead/);
      expect([other.server.running, other.patroni.running]).toEqual([true, true]);
    } finally {
      await watch([M]);
      await other.patroni.stop();
      await other.server.stop();
    }
  });

  it("kills a primary whose Patroni does not come back, well before its lease ends, then releases the key", async () => {
    stopRenewing();
    const began = Date.now();
    killPatroni();
    expect(await until(() => !server.running, TTL * 1_000)).toBe(true);
    const spent = Date.now() - began;
    expect(spent).toBeGreaterThan(4_000);
    expect(spent).toBeLessThan(TTL * 1_000);
    expect(await released(SOON)).toBe(true);
    expect(await server.processes()).toEqual([]);
  });

  it("does so without etcd, for nobody would stop the primary when etcd is back", async () => {
    stopRenewing();
    bed.etcd.signal("SIGSTOP");
    killPatroni();
    const stopped = await until(() => !server.running, 12_000);
    bed.etcd.signal("SIGCONT");
    expect(stopped).toBe(true);
    expect(await released(5_000)).toBe(true);
  });

  it("leaves a primary with a live Patroni alone while etcd does not answer, and when it is back", async () => {
    bed.etcd.signal("SIGSTOP");
    // The lease is nearly over when etcd is back, and Patroni renews it then.
    await sleep((TTL - 3) * 1_000);
    bed.etcd.signal("SIGCONT");
    await sleep(4_000);
    expect(await server.answers()).toBe(true);
    expect(patroni.running).toBe(true);
    expect(await leader()).toBe(M);
    expect(await log()).toContain("etcd does not answer");
    expect(await log()).not.toMatch(/fence|release |revive/);
  });

  it("kills a leader that is stopped by a signal, Patroni and postmaster, long before its lease ends", async () => {
    stopRenewing();
    const before = patroni.pid;
    for (const pid of await server.processes()) signalPid(pid, "SIGSTOP");
    patroni.signal("SIGSTOP");
    expect(await until(() => !server.running, 10_000)).toBe(true);
    expect(await released(SOON)).toBe(true);
    expect(await server.processes()).toEqual([]);
    expect(await alive(before)).toBe(false);
  });

  it("replaces a leader's Patroni that is stopped by a signal, and leaves its server alone", async () => {
    const before = { patroni: patroni.pid, server: server.pid };
    patroni.signal("SIGSTOP");
    expect(await until(async () => !(await alive(before.patroni)), SOON)).toBe(true);
    expect(await until(() => patroni.running && patroni.pid !== before.patroni, SOON)).toBe(true);
    await sleep(1_000);
    expect(server.pid).toBe(before.server);
    expect(await leader()).toBe(M);
    expect(await log()).not.toMatch(/fence|release /);
  });

  it("replaces a leader's Patroni that does not renew the lease, and kills the leader before the lease ends", async () => {
    await sleep(10_000 - 1_000);
    stopRenewing();
    const before = patroni.pid;
    const began = Date.now();
    expect(await until(() => patroni.running && patroni.pid !== before, SOON)).toBe(true);
    expect(server.running).toBe(true);
    expect(await until(() => !server.running, TTL * 1_000)).toBe(true);
    expect(Date.now() - began).toBeLessThan((TTL - 3) * 1_000);
    expect(await released(SOON)).toBe(true);
  });

  it("kills a writable server when the key is another member's", async () => {
    await bed.lease.put("leader", "member-2");
    expect(await until(() => !server.running, SOON)).toBe(true);
    expect(await leader()).toBe("member-2");
  });

  it("does nothing in Patroni's maintenance mode", async () => {
    await bed.lease.put("config", JSON.stringify({ pause: true }));
    await sleep(1_500);
    killPatroni();
    await sleep(7_000);
    server.signal("SIGKILL");
    await sleep(1_500);
    expect(await leader()).toBe(M);
  });

  it("finishes after it was killed itself", async () => {
    bed.guard.restart = false;
    bed.guard.signal("SIGKILL");
    killPatroni();
    server.signal("SIGKILL");
    await sleep(500);
    expect(await leader()).toBe(M);
    bed.guard.start();
    expect(await released(SOON)).toBe(true);
  });

  it("keeps a new Patroni waiting while it holds the lock, and lets it start afterwards", async () => {
    patroni.restart = true;
    const before = patroni.pid;
    patroni.signal("SIGKILL");
    server.signal("SIGKILL");
    expect(await released(SOON)).toBe(true);
    expect(await until(() => patroni.running && patroni.pid !== before, SOON)).toBe(true);
    expect(await until(async () => /alive postmaster=none(?![\s\S]*gone)/.test(await log()), SOON)).toBe(true);
  });

  it("reads its members again on SIGHUP and says what is wrong with a bad file", async () => {
    const config = paths(bed.place.folder).guardConfig;
    await writeOwned(config, "{");
    bed.guard.signal("SIGHUP");
    expect(await until(async () => (await log()).includes("configuration kept as it was"), SOON)).toBe(true);
    await watch([]);
    bed.guard.signal("SIGHUP");
    await sleep(500);
    killPatroni();
    server.signal("SIGKILL");
    await sleep(1_000);
    expect(await leader()).toBe(M);
    await watch([M]);
    bed.guard.signal("SIGHUP");
    expect(await released(SOON)).toBe(true);
  });

  it("costs next to nothing while all is well", async () => {
    const ticks = async () => {
      const stat = await readFile(`/proc/${bed.guard.pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(fields[11]) + Number(fields[12]);
    };
    const before = await ticks();
    await sleep(5_000);
    // Ticks of 10 ms: under 3 % of one core.
    expect((await ticks()) - before).toBeLessThan(15);
  });
});
