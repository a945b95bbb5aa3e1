/** For vi.mock: a machine that is the same wherever the tests run. */
import type * as fs from "node:fs";
import type * as os from "node:os";

const GB = 2 ** 30;

export const sameOs = (real: typeof os) => ({
  ...real,
  totalmem: () => 24 * GB,
  hostname: () => "db-host",
  networkInterfaces: () => ({ eth0: [{ address: "192.0.2.7" }, { address: "fe80::1" }] }),
});

export const sameFs = (real: typeof fs) => ({
  ...real,
  statfsSync: () => ({ blocks: 200 * GB, bsize: 1 }),
});
