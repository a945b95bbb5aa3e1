import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientConfig } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memberNames, paths } from "../../components/local/provider/place";
import { type Step, settleAll, silent } from "../../components/local/tools/reporter";
import type { Stack } from "../../ops/cli/stack";
import { abandon } from "../../ops/migrate/abandon";
import { follow } from "../../ops/migrate/follow";
import { handOver } from "../../ops/migrate/handover";
import { closeBehind } from "../../ops/migrate/lag";
import { cut, nameOf, subscribe } from "../../ops/migrate/link";
import { emptyTarget, load } from "../../ops/migrate/load";
import { changeState, linkOf, type Migration, stateOf } from "../../ops/migrate/migration";
import type { Plan } from "../../ops/migrate/plan";
import { serverEnd } from "../../ops/migrate/serverEnd";
import { stackEnd } from "../../ops/migrate/stackEnd";
import { statusOf } from "../../ops/migrate/status";
import { filled } from "../../ops/migrate/survey";
import { verifyFollowing } from "../../ops/migrate/verify";
import { ROOT } from "../../ops/setup/session";
import { eventually, leader, succeeded, view } from "../local/lifecycle/shared";
import { MigratingWriters } from "../local/support/migratingWriters";
import { PlainServer } from "../local/support/plainServer";
import { postmasterOf } from "../local/support/processes";
import { AS_LOCAL, TestStack } from "../local/support/stack";
import { every, itEvery } from "../support/every";
import { makeSample } from "../support/sample/rows";

const MEMBERS = memberNames(2);
const SCALE = every ? 20 : 8;
const LICENSES = 1_000 * SCALE;
const HANDOVER = { jobs: 2, mostLag: 16e6, mostDelay: 500, patience: 500, verifyInside: 16e6, verify: true };

// Real servers, real data, writers all the time.
describe("migrate", () => {
  let stack: TestStack;
  let oldest: PlainServer;
  const servers: PlainServer[] = [];
  let migration: Migration;

  async function server(major: 12 | 15 | 18, settings?: Record<string, string>): Promise<PlainServer> {
    const made = await PlainServer.start(major, join(stack.scratch, `plain-${major}`), settings);
    servers.push(made);
    writeFileSync(addressFile(made), made.address, { mode: 0o600 });
    return made;
  }
  const addressFile = ({ port }: PlainServer) => join(stack.scratch, `address-${port}`);

  async function between(source: PlainServer): Promise<Migration> {
    return {
      source: await serverEnd({ sourceFile: addressFile(source) }),
      target: await stackEnd({ name: stack.name, ...(await stack.outputs()) } as unknown as Stack),
      report: silent,
      signal: new AbortController().signal,
    };
  }

  const migrate = (command: string, from: PlainServer, ...args: string[]) =>
    stack.licenseDb("migrate", command, "--source-file", addressFile(from), ...args);

  function succeeds<T extends { code: number; stdout: string; stderr: string }>(ran: T): T {
    expect(ran.code, `${ran.stdout}\n${ran.stderr}`).toBe(0);
    return ran;
  }

  /** The command as a process of its own, to be killed. */
  function start(command: string, from: PlainServer, ...args: string[]): ChildProcess {
    const all = ["migrate", command, "--stack", stack.name, "--source-file", addressFile(from), ...args];
    return spawn(process.execPath, [join(ROOT, "ops/cli/license-db.mjs"), ...all], {
      env: { ...process.env, LICENSE_DB_STATE: stack.state },
      stdio: "ignore",
    });
  }

  async function killed(child: ChildProcess): Promise<void> {
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** One statement as the superuser on the stack's primary. */
  async function onTarget<T extends object>(sql: string): Promise<T[]> {
    return stack.onMember<T>(await leader(stack, MEMBERS), sql, "license_management");
  }

  async function loseThePrimary(): Promise<void> {
    const primary = await leader(stack, MEMBERS);
    // Until Patroni itself knows of a standby that has all, the primary comes back as the primary.
    const ready = async () => (await view(stack, MEMBERS)).filter(({ role }) => role === "sync_standby").length;
    await eventually(ready, 1, 120_000);
    process.kill(postmasterOf(paths(stack.folder).member(primary).data), "SIGKILL");
    await eventually(async () => (await leader(stack, MEMBERS)) !== primary, true, 60_000);
  }

  /** Tables that differ, at one moment of both ends, while writers write. */
  async function different(): Promise<string[]> {
    const state = await stateOf(migration);
    const found = await verifyFollowing(linkOf(migration, state.direction), filled(state.tables), 2);
    expect(found.rows).toBeGreaterThan(LICENSES);
    return found.differences.map(({ table }) => table);
  }

  async function theSame(): Promise<void> {
    expect(await different()).toEqual([]);
  }

  beforeAll(async () => {
    stack = await TestStack.make("moved", {
      ...AS_LOCAL,
      replicas: 1,
      backups: { finalBackup: false },
      parameters: { wal_level: "logical" },
    });
    // A worker that fails there is begun anew as soon.
    const [ran, made] = await Promise.all([stack.up(), server(12, { wal_retrieve_retry_interval: "500ms" })]);
    succeeded(ran);
    oldest = made;
    await oldest.on((client) => makeSample(client, SCALE));
    migration = await between(oldest);
  });
  afterAll(async () => {
    for (const one of servers) await one.control("stop").catch(() => {});
    await stack?.dispose();
  });

  it("tells all that stands in the way, and begins nothing", async () => {
    const bad = await server(15, { wal_level: "replica", max_replication_slots: "1" });
    await bad.on(async (client) => {
      await client.query("create table keyless (a int); create unlogged table cache (a int primary key)");
      await client.query("select lo_from_bytea(0, 'x'), pg_create_physical_replication_slot('forgotten')");
    });
    const told = await migrate("plan", bad, "--json");
    expect(told.code, told.stderr).toBe(3);
    const { checks } = JSON.parse(told.stdout) as Plan;
    const stops = checks.filter(({ verdict }) => verdict === "stop");
    expect(stops.map(({ name }) => name).sort()).toEqual(
      ["large-objects", "replica identity", "slots", "unlogged-tables", "wal_level"].sort(),
    );
    expect(stops.find(({ name }) => name === "slots")?.found).toContain("forgotten");
    expect(stops.every(({ mend }) => mend)).toBe(true);
    const refused = await migrate("load", bad);
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toContain("public.keyless");
    expect(refused.stderr + refused.stdout).not.toContain(PlainServer.password);
    expect(await onTarget("select 1 from pg_namespace where nspname = 'license_db_migration'")).toEqual([]);
  });

  describe("from the oldest, with writers at work", () => {
    let writers: MigratingWriters;
    let used: number;
    const activations = "select machine from licensing.activations where machine like 'writer-%'";

    beforeAll(async () => {
      const outside = await stack.connection();
      const [before] = await oldest.on(
        async (client) => (await client.query("select sum(used)::int as used from licensing.licenses")).rows,
      );
      used = before.used;
      writers = new MigratingWriters([oldest.connection(), outside], 3, LICENSES);
    });

    it("goes on with a load that was killed: what was there stays, the snapshot is the same", async () => {
      const first = start("load", oldest, "--jobs", "2");
      await eventually(
        () =>
          onTarget("select 1 as made from license_db_migration.state where state ? 'snapshot'").then(
            (rows) => rows.length,
            () => 0,
          ),
        1,
        60_000,
      );
      // It cannot come to its end while somebody holds a table.
      const { host, port, user } = await heldSession();
      const { Client } = await import("pg");
      const holder = new Client({ host, port, user, database: "license_management" });
      await holder.connect();
      await holder.query("begin; lock table licensing.products in access share mode");
      await eventually(
        async () => (await onTarget("select 1 from license_db_migration.loaded")).length > 2,
        true,
        30_000,
      );
      await killed(first);
      const done = (await onTarget<{ name: string }>("select name from license_db_migration.loaded")).length;
      expect(done).toBeLessThan(filled((await stateOf(migration)).tables).length);
      await holder.end();
      expect(await statusOf(migration, await stateOf(migration))).toMatchObject({ phase: "loading" });

      const second = succeeds(await migrate("load", oldest, "--json", "--jobs", "2"));
      expect(JSON.parse(second.stdout)).toMatchObject({ resumed: true, tables: 8 });
      const [refused] = await Promise.allSettled([
        stack.query("writer", "insert into licensing.products values ('x', 'x', 1, '{}')"),
      ]);
      expect(refused).toMatchObject({ status: "rejected", reason: { code: "25006" } });
    });

    it("follows through a failover of the stack, and brings anew what that has lost", async () => {
      expect(await follow(migration, await stateOf(migration))).toMatchObject({ active: true });
      // What a killed server's orphans told the source they have is known by nobody else; and one more thing is missing.
      await onTarget(
        "set session_replication_role = replica; delete from licensing.licenses where number % 1000 = 0; update licensing.customers set tags = '{}' where id = 7",
      );
      const interrupted = new AbortController();
      let watches: () => void = () => {};
      const watched = new Promise<void>((resolve) => {
        watches = resolve;
      });
      const report = {
        ...silent,
        all: <T>(steps: readonly Step<T>[]) => settleAll(steps.map((step) => step.run(watches))),
      };
      const watching = follow({ ...migration, report, signal: interrupted.signal }, await stateOf(migration), {
        watch: true,
      });
      watching.catch(() => {});
      await Promise.race([watching, watched]);
      await loseThePrimary();
      const mended = async () => (await statusOf(migration, await stateOf(migration))).failedOver;
      await Promise.race([watching, eventually(mended, [], 120_000)]);
      interrupted.abort();
      await watching;
      await theSame();
    });

    itEvery(
      "switches nothing after a failover before all is there again, nor by a mending that was cut off",
      async () => {
        const lost = "set session_replication_role = replica; delete from licensing.customers where id = 7";
        await onTarget(lost);
        await changeState(migration, { timelines: { source: "00000001", target: "00000001" } });
        expect((await statusOf(migration, await stateOf(migration))).failedOver).toEqual([migration.target.label]);
        const forward = async (verify: boolean) =>
          handOver(migration, await stateOf(migration), "forward", { ...HANDOVER, verify });
        await expect(forward(false)).rejects.toMatchObject({
          exitCode: 3,
          message: expect.stringMatching(/licensing\.customers: .*Nothing was switched/s),
        });
        succeeds(await migrate("follow", oldest));
        expect(await statusOf(migration, await stateOf(migration))).toMatchObject({
          failedOver: [],
          phase: "following",
        });
        await theSame();

        // And a worker whose publisher took its connection, and said nothing since.
        const mute = createServer(() => {});
        await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
        const { port } = mute.address() as AddressInfo;
        const name = nameOf(linkOf(migration, "forward"));
        await onTarget(
          `alter subscription ${name} connection 'host=127.0.0.1 port=${port} user=nobody dbname=nothing'`,
        );
        const hanging = "select 1 as hangs from pg_stat_activity where wait_event ilike 'LibPQWalReceiverConnect'";
        await eventually(() => onTarget(hanging), [{ hangs: 1 }], 60_000);
        await subscribe(linkOf(migration, "forward"));
        await theSame();
        mute.close();

        await onTarget(lost);
        await cut(linkOf(migration, "forward"));
        await expect(forward(true)).rejects.toThrow("license-db migrate follow");
        await follow(migration, await stateOf(migration));
        await theSame();
      },
    );

    it("stops no writes before the changes are close behind", async () => {
      const link = linkOf(migration, "forward");
      const blocked =
        "select count(*)::int as n from pg_locks where relation = 'licensing.products'::regclass and not granted";
      const controller = new AbortController();
      const { signal } = controller;
      const holder = await link.subscriber.connect({ statementTimeout: 0 });
      let handing: Promise<unknown> | undefined;
      try {
        // Changes stand still behind one that waits for somebody.
        await holder.query("begin; lock table licensing.products in share mode");
        await oldest.on((client) => client.query("insert into licensing.products values ('late', 'late', 1, '{}')"));
        await eventually(() => onTarget(blocked), [{ n: 1 }]);
        await expect(closeBehind(link, 500, 1_500, { progress: () => {}, signal })).rejects.toMatchObject({
          exitCode: 1,
          message: expect.stringMatching(/Changes take \d+\.\d s to arrive.*Nothing was switched.*--most-delay/),
        });
        handing = handOver({ ...migration, signal }, await stateOf(migration), "forward", {
          ...HANDOVER,
          verify: false,
        });
        handing.catch(() => {});
        await Promise.race([handing, sleep(3_000)]);
        await oldest.on((client) => client.query("delete from licensing.products where code = 'late'"));
        expect(await onTarget(blocked)).toEqual([{ n: 1 }]);
      } finally {
        controller.abort();
        await holder.query("rollback");
        await holder.end();
      }
      await expect(handing).rejects.toThrow(/abort/);
      expect((await statusOf(migration, await stateOf(migration))).live).toBe(migration.source.label);
    });

    it("cuts over by the command, and says for how long writes stopped", async () => {
      const unconfirmed = await migrate("cutover", oldest);
      expect(unconfirmed.code, unconfirmed.stderr).toBe(5);
      const since = performance.now();
      const ran = succeeds(await migrate("cutover", oldest, "--json", "--confirm", stack.name));
      await sleep(500);
      const done = JSON.parse(ran.stdout);
      const gap = writers.gap(since, performance.now());
      console.log(
        `cut-over: ${done.writeStopSeconds.toFixed(2)} s by its own measure, ${gap.toFixed(2)} s by the writers'`,
      );
      expect(done).toMatchObject({
        wayBack: true,
        sequences: 4,
        inside: { differences: [] },
        after: { differences: [] },
      });
      // `npm run bench` measures how short it is.
      expect(done.writeStopSeconds).toBeGreaterThan(0);
      expect(done.writeStopSeconds).toBeLessThan(gap + 1);
      expect(await statusOf(migration, await stateOf(migration))).toMatchObject({
        phase: "switched",
        live: migration.target.label,
      });
      await expect(
        oldest.on((client) => client.query("insert into licensing.products values ('x', 'x', 1, '{}')")),
      ).rejects.toMatchObject({ code: "25006" });
    });

    itEvery("keeps the way back through a failover of the stack", async () => {
      await loseThePrimary();
      // The old end may have been told of what the stack itself has lost, and that may stand in the way of what came instead.
      const product = (title: string) => `insert into licensing.products values ('lost', '${title}', 1, '{}')`;
      await oldest.on((client) =>
        client.query(`set session_replication_role = replica; ${product("by the lost server")}`),
      );
      await eventually(() => stack.query("writer", product("by the next")), [], 60_000);
      succeeds(await migrate("verify", oldest, "--repair"));
      expect((await statusOf(migration, await stateOf(migration))).failedOver).toEqual([]);
      await theSame();
    });

    it("goes back, and over again, after a cut-over that was killed half-way", async () => {
      await handOver(migration, await stateOf(migration), "back", HANDOVER);
      expect(await statusOf(migration, await stateOf(migration))).toMatchObject({
        phase: "following",
        live: migration.source.label,
      });
      await theSame();

      // The stack cannot be opened to writers while somebody holds a table.
      const { host, port, user } = await heldSession();
      const { Client } = await import("pg");
      const holder = new Client({ host, port, user, database: "license_management" });
      await holder.connect();
      await holder.query("begin; lock table licensing.products in access share mode");
      const cutover = start("cutover", oldest, "--confirm", stack.name);
      await eventually(async () => (await statusOf(migration, await stateOf(migration))).live, "nobody", 60_000);
      await sleep(500);
      await killed(cutover);
      await holder.end();
      await sleep(200);
      succeeds(await migrate("rollback", oldest));
      expect(await statusOf(migration, await stateOf(migration))).toMatchObject({ live: migration.source.label });
      await theSame();
      await handOver(migration, await stateOf(migration), "forward", HANDOVER);
      await theSame();
    });

    it("has lost and doubled nothing of what the writers were told is done", async () => {
      await writers.stop();
      const rows = await onTarget<{ machine: string }>(activations);
      const there = new Set(rows.map(({ machine }) => machine));
      expect(rows.length).toBe(there.size);
      expect([...writers.acknowledged.keys()].filter((machine) => !there.has(machine))).toEqual([]);
      expect(
        [...there].filter((machine) => !writers.acknowledged.has(machine) && !writers.unknown.has(machine)),
      ).toEqual([]);
      expect(there.size).toBeGreaterThan(300);
      // The trigger has counted every activation once, at whichever end it was made.
      const [now] = await onTarget<{ used: number }>("select sum(used)::int as used from licensing.licenses");
      expect(now?.used).toBe(used + there.size);
      const doubled = "select action from licensing.audit where actor = 'writer' group by action having count(*) > 1";
      expect(await onTarget(doubled)).toEqual([]);
    });

    it("ends without a trace, and the old end stays closed", async () => {
      succeeds(await migrate("abandon", oldest, "--confirm", stack.name));
      const traces = `select slot_name from pg_replication_slots where slot_type = 'logical' union all
        select subname from pg_subscription union all select pubname from pg_publication union all
        select rolname from pg_roles where rolname = 'license_db_migration' union all
        select nspname from pg_namespace where nspname = 'license_db_migration'`;
      expect(await onTarget(traces)).toEqual([]);
      const left = await oldest.on(async (client) => (await client.query(traces)).rows);
      expect(left).toEqual([{ slot_name: "license_db_migration" }]);
      await expect(oldest.on((client) => client.query("delete from licensing.activations"))).rejects.toMatchObject({
        code: "25006",
      });
      await stack.query("writer", "delete from licensing.usage where at < '2026-11-01 00:01Z'");
    });
  });

  it("forgets a slot once Patroni has dropped it, also while somebody reads from it", async () => {
    const slot = "license_db_migration_back";
    const { target } = migration;
    await target.expectSlot(slot);
    await onTarget(`select pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
    await target.keepSlot(slot);
    const { Client } = await import("pg");
    const config = { ...(await heldSession()), database: "license_management", replication: "database" };
    const reader = new Client(config as ClientConfig);
    await reader.connect();
    const ended = new Promise<void>((resolve) => {
      reader.on("error", () => {}).on("end", resolve);
    });
    reader
      .query(`START_REPLICATION SLOT ${slot} LOGICAL 0/0 (proto_version '1', publication_names 'none')`)
      .catch(() => {});
    const found = `select active from pg_replication_slots where slot_name = '${slot}'`;
    await eventually(() => onTarget(found), [{ active: true }]);
    await target.forgetSlot(slot);
    expect(await onTarget(found)).toEqual([]);
    await ended;
  });

  it("comes from the newest, without a way back", async () => {
    const newest = await server(18);
    await newest.on((client) => makeSample(client, 1));
    migration = await between(newest);
    await emptyTarget(migration.target);
    await load(migration, { jobs: 2 });
    await follow(migration, await stateOf(migration));
    const state = await changeState(migration, { wayBack: false });
    const done = await handOver(migration, state, "forward", HANDOVER);
    expect(done).toMatchObject({ wayBack: false, before: { differences: [] }, inside: { differences: [], tables: 8 } });
    const ended = await abandon(migration, { empty: true });
    expect(ended).toEqual({ closed: [migration.source.label], emptied: false });
    expect(await stack.query("writer", "select count(*)::int from licensing.licenses")).toEqual([{ count: 1_000 }]);
  });

  async function heldSession(): Promise<{ host: string; port: number; user: string }> {
    const place = await stack.place();
    const primary = await leader(stack, MEMBERS);
    return {
      host: paths(place.folder).member(primary).socket,
      port: place.ports.postgres + Number(primary.split("-")[1]),
      user: "postgres",
    };
  }
});
