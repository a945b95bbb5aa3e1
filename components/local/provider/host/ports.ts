import { createServer } from "node:net";
import type { Ports } from "../place";

/** The first port of the blocks clusters on this machine are given; under the range systems use for outgoing calls. */
const FIRST_BLOCK = 25_400;
const BLOCK = 32;
const BLOCKS = 200;

export const portIsFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** The ports of the n-th block; writer and reader may stand elsewhere. */
export function portBlock(index: number, writer: number | undefined, reader: number | undefined): Ports {
  const base = FIRST_BLOCK + index * BLOCK;
  return {
    writer: writer ?? base,
    reader: reader ?? base + 1,
    balancedWriter: base + 2,
    balancedReader: base + 3,
    etcdClient: base + 4,
    etcdPeer: base + 5,
    postgres: base + 9,
    patroni: base + 19,
  };
}

/**
 * Finds a block in which every port is free now and none is another cluster's (which may be stopped at the moment).
 * @throws when all blocks are taken.
 */
export async function findBlock(taken: readonly Ports[], host: string): Promise<number> {
  for (let index = 0; index < BLOCKS; index++) {
    const base = FIRST_BLOCK + index * BLOCK;
    if (taken.some((ports) => ports.balancedWriter === base + 2)) continue;
    const free = await Promise.all(Array.from({ length: BLOCK }, (_, offset) => portIsFree(base + offset, host)));
    if (free.every(Boolean)) return index;
  }
  throw new Error(
    `no ${BLOCK} free ports in a row between ${FIRST_BLOCK} and ${FIRST_BLOCK + BLOCKS * BLOCK}: end what listens there`,
  );
}
