import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { writeOwned } from "../../../components/local/provider/host/files";
import { portIsFree } from "../../../components/local/provider/host/ports";
import { signalProgram } from "../../../components/local/provider/host/supervisor";
import { issue } from "../../../components/local/provider/host/tls";
import { certificatePaths, memberNames, memberPorts, paths } from "../../../components/local/provider/place";
import { every } from "../../support/every";
import { query, type TestStack } from "../support/stack";
import { onConnection } from "./access";
import { eventually, leader, onEach, type Shared, shown, startTimes, streaming, succeeded } from "./shared";
import { Writes } from "./writes";

const MEMBERS = memberNames(3);

/** Changes in place: what each costs, and that no data is. */
export function changes(shared: Shared): void {
  describe("a change in place", () => {
    it("reloads a parameter without a restart", async () => {
      const stack = shared();
      const before = await startTimes(stack);
      stack.configure({ parameters: { work_mem: "24MB" } });
      const preview = succeeded(await stack.preview());
      expect(preview.operations).toEqual({ Cluster: "update" });
      expect(await shown(stack, "work_mem")).not.toEqual(onEach("24MB"));
      const up = succeeded(await stack.up());
      expect(up.operations).toEqual({ Cluster: "update" });
      expect(await shown(stack, "work_mem")).toEqual(onEach("24MB"));
      expect(await startTimes(stack)).toEqual(before);
      expect((await stack.outputs()).parameters.work_mem).toMatchObject({ requested: "24MB", change: "reload" });
    });

    it.each<[string, string]>([
      ["raised", "210"],
      // A replica cannot have less than its primary: the order is another one.
      ...(every ? [["lowered", "190"] as [string, string]] : []),
    ])("restarts each member once for a restart parameter that is %s, while writes go on", async (_, connections) => {
      const stack = shared();
      await stack.query("writer", "create table if not exists journal (number bigint primary key)");
      const before = await starts(stack);
      const writes = new Writes(await stack.connection("writer"), Number(connections) * 1_000_000);
      stack.configure({ parameters: { work_mem: "24MB", max_connections: connections } });
      const up = await stack.up();
      await writes.stop();
      expect(succeeded(up).operations).toEqual({ Cluster: "update" });
      expect(await shown(stack, "max_connections")).toEqual(onEach(connections));
      const after = await starts(stack);
      const times = Object.fromEntries(MEMBERS.map((member) => [member, (after[member] ?? 0) - (before[member] ?? 0)]));
      expect(times).toEqual(onEach(1));
      expect(await streaming(stack, MEMBERS)).toEqual({ replicas: 2, synchronous: 1 });
      // One switchover: 4.3 s were measured on two cores.
      expect(writes.longestGap).toBeLessThan(15_000);
      await nothingLost(stack, writes);
    });

    it("lets another number of connections through the pool without a restart", async () => {
      const stack = shared();
      const before = await startTimes(stack);
      expect(await backends(stack, 5)).toBe(5);
      stack.configure({ pool: { serverConnections: 2 } });
      expect(succeeded(await stack.up()).operations).toEqual({ EntryPoint: "update" });
      await eventually(() => backends(stack, 5), 2);
      expect(await startTimes(stack)).toEqual(before);
    });

    it("moves the ports and changes the retention, and the members do not notice", async () => {
      const stack = shared();
      const before = await startTimes(stack);
      const old = await stack.connection("writer");
      const [writer, reader] = await freePorts();
      stack.configure({
        access: { port: writer },
        local: { readerPort: reader },
        pool: { serverConnections: 80 },
        backups: { retention: "10d" },
      });
      const up = succeeded(await stack.up());
      expect(up.changes.replace ?? 0).toBe(0);
      const outputs = await stack.outputs();
      expect([outputs.writer.port, outputs.reader.port]).toEqual([writer, reader]);
      await eventually(() => stack.query("reader", "select count(*)::int as n from licenses"), [{ n: 1 }]);
      expect(await stack.query("writer", "select count(*)::int as n from licenses")).toEqual([{ n: 1 }]);
      await expect(query(old, "select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
      const config = await readFile(paths(stack.folder).pgbackrestConfig, "utf8");
      expect(config).toMatch(/^repo1-retention-full=10$/m);
      expect(await startTimes(stack)).toEqual(before);
    });

    it("renews a certificate near its end, and no connection is lost", async () => {
      const stack = shared();
      await putShortCertificate(stack);
      const before = await startTimes(stack);
      const ports = await listeners(stack);
      const soon = Date.now() + 3 * 86_400_000;
      for (const [name, port] of Object.entries(ports)) {
        await eventually(async () => [name, (await servedUntil(stack, port)) < soon], [name, true]);
      }
      const refresh = succeeded(await stack.refresh());
      expect(refresh.diagnostics.join("\n")).toMatch(/certificate "server" ends in [12] days/);
      const open = new Client(await stack.connection("writer"));
      await open.connect();
      expect(succeeded(await stack.up()).operations.CertificateAuthority).toBe("update");
      expect((await open.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
      await open.end();
      const later = Date.now() + 300 * 86_400_000;
      for (const [name, port] of Object.entries(ports)) {
        await eventually(async () => [name, (await servedUntil(stack, port)) > later], [name, true]);
      }
      expect(await startTimes(stack)).toEqual(before);
      expect(await streaming(stack, MEMBERS)).toEqual({ replicas: 2, synchronous: 1 });
    });
  });
}

/** How often each member's server was started so far, as its own log tells. */
async function starts(stack: TestStack): Promise<Record<string, number>> {
  const counts = MEMBERS.map(async (member) => {
    const [row] = await stack.onMember<{ file: string }>(member, "select pg_current_logfile() as file");
    const log = await readFile(join(paths(stack.folder).member(member).data, row?.file ?? ""), "utf8").catch(() =>
      readFile(row?.file ?? "", "utf8"),
    );
    return [member, log.split("starting PostgreSQL 15").length - 1] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

async function nothingLost(stack: TestStack, writes: Writes): Promise<void> {
  expect(writes.acknowledged.length).toBeGreaterThan(20);
  const [row] = await stack.onMember<{ n: number }>(
    await leader(stack),
    `select count(*)::int as n from journal where number in (${writes.acknowledged.join(",")})`,
    (await stack.outputs()).database,
  );
  expect(row?.n).toBe(writes.acknowledged.length);
}

/** How many server processes answer so many clients at once. */
async function backends(stack: TestStack, clients: number): Promise<number> {
  const config = await stack.connection("writer");
  const busy = "select pg_backend_pid() as pid, pg_sleep(0.5)";
  const answers = await Promise.all(Array.from({ length: clients }, () => query<{ pid: number }>(config, busy)));
  return new Set(answers.map(([row]) => row?.pid)).size;
}

async function freePorts(): Promise<[number, number]> {
  for (let port = 24_100; port < 24_400; port += 2) {
    const both = await Promise.all([port, port + 1].map((one) => portIsFree(one, "127.0.0.1")));
    if (both.every(Boolean)) return [port, port + 1];
  }
  throw new Error("no two free ports");
}

/** Puts a server certificate of two days in place, as if a year had passed, and has the servers show it. */
async function putShortCertificate(stack: TestStack): Promise<void> {
  const place = await stack.place();
  const read = (name: string) => readFile(join(paths(stack.folder).tls, name), "utf8");
  const authority = { cert: await read("ca.crt"), key: await read("ca.key") };
  const names = new X509Certificate(await read("server.crt")).subjectAltName ?? "";
  const hosts = names.split(", ").map((name) => name.slice(name.indexOf(":") + 1));
  const issued = await issue(authority, "server", hosts, 2);
  const files = certificatePaths(stack.folder, "server");
  await writeOwned(files.key, issued.key);
  await writeOwned(files.cert, issued.cert, 0o644);
  for (const role of ["writer", "reader"]) await signalProgram(place, `pgbouncer-${role}`, "HUP");
  for (const member of MEMBERS) {
    await signalProgram(place, member, "HUP");
    await stack.onMember(member, "select pg_reload_conf()");
  }
}

/** Every port a client may reach. */
async function listeners(stack: TestStack): Promise<Record<string, number>> {
  const { ports } = await stack.place();
  const members = MEMBERS.map((member) => [member, memberPorts(ports, member).postgres] as const);
  return { writer: ports.writer, reader: ports.reader, ...Object.fromEntries(members) };
}

/** When the certificate a port shows now ends. */
async function servedUntil(stack: TestStack, port: number): Promise<number> {
  const config = { ...(await stack.connection("writer")), port };
  return onConnection(config, (socket) => Date.parse(socket.getPeerCertificate().valid_to));
}
