import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { renderHaproxy } from "../../../components/local/provider/config/haproxy";
import type { Place } from "../../../components/local/provider/place";
import { ensureLocalTools } from "../../../components/local/tools";
import { freePort } from "../support/ports";
import { until } from "./support/processes";

/** How it ends for a client that waits for the server's first word. */
const outcome = (port: number): Promise<"closed" | "forgotten"> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const timer = setTimeout(() => resolve("forgotten"), 20_000);
    socket
      .on("error", () => {})
      .once("close", () => {
        clearTimeout(timer);
        resolve("closed");
      });
    socket.resume().write("hello");
  });

describe("HAProxy", () => {
  // A real one with our defaults, before one server: Patroni still calls it the primary, and nobody listens there.
  it("closes every client whose server refuses it", async () => {
    const { haproxy } = await ensureLocalTools();
    const folder = mkdtempSync(join(tmpdir(), "license-db-balancer-"));
    const patroni = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
    await once(patroni, "listening");
    // Each has one client, who comes at another moment between two checks: where several come, one saves the others.
    const ports: number[] = [];
    for (let listener = 0; listener < 9; listener++) ports.push(await freePort());
    const nobody = await freePort();
    const { port: check } = patroni.address() as AddressInfo;
    const place: Place = { folder, backupFolder: folder, clusterId: "0", name: "0", ports: {} as Place["ports"] };
    const all = renderHaproxy(place, { members: [], listen: [], cidrs: [], clientConnections: 100 });
    const config = join(folder, "haproxy.cfg");
    const listeners = ports.map(
      (port) => `
listen writer-${port}
    bind 127.0.0.1:${port}
    option httpchk OPTIONS /primary
    server member-1 127.0.0.1:${nobody} check addr 127.0.0.1 port ${check}
`,
    );
    writeFileSync(config, all.slice(0, all.indexOf("frontend writer")) + listeners.join(""));
    const balancer = spawn(haproxy, ["-db", "-f", config], { stdio: "ignore" });
    try {
      const [first = 0, ...others] = ports;
      expect(await until(async () => (await outcome(first)) === "closed", 20_000)).toBe(true);
      await sleep(1_000);
      const ends = others.map(async (port, index) => {
        await sleep(index * 125);
        return outcome(port);
      });
      expect(await Promise.all(ends)).toEqual(others.map(() => "closed"));
    } finally {
      balancer.kill();
      patroni.close();
      rmSync(folder, { recursive: true });
    }
  });
});
