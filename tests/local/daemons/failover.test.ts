import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { switchover } from "../../../components/local/provider/host/switchover";
import { paths } from "../../../components/local/provider/place";
import { every } from "../../support/every";
import { Cluster } from "./support/cluster";
import { Load, Probe, Reads } from "./support/load";
import { alive, signalPid, until } from "./support/processes";

const WRITERS = 4;
/** Milliseconds, for what ends by itself. */
const PATIENT = 180_000;
/** Milliseconds; without the guard a replica waits for it. How fast it goes is measured by the bench, not asserted. */
const LEASE = 15_000;
/** Than Patroni's lease. */
const LONGER = 22_000;

const TIMES = every ? 10 : 1;

// A real cluster of three under the guard, and poolers with their router before it. Outages are from the fault to the next
// acknowledged write.
describe("failover under the guard", () => {
  let cluster: Cluster;
  let load: Load;
  let reads: Reads;
  let probe: Probe;
  let primary: string;

  beforeAll(async () => {
    cluster = await Cluster.make(process.env.FAILOVER_UNGUARDED === undefined);
    const first = await cluster.primary();
    for (const table of ["load", "probe"]) await cluster.query(first ?? "", `create table ${table} (id text)`);
    await cluster.query(first ?? "", "grant all on load to public");
  }, PATIENT);
  afterAll(async () => {
    await cluster?.end();
  });

  beforeEach(async () => {
    await cluster.settle();
    primary = (await cluster.primary()) ?? "";
    await cluster.query(primary, "truncate load");
    load = new Load(cluster, WRITERS);
    reads = new Reads(cluster, 4);
    probe = new Probe(cluster);
    await until(() => load.writes.length > 100, 10_000);
  });

  afterEach(async () => {
    const name = primary;
    if (!cluster.member(name).running) {
      cluster.member(name).restart = true;
      cluster.member(name).start();
    }
    await load.stop();
    await probe.stop();
    await cluster.settle();
    // Sessions that have been there all the time are at the two replicas again, and left the new primary.
    const lately = () => reads.answers.filter(({ answered }) => answered > performance.now() - 1_000);
    const settled = () =>
      lately().every(({ replica }) => replica) && new Set(lately().map(({ server }) => server)).size === 2;
    const back = await until(settled, 30_000);
    const last = JSON.stringify(lately().slice(-8));
    await reads.stop();
    expect(back, last).toBe(true);
    expect(probe.overlap()).toBeUndefined();
    expect(load.backwards()).toBeUndefined();
    const rows = await cluster.query((await cluster.primary()) ?? "", "select id from load");
    const kept = new Set(rows.map((row) => row.id));
    expect(load.writes.filter((write) => !kept.has(write.id))).toEqual([]);
  });

  const outage = async (what: string, since: number, healedFrom?: number): Promise<number> => {
    const spent = await load.outage(since, healedFrom);
    console.log(`${what}: ${(spent / 1000).toFixed(2)} s without writes`);
    return spent;
  };

  function fault(what: string, happens: () => Promise<void>): void {
    for (let run = 1; run <= TIMES; run++) it(every ? `${what}, run ${run}` : what, happens, PATIENT);
  }
  /** What becomes of such a death is proven for the guard alone, too: guard.test.ts. */
  const further = (what: string, happens: () => Promise<void>): void => {
    if (every) fault(what, happens);
  };

  fault("primary killed with its Patroni", async () => {
    const since = await cluster.signal(primary, "SIGKILL");
    expect(await outage("killed, brought back", since)).toBeLessThan(LEASE);
  });

  further("primary killed for good", async () => {
    cluster.member(primary).restart = false;
    const since = await cluster.signal(primary, "SIGKILL");
    expect(await outage("killed for good", since)).toBeLessThan(LEASE);
  });

  fault("only PostgreSQL killed: its Patroni is told at once, and hands over", async () => {
    const since = performance.now();
    signalPid(cluster.postmaster(primary), "SIGKILL");
    expect(await outage("only PostgreSQL killed", since)).toBeLessThan(LEASE);
    expect(await cluster.primary()).not.toBe(primary);
    const log = await readFile(join(paths(cluster.bed.place.folder).log, "guard.log"), "utf8");
    expect(log).toMatch(new RegExp(`wake ${primary} .*answered=True`));
  });

  further("only Patroni killed, and brought back: nothing happens", async () => {
    const since = performance.now();
    cluster.member(primary).signal("SIGKILL");
    await sleep(12_000);
    await outage("only Patroni killed", since);
    expect(await cluster.primary()).toBe(primary);
  });

  fault("only Patroni killed, not brought back", async () => {
    cluster.member(primary).restart = false;
    const since = performance.now();
    cluster.member(primary).signal("SIGKILL");
    // The server goes on until the grace ends.
    expect(await until(async () => (await cluster.processes(primary)).length === 0, 15_000)).toBe(true);
    expect(await outage("only Patroni killed for good", since, performance.now())).toBeLessThan(LEASE);
  });

  fault("frozen for longer than the lease and thawed", async () => {
    const frozen = await cluster.processes(primary);
    const since = await cluster.signal(primary, "SIGSTOP");
    // The guard waits 5 s: a stopped process may be thawed again.
    expect(await outage("frozen", since)).toBeLessThan(LEASE);
    await sleep(Math.max(0, LONGER - (performance.now() - since)));
    for (const pid of frozen) signalPid(pid, "SIGCONT");
    await sleep(5_000);
  });

  further("only Patroni frozen for longer than the lease and thawed: another takes its place", async () => {
    const { pid } = cluster.member(primary);
    const since = performance.now();
    signalPid(pid, "SIGSTOP");
    await sleep(LONGER);
    signalPid(pid, "SIGCONT");
    await sleep(3_000);
    expect(await outage("only Patroni frozen", since)).toBeLessThan(LEASE);
    expect(await alive(pid)).toBe(false);
  });

  fault("handed over as planned", async () => {
    const since = performance.now();
    const { place } = cluster.bed;
    await switchover(
      place,
      primary,
      cluster.names,
      cluster.names.filter((name) => name !== primary),
    );
    expect(await outage("handed over", since, performance.now())).toBeLessThan(LEASE);
    expect(await cluster.primary()).not.toBe(primary);
  });

  fault(
    "a transaction that a frozen primary still has is cut off when another leads, though nobody fences it",
    async () => {
      const { guard } = cluster.bed;
      await guard.stop();
      // Who goes to the members directly finds two of them that take writes then; the pooler must not.
      await probe.stop();
      const stuck = cluster.application("writer");
      await stuck.connect();
      const cut = new Promise<number>((resolve) => stuck.once("end", () => resolve(performance.now())));
      await stuck.query("begin");
      await stuck.query("insert into load values ('stuck')");
      const frozen = await cluster.processes(primary);
      const since = await cluster.signal(primary, "SIGSTOP");
      const commit = stuck.query("commit").then(
        () => "committed",
        () => "failed",
      );
      await outage("frozen, without the guard", since);
      expect(await Promise.race([cut, sleep(5_000)])).toBeTypeOf("number");
      for (const pid of frozen) signalPid(pid, "SIGCONT");
      guard.restart = true;
      guard.start();
      expect(await commit).toBe("failed");
      await cluster.settle();
      const { length } = await cluster.query((await cluster.primary()) ?? "", "select from load where id = 'stuck'");
      expect(length).toBe(0);
    },
  );
});
