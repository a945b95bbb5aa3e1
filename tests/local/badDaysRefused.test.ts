import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkLocal } from "../../components/local/options";
import { type MachineInputs, machine } from "../../components/local/provider/resources/machine";
import { isRoot } from "../../components/local/tools/folders";
import { runProgram } from "../support/program";
import { expectations } from "../support/vendors";
import { mountMemory, mountWithoutPermissions, unmount, whyNoMounts } from "./support/mounts";
import { TestStack } from "./support/stack";

const GB = 2 ** 30;

describe("what cannot be is refused by the real engine, before anything is made", () => {
  let stack: TestStack;
  let scratch: string;

  beforeAll(async () => {
    stack = await TestStack.make("local");
    scratch = stack.scratch;
  });
  afterAll(() => stack.dispose());

  /** Runs up with the keys set, and sees that it says all of this and leaves nothing. */
  async function expectRefused(configuration: Record<string, unknown>, ...words: (string | RegExp)[]): Promise<void> {
    stack.configure(configuration);
    try {
      const ran = await stack.up();
      expect(ran.code).not.toBe(0);
      for (const word of words) expect(ran.output).toMatch(word);
      expect(Object.values(ran.operations)).not.toContain("update");
      expect(ran.operations).not.toHaveProperty("Machine", "create");
      expect(existsSync(stack.folder)).toBe(false);
      expect(existsSync(join(stack.state, "backups"))).toBe(false);
    } finally {
      stack.configure(Object.fromEntries(Object.keys(configuration).map((key) => [key, undefined])));
      stack.configure({ vendor: "local" });
    }
  }

  /**
   * The same without the engine, which takes seconds for each: what the program registers as the machine, asked of the check
   * that the provider answers the engine with.
   */
  async function expectChecked(configuration: Record<string, unknown>, ...words: RegExp[]): Promise<void> {
    const { resources } = await runProgram({
      stack: "local",
      configuration: { vendor: "local", local: { folder: stack.folder }, ...configuration },
      outputs: expectations.local?.outputs ?? {},
    });
    const asked = resources.find(({ type }) => type === "localpg:index:Machine")?.inputs as MachineInputs | undefined;
    if (!asked) throw new Error("the program registers no machine");
    const refusals = (await machine.check?.(asked, undefined)) ?? [];
    const said = refusals.map(({ property, reason }) => `${property}: ${reason}`).join("\n");
    for (const word of words) expect(said).toMatch(word);
    expect(existsSync(stack.folder)).toBe(false);
  }

  const inFolder = (folder: string, words: RegExp) => expectChecked({ local: { folder } }, words);

  test("an unknown vendor, with the nearest known one", () =>
    expectRefused({ vendor: "lokal" }, /vendor/, /lokal/, /"?local"?/, /aws, alicloud, local/));

  test("unknown keys, parameters and units, all at once", () =>
    expectRefused(
      {
        replicaz: 2,
        size: { memory: "16 elephants" },
        backups: { retention: "15 fortnights" },
        parameters: { shared_bufers: "4GB", work_mem: "20 parsecs" },
        local: { foldr: "/srv/x" },
      },
      /replicaz.*replicas/s,
      /size\.memory.*16 elephants/s,
      /backups\.retention.*15 fortnights/s,
      /parameters\.shared_bufers.*shared_buffers/s,
      /parameters\.work_mem.*20 parsecs/s,
      /local\.foldr.*folder/s,
    ));

  describe("ports asked for by number", () => {
    let server: Server;
    let port: number;
    beforeAll(async () => {
      server = createServer();
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      port = (server.address() as { port: number }).port;
    });
    afterAll(() => server.close());

    test("that are in use: the writer's", () =>
      expectChecked({ access: { port } }, new RegExp(`port ${port} is in use on this machine`)));

    test("that are in use: the reader's", () =>
      expectRefused({ local: { readerPort: port } }, new RegExp(`port ${port} is in use on this machine`)));
  });

  test("a folder that belongs to another cluster", async () => {
    const folder = join(scratch, "other");
    mkdirSync(folder);
    const owner = JSON.stringify({ clusterId: "0a1b2c3d", name: "somebody-else", status: "ready", ports: {} });
    writeFileSync(join(folder, "owner.json"), owner);
    await inFolder(folder, /other belongs to the cluster "somebody-else": choose another license-db:local\.folder/);
    expect(readdirSync(folder)).toEqual(["owner.json"]);
  });

  test("a folder with other files in it, which destroy would delete", async () => {
    const folder = join(scratch, "full");
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(join(folder, "thesis.txt"), "all my work");
    await expectRefused({ local: { folder } }, /full is not empty and holds no cluster \(thesis\.txt\)/);
    expect(readdirSync(folder)).toEqual(["thesis.txt"]);
  });

  test("a folder that is a file", async () => {
    const file = join(scratch, "file");
    writeFileSync(file, "");
    await expectRefused({ local: { folder: file } }, /file is a file, not a folder/);
  });

  test("a folder too long for the sockets in it", () =>
    inFolder(
      `/tmp/${"deep/".repeat(20)}end`,
      /is 108 characters long; at most \d+ fit.*choose a shorter license-db:local\.folder/,
    ));

  test("a folder the database's user cannot reach", async () => {
    const closed = join(scratch, "closed");
    mkdirSync(closed);
    chmodSync(closed, isRoot() ? 0o700 : 0o500);
    try {
      await inFolder(join(closed, "cluster"), isRoot() ? /cannot pass through .*closed/ : /closed cannot be written/);
    } finally {
      chmodSync(closed, 0o700);
    }
  });

  test("a backup folder the database's user cannot reach", async (context) => {
    if (!isRoot()) return context.skip("who is not root runs the servers as the same user");
    const closed = join(scratch, "closed-backups");
    mkdirSync(closed, { mode: 0o700 });
    await expectChecked(
      { local: { folder: stack.folder, backupFolder: join(closed, "b") } },
      /cannot pass through .*closed-backups.*local\.backupFolder/,
    );
  });

  test("encryption at rest on a file system that is not encrypted, with the mend", () =>
    expectChecked(
      { encryption: { atRest: true } },
      /is not on an encrypted file system \(no dm-crypt device under it\).*LUKS volume, or set license-db:encryption\.atRest to false/,
    ));

  test("a disk that is too small", async (context) => {
    const why = whyNoMounts();
    if (why) return context.skip(why);
    const folder = join(scratch, "small");
    mountMemory(folder, "100m");
    try {
      await inFolder(join(folder, "c"), /small\/c has 0\.1 GB free, 4\.5 GB are needed: free some, or choose another/);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      unmount(folder);
    }
  });

  test("a file system without permissions", async (context) => {
    const why = whyNoMounts();
    if (why) return context.skip(why);
    const folder = join(scratch, "ntfs");
    const image = join(scratch, "ntfs.img");
    try {
      await mountWithoutPermissions(folder, image);
    } catch (error) {
      return context.skip(`no file system without permissions can be made: ${(error as Error).message}`);
    }
    try {
      await inFolder(join(folder, "c"), /the file system of .*ntfs does not keep permissions/);
    } finally {
      unmount(folder);
      rmSync(image);
    }
  });

  describe("on a machine with 1 GB of memory", () => {
    let small: TestStack;
    beforeAll(async () => {
      const preload = join(scratch, "oneGigabyte.cjs");
      writeFileSync(preload, `require("node:os").totalmem = () => ${GB};\n`);
      const options = process.env.NODE_OPTIONS;
      process.env.NODE_OPTIONS = `${options ?? ""} --require ${preload}`.trim();
      try {
        small = await TestStack.make("local");
      } finally {
        if (options === undefined) delete process.env.NODE_OPTIONS;
        else process.env.NODE_OPTIONS = options;
      }
    });
    afterAll(() => small.dispose());

    test("two replicas", async () => {
      const ran = await small.up();
      expect(ran.code).not.toBe(0);
      expect(ran.output).toMatch(
        /replicas is 2: 3 members need 1\.2 GB of memory, this machine has 1\.0 GB: ask for fewer replicas/,
      );
      expect(existsSync(small.folder)).toBe(false);
    });
  });

  test("as many replicas as memory holds are taken, one more is not", async () => {
    const { spec, options } = await parsed(3);
    expect(checkLocal(spec, options, { memory: 1.6 * GB, disk: 100 * GB })).toEqual([]);
    expect(checkLocal(spec, options, { memory: 1.59 * GB, disk: 100 * GB })).toEqual([
      expect.stringMatching(/replicas is 3: 4 members need 1\.6 GB/),
    ]);
    expect(checkLocal({ ...spec, replicas: 9 }, options, { memory: 64 * GB, disk: 100 * GB })).toEqual([
      expect.stringMatching(/replicas is 9: one machine runs at most 8/),
    ]);
  });
});

async function parsed(replicas: number) {
  const { parseConfiguration } = await import("../../components/spec/config");
  const { vendor } = await import("../../components/local");
  const { spec, options } = parseConfiguration(
    { vendor: "local", replicas },
    { project: "license-db", stack: "local", vendorOptions: { local: vendor.options } },
  );
  return { spec, options: options as Parameters<typeof checkLocal>[1] };
}
