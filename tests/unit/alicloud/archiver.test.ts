import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { unzipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromEnvironment, toEnvironment, wishOf } from "../../../components/alicloud/archiver/asked";
import { archiverPackage, librariesOf } from "../../../components/alicloud/archiver/package";
import { inParts } from "../../../components/alicloud/archiver/store";
import { zippedOnce } from "../../../components/alicloud/archiver/zippedOnce";
import { zipped } from "../../../components/alicloud/function/bundle";

/** The header of a program for Linux on x86-64, or on another machine. */
const program = (machine = 0x3e): Buffer => {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02", "latin1");
  header.writeUInt16LE(machine, 18);
  return header;
};

describe("the function's code", () => {
  let folder: string;
  let cache: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "license-db-client-"));
    for (const name of ["pg_dump", "pg_restore", "ld-linux-x86-64.so.2", "libpq.so.5"])
      writeFileSync(join(folder, name), program());
    cache = mkdtempSync(join(tmpdir(), "license-db-cache-"));
    vi.stubEnv("LICENSE_DB_CACHE", cache);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    for (const made of [folder, cache]) rmSync(made, { recursive: true });
  });

  it("has the program, the authorities and the client, which everybody may run", () => {
    const archive = Buffer.from(archiverPackage("a PEM", folder).zip, "base64");
    const files = unzipSync(archive);
    expect(Object.keys(files).sort()).toEqual([
      "ca.pem",
      "client/ld-linux-x86-64.so.2",
      "client/libpq.so.5",
      "client/pg_dump",
      "client/pg_restore",
      "index.js",
    ]);
    expect(Buffer.from(files["ca.pem"] ?? "").toString()).toBe("a PEM");
    // The central directory's entry: made by Unix, mode in the upper half of the attributes.
    const entry = archive.lastIndexOf("client/pg_dump") - 46;
    expect(archive[entry + 5]).toBe(3);
    expect((archive.readUInt32LE(entry + 38) >>> 16) & 0o777).toBe(0o755);
  });

  it("is the same twice, and has another version for other authorities, not for other libraries", () => {
    const first = archiverPackage("a", folder);
    expect(archiverPackage("a", folder)).toEqual(first);
    expect(archiverPackage("b", folder).version).not.toBe(first.version);
    writeFileSync(join(folder, "libpq.so.5"), "of another machine");
    expect(archiverPackage("a", folder)).toMatchObject({ version: first.version });
  });

  it("is refused without a client for Linux on x86-64, saying how to have one", () => {
    writeFileSync(join(folder, "pg_dump"), program(0xb7));
    expect(() => archiverPackage("a", folder)).toThrow(
      /pg_dump is no Linux program for x86-64: .*alicloud.archive.client/,
    );
    rmSync(join(folder, "pg_dump"));
    expect(() => archiverPackage("a", folder)).toThrow(/has no pg_dump: .*alicloud.archive.client/);
    expect(() => archiverPackage("a", join(folder, "nowhere"))).toThrow(/which is not there/);
  });
});

describe("an archive that is kept", () => {
  let folder: string;
  const kept = () => readdirSync(folder).map((name) => join(folder, name));
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "license-db-kept-")), "archiver");
  });
  afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

  it("is what would be made, and is taken from the folder the next time", () => {
    const files = { "index.js": "exports.handler = 1", "ca.pem": "a" };
    expect(zippedOnce(folder, files)).toBe(zipped(files));
    const [file = "", ...others] = kept();
    expect(others).toEqual([]);
    expect(zippedOnce(folder, files)).toBe(zipped(files));
    writeFileSync(file, "of the folder");
    expect(zippedOnce(folder, files)).toBe("of the folder");
  });

  it("is another for any other name or content, however they are cut", () => {
    const sets = [
      { a: "bc" },
      { ab: "c" },
      { a: "b", c: "" },
      { a: "b" },
      { a: Buffer.from("bc\n") },
      { c: "", a: "b" },
    ];
    for (const files of sets) zippedOnce(folder, files);
    expect(kept()).toHaveLength(sets.length);
    for (const files of sets) expect(zippedOnce(folder, files)).toBe(zipped(files));
  });

  it("goes after a month, once another one is made", () => {
    zippedOnce(folder, { a: "1" });
    const [old = ""] = kept();
    const before = Date.now() / 1000 - 31 * 86_400;
    utimesSync(old, before, before);
    zippedOnce(folder, { a: "2" });
    expect(kept()).toHaveLength(1);
    expect(kept()).not.toContain(old);
  });

  it("is made all the same where the folder cannot be", () => {
    mkdirSync(join(folder, ".."), { recursive: true });
    writeFileSync(folder, "a file");
    expect(zippedOnce(folder, { a: "1" })).toBe(zipped({ a: "1" }));
  });
});

it("reads what ldd prints", () => {
  const printed = [
    "\tlinux-vdso.so.1 (0x00007f9cc8ffd000)",
    "\tlibpq.so.5 => /usr/lib/x86_64-linux-gnu/libpq.so.5 (0x00007f9cc8f39000)",
    "\t/lib64/ld-linux-x86-64.so.2 (0x00007f9cc8fff000)",
  ].join("\n");
  expect(librariesOf(printed)).toEqual(["/usr/lib/x86_64-linux-gnu/libpq.so.5", "/lib64/ld-linux-x86-64.so.2"]);
  expect(() => librariesOf("\tlibpq.so.5 => not found\n")).toThrow(/lacks libpq.so.5/);
});

it("cuts a stream into parts of one size without losing or moving a byte", async () => {
  const chunks = fc.array(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 50 }), async (content, size) => {
      const parts: Buffer[] = [];
      const stream = (async function* () {
        yield* content;
      })();
      for await (const part of inParts(stream, size)) parts.push(part);
      expect(Buffer.concat(parts)).toEqual(Buffer.concat(content));
      for (const part of parts.slice(0, -1)) expect(part.length).toBe(size);
      for (const part of parts) expect(part.length).toBeGreaterThan(0);
    }),
  );
});

describe("what the function is told", () => {
  const asked = {
    host: "h",
    port: "5432",
    database: "d",
    username: "u",
    password: "p",
    bucket: "b",
    region: "oss-cn-hangzhou",
    endpoint: "https://oss-cn-hangzhou-internal.aliyuncs.com",
  };

  it("comes back from its environment, and what is missing is named", () => {
    expect(fromEnvironment(toEnvironment(asked))).toEqual(asked);
    expect(() => fromEnvironment({ ...toEnvironment(asked), DB_HOST: "", DB_PORT: undefined })).toThrow(
      /^DB_HOST, DB_PORT/,
    );
  });

  it("is one of two kinds of dump", () => {
    expect(wishOf('{"triggerName":"monthly","payload":"monthly"}')).toEqual({ dump: "monthly" });
    expect(wishOf('{"payload":"final","task":"t1-2"}')).toEqual({ dump: "final", task: "t1-2" });
    expect(wishOf('{"outcomeOf":"t1-2"}')).toEqual({ outcomeOf: "t1-2" });
    const none = ["", "{}", '{"payload":"../x"}', "null", '{"payload":"final","task":"../x"}', '{"outcomeOf":"a/b"}'];
    for (const event of none) expect(() => wishOf(event), event).toThrow(/must be/);
  });
});
