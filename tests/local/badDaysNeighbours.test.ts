import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { hostname } from "node:os";
import type { ClientConfig } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterProcesses } from "../../components/local/provider/host/supervisor";
import { LOOPBACK, memberPorts } from "../../components/local/provider/place";
import { query, TestStack } from "./support/stack";

const SMALL = { replicas: 0, synchronousReplication: false, backups: { finalBackup: false } };
const LISTED = "127.0.0.3";
const STRANGER = "127.0.0.9";

describe("neighbours: another stack on the machine, and whoever may come in", () => {
  let open: TestStack;
  let other: TestStack;

  beforeAll(async () => {
    const access = { allowedCidrs: [`${LISTED}/32`, "10.77.0.0/16"] };
    open = await TestStack.make("local", { ...SMALL, access });
    other = await TestStack.make("other", { ...SMALL, environment: "local" });
  });
  afterAll(async () => {
    await open.dispose();
    await other.dispose();
  });

  test("two stacks that come up at the same time get folders and ports of their own", async () => {
    const both = await Promise.all([open.up(), other.up()]);
    for (const ran of both) expect(ran.code, ran.diagnostics.join("\n")).toBe(0);
    const places = [await open.place(), await other.place()];
    const ports = places.flatMap((place) => Object.values(place.ports) as number[]);
    expect(new Set(ports).size).toBe(ports.length);
    expect(new Set(places.map(({ folder }) => folder)).size).toBe(2);
    expect(new Set(places.map(({ backupFolder }) => backupFolder)).size).toBe(2);
    for (const [stack, name] of [
      [open, "one"],
      [other, "two"],
    ] as const) {
      const connection = { ...(await stack.connection()), host: LOOPBACK };
      await query(connection, "create table whose (name text)");
      await query(connection, "insert into whose values ($1)", [name]);
      expect(await query(connection, "select name from whose")).toEqual([{ name }]);
    }
  });

  /** Connects from another of the loopback addresses, as another machine would from its own. */
  const from = (address: string, config: ClientConfig): ClientConfig => {
    const socket = new Socket();
    const connect = socket.connect.bind(socket);
    socket.connect = ((port: number, host: string) => connect({ port, host, localAddress: address })) as never;
    return { ...config, host: LOOPBACK, stream: () => socket } as ClientConfig;
  };

  describe.each(["writer", "member-1"] as const)("opened to a network, the %s", (where) => {
    let config: ClientConfig;
    beforeAll(async () => {
      config = await open.connection("writer");
      if (where === "member-1") config.port = memberPorts((await open.place()).ports, where).postgres;
    });
    const SOURCE = "select 1 as come";

    test("lets this machine and the listed block in", async () => {
      expect(await query(from(LOOPBACK, config), SOURCE)).toEqual([{ come: 1 }]);
      expect(await query(from(LISTED, config), SOURCE)).toEqual([{ come: 1 }]);
    });

    test("lets a stranger with the right password not in", async () => {
      await expect(query(from(STRANGER, config), SOURCE)).rejects.toThrow(
        where === "writer" ? /login rejected/ : /no pg_hba\.conf entry for host "127\.0\.0\.9"/,
      );
    });
  });

  test("says that it is open: outputs, capabilities, parameters, and where it listens", async () => {
    const outputs = await open.outputs();
    expect(outputs.writer.host).toBe(hostname());
    expect(outputs.capabilities.R11?.note).toMatch(/let only the listed CIDR blocks in/);
    expect(outputs.parameters.listen_addresses).toMatchObject({ applied: "0.0.0.0", change: "service" });
    expect(await open.onMember("member-1", "show listen_addresses")).toEqual([{ listen_addresses: "0.0.0.0" }]);
    const { ports } = await open.place();
    for (const port of [ports.writer, ports.reader, memberPorts(ports, "member-1").postgres]) {
      expect(listening(port)).toEqual(["0.0.0.0"]);
    }
    // What nobody but the cluster itself talks to stays on loopback.
    expect(listening(ports.etcdClient)).toEqual([LOOPBACK]);
    expect(listening(memberPorts(ports, "member-1").patroni)).toEqual([LOOPBACK]);
  });

  test("closes again in place, with all data, and says so", async () => {
    open.configure({ access: { allowedCidrs: [] } });
    const ran = await open.up();
    expect(ran.code, ran.diagnostics.join("\n")).toBe(0);
    expect(ran.operations).not.toHaveProperty("Machine");
    const outputs = await open.outputs();
    expect(outputs.writer.host).toBe(LOOPBACK);
    expect(outputs.parameters.listen_addresses?.applied).toBe(LOOPBACK);
    const { ports } = await open.place();
    for (const port of [ports.writer, ports.reader, memberPorts(ports, "member-1").postgres]) {
      expect(listening(port)).toEqual([LOOPBACK]);
    }
    expect(await open.query("writer", "select name from whose")).toEqual([{ name: "one" }]);
    await expect(query(from(LISTED, await open.connection()), "select 1")).rejects.toThrow(/login rejected/);
    expect((await open.up()).changes).toEqual({ same: 8 });
  });

  test("one of the two destroyed leaves the other alone", async () => {
    const gone = await other.place();
    const ran = await other.destroy();
    expect(ran.code, ran.diagnostics.join("\n")).toBe(0);
    expect(await clusterProcesses(gone)).toEqual([]);
    expect(await open.query("writer", "select name from whose")).toEqual([{ name: "one" }]);
    expect((await open.refresh()).diagnostics).toEqual([]);
  });
});

/** The addresses on which somebody listens on a TCP port of this machine, as the kernel has them. */
function listening(port: number): string[] {
  const LISTEN = "0A";
  const rows = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  const found = rows.flatMap((row) => {
    const [, local = "", , state] = row.trim().split(/\s+/);
    const [address = "", hex = ""] = local.split(":");
    const bytes = [...Buffer.from(address, "hex")].reverse();
    return state === LISTEN && Number.parseInt(hex, 16) === port ? [bytes.join(".")] : [];
  });
  return [...new Set(found)];
}
