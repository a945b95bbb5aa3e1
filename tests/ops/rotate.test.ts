import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificatesIn } from "../../components/local/provider/host/authorities";
import { wantRotation } from "../../components/local/provider/host/rotations";
import { waitFor } from "../../components/local/provider/host/wait";
import { memberNames } from "../../components/local/provider/place";
import { caFile, fromOutputs, LicenseDb, passwordFile } from "../../ops/client";
import { leader, succeeded } from "../local/lifecycle/shared";
import { ApplicationLoad } from "../local/support/applicationLoad";
import { TestStack } from "../local/support/stack";

const MEMBERS = memberNames(2);
const NAME = "rotating";

describe("npx license-db rotate", () => {
  let stack: TestStack;
  let db: LicenseDb;
  let files: { password: string; ca: string };

  beforeAll(async () => {
    stack = await TestStack.make(NAME, {
      replicas: 1,
      encryption: { atRest: false },
      deletionProtection: false,
      backups: { finalBackup: false },
    });
    succeeded(await stack.up());
    files = { password: join(stack.scratch, "password"), ca: join(stack.scratch, "ca.pem") };
    const { password, caCertificate } = await stack.outputs();
    writeFileSync(files.password, password, { mode: 0o640 });
    writeFileSync(files.ca, caCertificate);
    db = new LicenseDb({
      ...fromOutputs(await stack.outputs()),
      password: passwordFile(files.password),
      caCertificate: caFile(files.ca),
      // Connections that live for a second: new ones are made all the time.
      maxLifetime: 1_000,
    });
    for (const text of ApplicationLoad.TABLES.split(";")) await db.query(text);
  });
  afterAll(async () => {
    await db?.close({ timeout: 100 });
    await stack?.dispose();
  });

  /** Calls of every kind go on while `act` rotates something; none may fail, and none may end in doubt. */
  async function underLoad(how: string, act: () => Promise<void>): Promise<void> {
    const load = new ApplicationLoad(db, { idempotent: 2, plain: 2, transaction: 2, read: 2 }, how);
    try {
      await act();
      await sleep(1_500);
    } finally {
      await load.stop();
    }
    for (const told of Object.values(load.told)) {
      expect([...told.failed.values(), ...told.unknown]).toEqual([]);
      expect(told.acknowledged.size).toBeGreaterThan(50);
    }
  }

  const rotate = async (...args: string[]) => {
    const ran = await stack.licenseDb("rotate", ...args, ...stack.configuredBy, "--confirm", NAME, "--json");
    expect(ran.code, ran.stderr).toBe(0);
    return ran;
  };
  const unchanged = async () => expect(Object.keys((await stack.preview()).operations)).toEqual([]);

  it("changes the password without a failed query, and tells a second operator who is at work", async () => {
    const before = (await stack.outputs()).password;
    await underLoad("password", async () => {
      const first = rotate("password", "--password-file", files.password);
      // A second that came before the first would have the lock itself.
      await waitFor(async () => existsSync(`${stack.folder}.operation`), { timeout: 30_000, what: "the first's lock" });
      const second = await stack.licenseDb("bootstrap");
      expect(second.code).toBe(4);
      expect(second.stderr).toMatch(/is being worked on: rotate password by \S+@\S+ since \S+ \(process \d+\)/);
      const { stdout, stderr } = await first;
      expect(stdout + stderr).not.toContain(readFileSync(files.password, "utf8"));
    });
    const { password } = await stack.outputs();
    expect(password).not.toBe(before);
    expect(readFileSync(files.password, "utf8")).toBe(password);
    const rows = await stack.query("writer", "select 1 as one");
    expect(rows).toEqual([{ one: 1 }]);
  });

  it("does nothing unless somebody confirms", async () => {
    expect(await stack.licenseDb("rotate", "password")).toMatchObject({ code: 5, stdout: "" });
    await unchanged();
  });

  it("issues every certificate anew without a failed query, also where an `up` finishes it", async () => {
    const server = () => readFileSync(join(stack.folder, "tls/server.crt"), "utf8");
    const before = server();
    await underLoad("certificates", async () => {
      await wantRotation(stack.folder, { certificates: new Date().toISOString() });
      expect(succeeded(await stack.up()).operations).toEqual({ CertificateAuthority: "update" });
    });
    expect(server()).not.toBe(before);
  });

  it("takes a new authority in two steps, without a failed query or a change of the primary", async () => {
    const old = (await stack.outputs()).caCertificate;
    const primary = await leader(stack, MEMBERS);
    await underLoad("authority", async () => {
      expect(JSON.parse((await rotate("certificates", "--authority", "--ca-file", files.ca)).stdout)).toMatchObject({
        authority: "introduced",
        trusted: 2,
      });
      expect(certificatesIn(readFileSync(files.ca, "utf8"))[0]).toBe(certificatesIn(old)[0]);
      await sleep(1_000);
      expect(JSON.parse((await rotate("certificates", "--authority", "--ca-file", files.ca)).stdout)).toMatchObject({
        authority: "one",
        trusted: 1,
      });
    });
    const { caCertificate } = await stack.outputs();
    expect(caCertificate).toBe(readFileSync(files.ca, "utf8"));
    expect(caCertificate).not.toBe(old);
    expect(await leader(stack, MEMBERS)).toBe(primary);
    const trusting = async (ca: string) =>
      new LicenseDb({ ...fromOutputs(await stack.outputs()), caCertificate: ca }).query("select 1");
    await expect(trusting(old)).rejects.toMatchObject({ name: "RefusedError" });
    await trusting(caCertificate);
  });

  it("encrypts a column with another key while the application writes, and leaves no key in the statistics", async () => {
    const key = () => randomBytes(32).toString("base64");
    const keys = { "2026": key(), "2027": key() };
    const file = join(stack.scratch, "keys.json");
    await db.query("create table customers (id int primary key, tax_id bytea)");
    const withKeys = <T>(sql: string, values: unknown[] = []) =>
      db.transaction(async (transaction) => {
        await transaction.query(
          "select license_crypto.set_key(id, key) from unnest($1::text[], $2::text[]) as given(id, key)",
          [Object.keys(keys), Object.values(keys)],
        );
        return (await transaction.query(sql, values)).rows as T[];
      });
    await withKeys(
      "insert into customers select n, license_crypto.encrypt('tax ' || n, '2026') from generate_series(1, 5000) as n",
    );
    writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
    let writing = true;
    const writer = (async () => {
      for (let id = 1; writing; id = (id % 5_000) + 1) {
        await withKeys("update customers set tax_id = license_crypto.encrypt('tax ' || id, '2027') where id = $1", [
          id,
        ]);
        await sleep(5);
      }
    })();
    const column = ["column", "public.customers", "tax_id", "--to", "2027", "--keys-file", file, "--json"];
    const ran = await stack.licenseDb("rotate", ...column, "--confirm", NAME);
    writing = false;
    await writer;
    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout).byKey).toEqual({ "2027": 5_000 });
    expect(JSON.parse(ran.stdout).done).toBeGreaterThan(4_000);
    expect(
      await withKeys("select count(*)::int from customers where license_crypto.decrypt(tax_id) = 'tax ' || id"),
    ).toEqual([{ count: 5_000 }]);
    const seen = await stack.onMember(
      await leader(stack, MEMBERS),
      "select query from pg_stat_statements where query like '%license_crypto%'",
      "license_management",
    );
    expect(seen.length).toBeGreaterThan(3);
    for (const secret of Object.values(keys)) expect(JSON.stringify(seen)).not.toContain(secret);
  });
});
