import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { scramVerifier } from "../../components/bootstrap/scram";
import { switchover } from "../../components/local/provider/host/switchover";
import { newAuthority } from "../../components/local/provider/host/tls";
import { memberNames, memberPorts, paths } from "../../components/local/provider/place";
import {
  type ClientEvent,
  type ClientOptions,
  ClosedError,
  type Endpoint,
  fromEnvironment,
  fromOutputs,
  LicenseDb,
  OverloadedError,
  passwordFile,
  RefusedError,
  RolledBackError,
  UnavailableError,
} from "../../ops/client";
import { eventually, leader, streaming, succeeded } from "../local/lifecycle/shared";
import { ApplicationLoad } from "../local/support/applicationLoad";
import { postmasterOf } from "../local/support/processes";
import { TestStack } from "../local/support/stack";

const MEMBERS = memberNames(2);

// The application's library against a real cluster, on its worst days.
describe("the client library", () => {
  let stack: TestStack;
  let db: LicenseDb;
  const events: ClientEvent[] = [];
  const opened: LicenseDb[] = [];

  /** A client of its own, as an application makes it. */
  async function client(options: Partial<ClientOptions> = {}): Promise<LicenseDb> {
    const made = new LicenseDb({
      ...fromOutputs(await stack.outputs()),
      onEvent: (event) => events.push(event),
      ...options,
    });
    opened.push(made);
    return made;
  }

  const REPLICA = "select pg_is_in_recovery() as replica";

  beforeAll(async () => {
    stack = await TestStack.make("local", { replicas: 1, backups: { finalBackup: false } });
    succeeded(await stack.up());
    db = await client();
    for (const text of ApplicationLoad.TABLES.split(";")) await db.query(text);
  });
  afterEach(() => {
    events.length = 0;
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close({ timeout: 100 })));
    await stack?.dispose();
  });

  const standby = () => MEMBERS.find((member) => member !== primary) ?? "";
  let primary = "";
  const calls = () => events.filter((event) => event.kind === "call");

  it("writes to the writer, reads from a replica, commits and rolls back", async () => {
    await db.query("create table licenses (id int primary key, owner text)");
    await db.query("insert into licenses values ($1, $2)", [1, "Ada"]);
    const after = await db.position();
    expect((await db.read("select * from licenses", [], { after })).rows).toEqual([{ id: 1, owner: "Ada" }]);
    // While none is fit, the primary stands in: on a busy machine for a moment.
    await eventually(async () => (await db.read(REPLICA)).rows, [{ replica: true }]);
    expect((await db.query(REPLICA)).rows).toEqual([{ replica: false }]);

    const sum = await db.transaction(async (transaction) => {
      await transaction.query("insert into licenses values (2, 'Grace')");
      return (await transaction.query<{ sum: string }>("select sum(id) from licenses")).rows[0]?.sum;
    });
    expect(sum).toBe("3");
    await expect(
      db.transaction(async (transaction) => {
        await transaction.query("delete from licenses");
        throw new Error("changed our mind");
      }),
    ).rejects.toThrow("changed our mind");
    expect((await db.query("select id from licenses order by id")).rows).toEqual([{ id: 1 }, { id: 2 }]);
    expect(calls().every(({ attempts }) => attempts === 1)).toBe(true);
  });

  it("leaves what the server says of a statement as it is", async () => {
    await expect(db.query("insert into licenses values (1)")).rejects.toMatchObject({ code: "23505" });
    await expect(db.query("selec")).rejects.toMatchObject({ code: "42601" });
    await expect(db.read("insert into licenses values (9)")).rejects.toMatchObject({ code: "25006" });
    await expect(
      db.transaction((transaction) => transaction.query("delete from licenses"), { readOnly: true }),
    ).rejects.toMatchObject({ code: "25006" });
    expect((await db.query("select count(*)::int from licenses")).rows).toEqual([{ count: 2 }]);
  });

  it("says so when a function swallows a failed statement, instead of losing its writes without a word", async () => {
    const swallow = db.transaction(async (transaction) => {
      await transaction.query("insert into licenses values (3)");
      await transaction.query("insert into licenses values (1)").catch(() => {});
    });
    await expect(swallow).rejects.toThrow(RolledBackError);
    const around = db.transaction(async (transaction) => {
      await transaction.query("savepoint before");
      await transaction.query("insert into licenses values (1)").catch(() => {});
      await transaction.query("rollback to savepoint before");
      await transaction.query("insert into licenses values (4)");
    });
    await around;
    expect((await db.query("select id from licenses order by id")).rows.map(({ id }) => id)).toEqual([1, 2, 4]);
  });

  it("runs a function again after a serialization failure and a deadlock, until all have come through", async () => {
    const count = () =>
      db.transaction(
        async (transaction) => {
          const { rows } = await transaction.query<{ writes: number }>("select writes from counts");
          await transaction.query("update counts set writes = $1", [(rows[0]?.writes ?? 0) + 1]);
        },
        { isolation: "serializable" },
      );
    await Promise.all(Array.from({ length: 12 }, count));
    expect((await db.query("select writes from counts")).rows).toEqual([{ writes: 12 }]);
    expect(events).toContainEqual(expect.objectContaining({ kind: "retry", failure: "rolled back" }));

    const lock = (first: number, second: number) =>
      db.transaction(async (transaction) => {
        await transaction.query("update licenses set owner = owner where id = $1", [first]);
        await sleep(100);
        await transaction.query("update licenses set owner = owner where id = $1", [second]);
      });
    await Promise.all([lock(1, 2), lock(2, 1)]);
  });

  it("speaks to no server that is not vouched for, and says at once that a password is wrong", async () => {
    const strangers = await client({ caCertificate: (await newAuthority("Somebody else", 1)).cert });
    await expect(strangers.query("select 1")).rejects.toThrow(RefusedError);
    const wrong = await client({ password: "wrong" });
    await expect(wrong.query("select 1")).rejects.toThrow(
      /writer at 127.0.0.1:\d+ cannot be logged in to as license_app/,
    );
    expect(events.filter(({ kind }) => kind === "retry")).toEqual([]);
    expect(await wrong.health()).toMatchObject({ ok: false, writer: { ok: false } });
  });

  it("is made from environment variables", async () => {
    const { writer, reader, password, caCertificate } = await stack.outputs();
    const file = join(stack.scratch, "ca.pem");
    writeFileSync(file, caCertificate);
    const variables = {
      DB_HOST: writer.host,
      DB_PORT: String(writer.port),
      DB_READER_PORT: String(reader.port),
      DB_PASSWORD: password,
      DB_CA_FILE: file,
    };
    const made = new LicenseDb(fromEnvironment(variables));
    opened.push(made);
    await eventually(async () => (await made.read(REPLICA)).rows, [{ replica: true }]);
    expect(await made.health()).toMatchObject({ ok: true, writer: { ok: true }, readers: [{ ok: true }] });
  });

  describe("with a reader that stands still", () => {
    let readers: Endpoint[];
    let late: LicenseDb;

    beforeAll(async () => {
      primary = await leader(stack, MEMBERS);
      const { ports } = await stack.place();
      // Around the balancer, which soon sends reads elsewhere.
      readers = [{ host: "127.0.0.1", port: memberPorts(ports, standby()).postgres }];
      late = await client({ readers });
      expect((await late.read(REPLICA)).rows).toEqual([{ replica: true }]);
      await stack.onMember(standby(), "select pg_wal_replay_pause()");
      await eventually(
        () => stack.onMember(standby(), "select pg_get_wal_replay_pause_state() as state"),
        [{ state: "paused" }],
      );
    });
    afterAll(async () => {
      await stack.onMember(standby(), "select pg_wal_replay_resume()");
    });

    it("reads its own writes on demand, from the writer if need be", async () => {
      await db.query("insert into licenses values (5, 'Edsger')");
      const after = await late.position();
      const find = "select owner from licenses where id = 5";
      expect((await late.read(find)).rows).toEqual([]);
      expect((await late.read(find, [], { after })).rows).toEqual([{ owner: "Edsger" }]);
      expect((await late.read(find, [], { maxLag: 0 })).rows).toEqual([{ owner: "Edsger" }]);
      expect(events).toContainEqual(expect.objectContaining({ kind: "fallback", because: "lag" }));
    });

    it("leaves the reader alone beyond the lag bound, and comes back to it", async () => {
      const strict = await client({ readers, maxLag: 1_000 });
      const onReplica = async () => (await strict.read(REPLICA)).rows[0]?.replica;
      await db.query("update licenses set owner = 'Barbara' where id = 5");
      await eventually(onReplica, false, 30_000);
      await stack.onMember(standby(), "select pg_wal_replay_resume()");
      await eventually(onReplica, true, 30_000);
    });
  });

  describe("back-pressure and the end", () => {
    it("refuses at once what would wait too long, and does the rest", async () => {
      const small = await client({ pool: { max: 2 }, readers: [], maxQueue: 3 });
      const slow = Array.from({ length: 8 }, () => small.query("select pg_sleep(0.3)"));
      const settled = await Promise.allSettled(slow);
      expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
      for (const one of settled) if (one.status === "rejected") expect(one.reason).toBeInstanceOf(OverloadedError);
      expect(events).toContainEqual(expect.objectContaining({ kind: "overloaded" }));
      expect(small.statistics()).toMatchObject({ calls: 0, writer: { connections: 2, idle: 2, waiting: 0 } });
    });

    it("finishes what has begun, takes nothing more, and says what it cut off", async () => {
      const gentle = await client();
      const slow = gentle.query("select pg_sleep(0.3)");
      await sleep(100);
      const closed = gentle.close();
      await expect(gentle.query("select 1")).rejects.toThrow(ClosedError);
      expect(await closed).toEqual({ unfinished: 0 });
      expect((await slow).rowCount).toBe(1);

      const hasty = await client();
      const cut = Promise.allSettled([hasty.query("select pg_sleep(30)")]);
      await sleep(200);
      expect(await hasty.close({ timeout: 100 })).toEqual({ unfinished: 1 });
      expect(await cut).toMatchObject([{ reason: { outcome: "unknown" } }]);
    });

    it("hands a connection to the next who waits, until it has lived as long as it may", async () => {
      const { ports } = await stack.place();
      const writer = { host: "127.0.0.1", port: memberPorts(ports, await leader(stack, MEMBERS)).postgres };
      const busy = await client({ writer, readers: [], pool: { max: 2 }, maxLifetime: 1_000 });
      const seen = new Map<number, number>();
      let calls = 0;
      const end = performance.now() + 30_000;
      const caller = async () => {
        // Each is replaced about once a second.
        while (seen.size < 6 && performance.now() < end) {
          const began = performance.now();
          const { rows } = await busy.query<{ pid: number; age: number }>(
            `select pid, extract(epoch from clock_timestamp() - backend_start)::float8 as age
               from pg_stat_activity where pid = pg_backend_pid()`,
          );
          // How old it was when the call got it, at least: the rest of its age is the call's own time.
          const waited = (performance.now() - began) / 1_000;
          for (const { pid, age } of rows) seen.set(pid, Math.max(age - waited, seen.get(pid) ?? 0));
          calls += 1;
        }
      };
      await Promise.all(Array.from({ length: 6 }, caller));
      expect(seen.size).toBeGreaterThanOrEqual(6);
      // It counts from when it is logged in.
      expect(Math.max(...seen.values())).toBeLessThan(2);
      // And not for every call.
      expect(calls).toBeGreaterThan(10 * seen.size);
    });

    it("does not wait longer than it was told to", async () => {
      const { port } = (await stack.outputs()).reader;
      const nowhere = await client({ writer: { host: "127.0.0.1", port: port + 1_000 }, retryFor: 700 });
      const since = performance.now();
      await expect(nowhere.query("select 1")).rejects.toThrow(UnavailableError);
      // Untold, it would be a minute.
      expect(performance.now() - since).toBeLessThan(30_000);
      await expect(db.query("select pg_sleep(5)", [], { statementTimeout: 200 })).rejects.toMatchObject({
        outcome: "unknown",
      });
    });
  });

  describe("under load", () => {
    const CALLERS = { idempotent: 40, plain: 20, transaction: 30, read: 10 };
    /** Many callers, while `act` takes the primary's role away. */
    async function loseNothing(how: string, act: () => Promise<void> | void): Promise<void> {
      await eventually(() => streaming(stack, MEMBERS), { replicas: 1, synchronous: 1 }, 60_000);
      primary = await leader(stack, MEMBERS);
      const load = new ApplicationLoad(db, CALLERS, how);
      await sleep(1_500);
      const since = performance.now();
      await act();
      await eventually(async () => (await leader(stack, MEMBERS)) !== primary, true, 30_000);
      await sleep(1_500);
      await load.stop();
      const { idempotent, plain, transaction, read } = load.told;
      console.log(
        `${how}: ${(load.gap(since) / 1_000).toFixed(2)} s without a write; unknown: ${plain.unknown.size} statements, ${transaction.unknown.size} commits`,
      );

      // What the library promises to bring through comes through.
      expect([...idempotent.failed.values(), ...idempotent.unknown]).toEqual([]);
      expect([...read.failed.values(), ...read.unknown]).toEqual([]);
      // The others are told the truth: done, unknown, and never that it was not done.
      expect([...plain.failed.values(), ...transaction.failed.values()]).toEqual([]);
      for (const [table, told] of Object.entries({ idempotent, plain, transaction })) {
        const { rows } = await db.query<{ id: string }>(`select id from ${table} where id like $1`, [`${how}-%`]);
        const there = new Set(rows.map(({ id }) => id));
        expect(rows.length, `doubled in ${table}`).toBe(there.size);
        expect([...told.acknowledged].filter((id) => !there.has(id))).toEqual([]);
        expect([...there].filter((id) => !told.acknowledged.has(id) && !told.unknown.has(id))).toEqual([]);
      }
      expect(load.gap(since)).toBeLessThan(15_000);
    }

    it("loses and doubles nothing while the primary is handed over", () =>
      loseNothing("handed over", async () => {
        const others = MEMBERS.filter((member) => member !== primary);
        await switchover(await stack.place(), primary, MEMBERS, others);
      }));

    it("goes over to a new password without a failed call or a restart", async () => {
      const { password, username } = await stack.outputs();
      primary = await leader(stack, MEMBERS);
      const file = join(stack.scratch, "password");
      writeFileSync(file, password);
      const change = async (to: string) => {
        await stack.onMember(primary, `alter role ${username} password '${scramVerifier(to)}'`);
        await sleep(1_000); // a store learns of it later than the server
        writeFileSync(file, to);
      };
      // Connections that live for a second: new ones are made all the time.
      const rotating = await client({ password: passwordFile(file), maxLifetime: 1_000 });
      const load = new ApplicationLoad(rotating, CALLERS, "rotated");
      try {
        await sleep(1_000);
        await change("another-password-0123456789");
        await sleep(2_500);
        await change(password);
        await sleep(2_000);
      } finally {
        await load.stop();
      }
      for (const told of Object.values(load.told)) {
        expect([...told.failed.values(), ...told.unknown]).toEqual([]);
        expect(told.acknowledged.size).toBeGreaterThan(100);
      }
      expect(events).toContainEqual(expect.objectContaining({ kind: "login", because: "refused", changed: true }));
    });

    // The last, as what comes back from such a death is the cluster's business, and takes its time.
    it("loses and doubles nothing while the primary is killed", () =>
      loseNothing("killed", () => {
        process.kill(postmasterOf(paths(stack.folder).member(primary).data), "SIGKILL");
      }));
  });
});
