import { randomBytes } from "node:crypto";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { columnEncryption } from "../../components/bootstrap/columnEncryption";
import { take } from "../../components/bootstrap/steps";
import { asScript, missing, planOf } from "../../ops/bootstrap/plan";
import { MASTER, StandIn } from "../aws/support/rds";

const APP = { username: "license_app", password: "of-the-application-0" };
const DATABASE = "license_management";
const stack = { vendor: "alicloud", database: DATABASE, username: APP.username } as const;
// pg_stat_statements is another matter: only RDS lets one who is no superuser create it.
const plan = planOf(stack, ["pgcrypto"]);

let server: StandIn;
beforeAll(async () => {
  server = await StandIn.start("somewhere_else");
});
afterAll(() => server?.stop());

const asMaster = <T>(database: string, work: (client: Client) => Promise<T>) =>
  server.session(MASTER.username, MASTER.password, database, work);

/** The application, in a transaction with these keys. */
async function withKeys<T>(keys: Readonly<Record<string, string>>, work: (client: Client) => Promise<T>): Promise<T> {
  return server.session(APP.username, APP.password, DATABASE, async (client) => {
    await client.query("begin");
    for (const [id, key] of Object.entries(keys))
      await client.query("select license_crypto.set_key($1, $2)", [id, key]);
    const result = await work(client);
    await client.query("commit");
    return result;
  });
}

const one = async (client: Client, sql: string, values: unknown[] = []) =>
  Object.values((await client.query(sql, values)).rows[0] ?? {})[0];

describe("the set-up in SQL, by an administrator who is no superuser", () => {
  it("tells the SQL that is missing, without a change", async () => {
    const server = await asMaster("postgres", (client) => missing(client, plan.server));
    expect(server).toEqual(plan.server);
    expect(asScript("postgres", server)).toMatch(/^\\connect postgres\ncreate role "license_app" login;\n/);
    expect(await asMaster("postgres", (client) => missing(client, plan.server))).toEqual(plan.server);
  });

  it("does it, and nothing on its second run", async () => {
    const all: string[][] = [];
    for (let run = 0; run < 2; run++) {
      const done: string[] = [];
      await asMaster("postgres", (client) => take(client, plan.server, (what) => done.push(what)));
      await asMaster(DATABASE, (client) => take(client, plan.contents, (what) => done.push(what)));
      all.push(done);
    }
    expect(all[0]).toEqual(
      [...plan.server, ...plan.contents].map(({ did }) => did).filter((did) => !/restricted/.test(did)),
    );
    expect(all[1]).toEqual([]);
    await server.sql(`alter role ${APP.username} password '${APP.password}'`);
  });

  it("notices functions that somebody changed or took away, and puts them back", async () => {
    const step = columnEncryption(APP.username);
    const took = async () => {
      const done: string[] = [];
      await asMaster(DATABASE, (client) => take(client, [step], (what) => done.push(what)));
      return done;
    };
    await asMaster(DATABASE, (client) => client.query("drop function license_crypto.blind_index(text, text)"));
    expect(await took()).toEqual([step.did]);
    await asMaster(DATABASE, (client) => client.query(`revoke usage on schema license_crypto from ${APP.username}`));
    expect(await took()).toEqual([step.did]);
    expect(await took()).toEqual([]);
  });
});

describe("column encryption", () => {
  const key = () => randomBytes(32).toString("base64");
  const keys = { "2026": key(), "2027": key(), search: key() };

  it("gives back what went in, never looks the same twice, and names its key", async () => {
    await withKeys(keys, async (client) => {
      for (const plain of ["", "a", "Ünïcödé 🗝", "x".repeat(100_000)]) {
        const data = await one(client, "select license_crypto.encrypt($1, '2026')", [plain]);
        expect(await one(client, "select license_crypto.decrypt($1)", [data])).toBe(plain);
        expect(await one(client, "select license_crypto.key_id($1)", [data])).toBe("2026");
        expect(await one(client, "select license_crypto.encrypt($1, '2026')", [plain])).not.toEqual(data);
      }
      expect(await one(client, "select license_crypto.encrypt(null, '2026')")).toBeNull();
    });
  });

  it("finds a value by its blind index, the same as the application would compute", async () => {
    const { createHmac } = await import("node:crypto");
    await withKeys(keys, async (client) => {
      const index = await one(client, "select license_crypto.blind_index('KEY-1', 'search')");
      expect(index).toEqual(createHmac("sha256", Buffer.from(keys.search, "base64")).update("KEY-1").digest());
      expect(await one(client, "select license_crypto.blind_index('KEY-2', 'search')")).not.toEqual(index);
    });
  });

  it("keeps a key no longer than its transaction", async () => {
    await withKeys(keys, async (client) => {
      await client.query("commit");
      await expect(client.query("select license_crypto.encrypt('x', '2026')")).rejects.toThrow(
        "this transaction has no key 2026",
      );
      await client.query("begin");
    });
  });

  it("refuses what is altered, of another key, or no ciphertext", async () => {
    const data = await withKeys(keys, (client) => one(client, "select license_crypto.encrypt('secret', '2026')"));
    const altered = Buffer.from(data as Buffer);
    altered[altered.length - 25] = (altered[altered.length - 25] ?? 0) ^ 1;
    const decrypt = (what: unknown, given: Record<string, string>) =>
      withKeys(given, (client) => one(client, "select license_crypto.decrypt($1)", [what]));
    await expect(decrypt(altered, keys)).rejects.toThrow("Wrong key or corrupt data");
    await expect(decrypt(data, { "2026": key() })).rejects.toThrow("Wrong key or corrupt data");
    await expect(decrypt(Buffer.from("plain"), keys)).rejects.toThrow("was not made by license_crypto.encrypt");
    await expect(withKeys({ "2026": "dG9vIHNob3J0" }, async () => {})).rejects.toThrow("is not 32 bytes in base64");
    await expect(withKeys({ "no good": key() }, async () => {})).rejects.toThrow("the id of a key has");
  });

  it("leaves no key and no value in the log or with who looks on, whatever is logged", async () => {
    const plain = `of-a-customer-${randomBytes(6).toString("hex")}`;
    await withKeys(keys, async (client) => {
      await client.query("select license_crypto.encrypt($1, '2027')", [plain]);
      // The worst: slow, with an error, and seen from another session.
      await client.query("select license_crypto.set_key($1, $2), pg_sleep(0.2)", ["2026", keys["2026"]]);
      const seen = await server.sql("select query from pg_stat_activity where usename = 'license_app'");
      expect(JSON.stringify(seen)).not.toContain(keys["2026"]);
      await client.query("savepoint here");
      await expect(client.query("select license_crypto.set_key('2026', $1), 1 / 0", [keys["2026"]])).rejects.toThrow();
      await client.query("rollback to here");
      await expect(client.query("select license_crypto.set_key('x', $1)", [`${keys["2026"]}!`])).rejects.toThrow();
      await client.query("rollback to here");
    });
    const log = server.log();
    expect(log).toContain("select license_crypto.set_key($1, $2), pg_sleep(0.2)");
    for (const secret of [...Object.values(keys), plain]) expect(log.includes(secret)).toBe(false);
    // That the log would tell them otherwise: it does of a role for which nothing is kept out.
    await asMaster(DATABASE, (client) => client.query("select $1::text", [plain]));
    expect(server.log().includes(plain)).toBe(true);
  });
});
