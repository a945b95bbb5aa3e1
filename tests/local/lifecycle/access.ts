import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { Client, type ClientConfig } from "pg";
import { describe, expect, it } from "vitest";
import { type CommandError, run } from "../../../components/local/provider/host/run";
import { newAuthority } from "../../../components/local/provider/host/tls";
import { localTools } from "../../../components/local/provider/host/tools";
import { certificatePaths, memberNames, memberPorts } from "../../../components/local/provider/place";
import { query, type TestStack, type Way } from "../support/stack";
import { eventually, leader, type Shared } from "./shared";

const ROLES = ["writer", "reader"] as const;

/** Where clients may connect, and what they may do there. */
export function access(shared: Shared): void {
  describe("the way in", () => {
    it("writes through the writer what the reader reads, with the server verified", async () => {
      const stack = shared();
      await stack.query("writer", "create table licenses (id int primary key, holder text not null)");
      await stack.query("writer", "insert into licenses values (1, 'first')");
      await eventually(() => stack.query("reader", "select id, holder from licenses"), [{ id: 1, holder: "first" }]);
      const where = "select pg_is_in_recovery() as replica";
      expect(await stack.query("writer", where)).toEqual([{ replica: false }]);
      expect(await stack.query("reader", where)).toEqual([{ replica: true }]);
      await expect(stack.query("reader", "insert into licenses values (2, 'second')")).rejects.toThrow(/read-only/);
    });

    it("lets psql in with sslmode=verify-full, and only with the right CA and with TLS", async () => {
      const stack = shared();
      const { caCertificate } = await stack.outputs();
      const right = pem(stack, "right.crt", caCertificate);
      const wrong = pem(stack, "wrong.crt", (await newAuthority("somebody else", 1)).cert);
      for (const role of ROLES) {
        expect(await psql(stack, role, `sslmode=verify-full sslrootcert=${right}`)).toBe("1");
        expect(await psql(stack, role, `sslmode=verify-full sslrootcert=${wrong}`)).toMatch(
          /certificate verify failed/,
        );
        expect(await psql(stack, role, "sslmode=disable")).toMatch(/SSL required/);
      }
    });

    it("refuses plain text, a wrong CA and a wrong password", async () => {
      const stack = shared();
      const wrongCa = { ca: (await newAuthority("license-db-local", 1)).cert, rejectUnauthorized: true };
      for (const role of ROLES) {
        const config = await stack.connection(role);
        await expect(query({ ...config, ssl: false }, "select 1")).rejects.toThrow(/SSL required/);
        await expect(query({ ...config, ssl: wrongCa }, "select 1")).rejects.toThrow(
          /self-signed|unable to verify|signature/,
        );
        await expect(query({ ...config, password: "wrong" }, "select 1")).rejects.toThrow(
          /password authentication failed|SASL/,
        );
        await expect(query({ ...config, user: "postgres" }, "select 1")).rejects.toThrow(
          /no pg_hba|login rejected|not allowed|no such user|authentication failed/i,
        );
      }
    });

    it("shows a certificate that names this machine, by TLS 1.2 or newer", async () => {
      const config = await shared().connection("writer");
      const tls = await onConnection(config, (socket) => ({
        protocol: socket.getProtocol(),
        names: socket.getPeerCertificate().subjectaltname,
      }));
      expect(tls.protocol).toMatch(/^TLSv1\.[23]$/);
      expect(tls.names).toContain("DNS:localhost");
      expect(tls.names).toContain("IP Address:127.0.0.1");
      const old = { ...(config.ssl as object), maxVersion: "TLSv1.1" as const, minVersion: "TLSv1" as const };
      await expect(query({ ...config, ssl: old }, "select 1")).rejects.toThrow();
    });

    it("leads around the poolers for what needs a whole session", async () => {
      const stack = shared();
      const where = "select pg_is_in_recovery() as replica";
      expect(await stack.query("directWriter", where)).toEqual([{ replica: false }]);
      expect(await stack.query("directReader", where)).toEqual([{ replica: true }]);
      const [listener, sender] = [
        new Client(await stack.connection("directWriter")),
        new Client(await stack.connection("directWriter")),
      ];
      try {
        await Promise.all([listener.connect(), sender.connect()]);
        const heard = new Promise((resolve) => listener.once("notification", ({ payload }) => resolve(payload)));
        await listener.query("listen licenses");
        await listener.query("select pg_advisory_lock(7)");
        await listener.query({ name: "named", text: "select $1::int as n", values: [1] });
        const again = await listener.query({ name: "named", text: "select $1::int as n", values: [2] });
        expect(again.rows).toEqual([{ n: 2 }]);
        // The lock lives as long as the session, in which several transactions have ended since.
        expect((await sender.query("select pg_try_advisory_lock(7) as free")).rows).toEqual([{ free: false }]);
        await sender.query("notify licenses, 'heard'");
        expect(await heard).toBe("heard");
      } finally {
        await Promise.all([listener.end(), sender.end()]);
      }
    });

    it("lets pg_dump read a replica", async () => {
      const stack = shared();
      const ca = pem(stack, "dump.crt", (await stack.outputs()).caCertificate);
      const options = `sslmode=verify-full sslrootcert=${ca}`;
      expect(await client(stack, "directReader", "pg_dump", ["--schema-only"], options)).toMatch(
        /CREATE TABLE public\.licenses/,
      );
    });

    it("leads the application there, and nobody else", async () => {
      const stack = shared();
      const { key, cert } = certificatePaths(stack.folder, "postgres");
      for (const way of ["directWriter", "directReader"] as const) {
        const config = await stack.connection(way);
        await expect(query({ ...config, ssl: false }, "select 1")).rejects.toThrow(/no encryption/);
        await expect(query({ ...config, password: "wrong" }, "select 1")).rejects.toThrow(/authentication failed/);
        await expect(query({ ...config, database: "postgres" }, "select 1")).rejects.toThrow(/no pg_hba/);
        // Not even with the certificate that opens a member's own port to this machine.
        const superuser = { ssl: { ...(config.ssl as object), key: await readFile(key), cert: await readFile(cert) } };
        const asked = { ...config, ...superuser, user: "postgres", database: "postgres" };
        await expect(query(asked, "select 1")).rejects.toThrow(/no pg_hba/);
        const { ports } = await stack.place();
        const own = { ...asked, port: memberPorts(ports, await leader(stack)).postgres };
        expect(await query(own, "select current_user as me")).toEqual([{ me: "postgres" }]);
      }
    });

    it("refuses plain text at every member's own port", async () => {
      for (const member of memberNames(3)) {
        const direct = await directly(shared(), member);
        expect(await query(direct, "select 1 as one")).toEqual([{ one: 1 }]);
        await expect(query({ ...direct, ssl: false }, "select 1")).rejects.toThrow(
          /no pg_hba.conf entry.*no encryption/,
        );
        // Without the role's certificate nobody is the superuser over the network.
        await expect(query({ ...direct, user: "postgres" }, "select 1")).rejects.toThrow(/certificate/);
      }
    });
  });

  describe("license_app", () => {
    it("does an application's work", async () => {
      const stack = shared();
      await stack.query("writer", "create table secrets as select crypt('code', gen_salt('bf')) as hash");
      const [row] = await stack.query<{ right: boolean }>(
        "writer",
        "select hash = crypt('code', hash) as right from secrets",
      );
      expect(row).toEqual({ right: true });
      await stack.query("writer", "create temporary table scratch (x int)");
      await stack.query("writer", "drop table secrets");
    });

    it.each([
      "select * from pg_authid",
      "select * from pg_shadow",
      "select * from pooler.lookup('license_app')",
      "create role another",
      "create database another",
      "create schema another",
      "create extension dblink",
      "alter system set work_mem = '1GB'",
      "alter role license_app superuser",
      "set role postgres",
      "grant pg_read_all_data to license_app",
      "copy (select 1) to program 'true'",
      "select pg_read_file('postgresql.conf')",
      "select pg_ls_dir('.')",
      "select pg_reload_conf()",
      "select pg_switch_wal()",
      "select pg_stat_statements_reset()",
    ])("is not allowed: %s", async (statement) => {
      await expect(shared().query("writer", statement)).rejects.toMatchObject({ code: "42501" });
    });

    it("reaches no other database", async () => {
      const stack = shared();
      const config = await stack.connection("writer");
      const direct = await directly(stack, await leader(stack));
      for (const database of ["postgres", "template1"]) {
        await expect(query({ ...config, database }, "select 1")).rejects.toThrow(/no such database|rejected|no pg_hba/);
        await expect(query({ ...direct, database }, "select 1")).rejects.toMatchObject({ code: "28000" });
        const [row] = await stack.onMember<{ may: boolean }>(
          await leader(stack),
          `select has_database_privilege('license_app', '${database}', 'connect') as may`,
        );
        expect(row).toEqual({ may: false });
      }
    });

    it("sees no other's statements", async () => {
      const stack = shared();
      const primary = await leader(stack);
      const { database } = await stack.outputs();
      const statistics = "select query from pg_stat_statements";
      const activity = "select query from pg_stat_activity where pid <> pg_backend_pid() and state is not null";
      const others = await stack.onMember(primary, "select 1 as statement_of_others", database);
      expect(others).toEqual([{ statement_of_others: 1 }]);
      const running = stack.onMember(primary, "select pg_sleep(600) as running_of_others", database).catch(() => {});
      const text = async (sql: string, ask: (sql: string) => Promise<object[]>) => JSON.stringify(await ask(sql));
      const superuser = (sql: string) => stack.onMember(primary, sql, database);
      const application = (sql: string) => stack.query("writer", sql);
      // What the superuser sees there is what the application does not.
      expect(await text(statistics, superuser)).toContain("statement_of_others");
      await eventually(async () => (await text(activity, superuser)).includes("running_of_others"), true);
      expect(await text(statistics, application)).not.toContain("of_others");
      expect(await text(activity, application)).not.toContain("of_others");
      expect(await text(activity, superuser)).toContain("running_of_others");
      await superuser(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%running_of%' and pid <> pg_backend_pid()",
      );
      await running;
    });

    it("owns neither the database nor any role", async () => {
      const [row] = await shared().onMember(
        await leader(shared()),
        `select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls as risky,
                exists (select from pg_auth_members where member = pg_roles.oid or roleid = pg_roles.oid) as related,
                exists (select from pg_database where datdba = pg_roles.oid) as owns,
                (select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = 'license_app') as scram
           from pg_roles where rolname = 'license_app'`,
      );
      expect(row).toEqual({ risky: false, related: false, owns: false, scram: true });
    });
  });
}

/** The application's connection to one member, past poolers and balancer. */
async function directly(stack: TestStack, member: string): Promise<ClientConfig> {
  const { ports } = await stack.place();
  return { ...(await stack.connection("writer")), host: "127.0.0.1", port: memberPorts(ports, member).postgres };
}

export async function onConnection<T>(config: ClientConfig, look: (socket: TLSSocket) => T): Promise<T> {
  const client = new Client(config);
  await client.connect();
  try {
    // The driver keeps its socket to itself.
    return look((client as unknown as { connection: { stream: TLSSocket } }).connection.stream);
  } finally {
    await client.end();
  }
}

function pem(stack: TestStack, name: string, content: string): string {
  const file = join(stack.state, name);
  writeFileSync(file, content, { mode: 0o644 });
  return file;
}

/** What psql answers to `select 1`, or says when it is refused. */
const psql = (stack: TestStack, way: Way, options: string): Promise<string> =>
  client(stack, way, "psql", ["-XAtq", "-c", "select 1"], options).then(
    (text) => text.trim(),
    (error: CommandError) => error.message,
  );

/** What one of PostgreSQL's own programs prints, as the application. `options` are the connection string's. */
async function client(stack: TestStack, way: Way, program: string, args: string[], options: string): Promise<string> {
  const { host, port, database, user, password } = await stack.connection(way);
  const target = `host=${host} port=${port} dbname=${database} user=${user} ${options}`;
  const path = join((await localTools()).postgresBin, program);
  return run(path, [...args, target], { env: { PGPASSWORD: String(password) } });
}
