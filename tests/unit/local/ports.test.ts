import { createServer, type Server } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { findBlock, portBlock, portIsFree } from "../../../components/local/provider/host/ports";
import { MAX_MEMBERS, memberNames, memberPorts, monitoringPorts } from "../../../components/local/provider/place";

const HOST = "127.0.0.1";
const servers: Server[] = [];
const listen = (port: number) =>
  new Promise<number>((resolve, reject) => {
    const server = createServer().once("error", reject);
    servers.push(server);
    server.listen(port, HOST, () => resolve((server.address() as { port: number }).port));
  });
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));

/** Every port a cluster of `members` listens on. */
function used(index: number, members: number, writer?: number, reader?: number): number[] {
  const { postgres: _, patroni: __, ...fixed } = portBlock(index, writer, reader);
  const ports = portBlock(index, writer, reader);
  return [
    ...Object.values(fixed),
    ...memberNames(members).flatMap((name) => Object.values(memberPorts(ports, name))),
    ...Object.values(monitoringPorts(ports)),
  ];
}

describe("a block of ports", () => {
  const index = fc.integer({ min: 0, max: 199 });

  it("gives each part of a full cluster a port of its own, none of them of the system's outgoing range", () => {
    fc.assert(
      fc.property(index, (block) => {
        const ports = used(block, MAX_MEMBERS);
        expect(new Set(ports).size).toBe(ports.length);
        expect(Math.min(...ports)).toBeGreaterThan(1_024);
        expect(Math.max(...ports)).toBeLessThan(32_768);
      }),
    );
  });

  it("shares no port with another", () => {
    fc.assert(
      fc.property(index, index, (one, other) => {
        fc.pre(one !== other);
        const taken = new Set(used(one, MAX_MEMBERS));
        expect(used(other, MAX_MEMBERS).filter((port) => taken.has(port))).toEqual([]);
      }),
    );
  });

  it("leaves writer and reader where they are asked for", () => {
    expect(portBlock(3, 5432, undefined)).toEqual({ ...portBlock(3, undefined, undefined), writer: 5432 });
    expect(portBlock(3, 5432, 6000)).toMatchObject({ writer: 5432, reader: 6000 });
  });
});

describe("finding a block", () => {
  it("passes by another cluster's, also while that is stopped, and by ports in use", async () => {
    const first = await findBlock([], HOST);
    const second = await findBlock([portBlock(first, 5432, 5433)], HOST);
    expect(second).toBeGreaterThan(first);
    // Any one port of it is enough.
    await listen(portBlock(second, undefined, undefined).patroni + 2);
    const third = await findBlock([portBlock(first, undefined, undefined)], HOST);
    expect(third).toBeGreaterThan(second);
  });

  it("says which ports it looked at when all are taken", async () => {
    const all = Array.from({ length: 200 }, (_, block) => portBlock(block, undefined, undefined));
    await expect(findBlock(all, HOST)).rejects.toThrow(/between 25400 and 31800/);
  });

  it("knows a port in use from a free one", async () => {
    const port = await listen(0);
    expect(await portIsFree(port, HOST)).toBe(false);
    await new Promise((done) => servers.pop()?.close(done));
    expect(await portIsFree(port, HOST)).toBe(true);
  });
});
