import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { unzipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromEnvironment, kindOf, toEnvironment } from "../../../components/alicloud/archiver/asked";
import { archiverPackage, librariesOf } from "../../../components/alicloud/archiver/package";
import { inParts } from "../../../components/alicloud/archiver/store";

/** The header of a program for Linux on x86-64, or on another machine. */
const program = (machine = 0x3e): Buffer => {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02", "latin1");
  header.writeUInt16LE(machine, 18);
  return header;
};

describe("the function's code", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "license-db-client-"));
    for (const name of ["pg_dump", "pg_restore", "ld-linux-x86-64.so.2", "libpq.so.5"])
      writeFileSync(join(folder, name), program());
  });
  afterEach(() => rmSync(folder, { recursive: true }));

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
    expect(kindOf('{"triggerName":"monthly","payload":"monthly"}')).toBe("monthly");
    expect(kindOf('{"payload":"final"}')).toBe("final");
    for (const event of ["", "{}", '{"payload":"../x"}', "null"]) expect(() => kindOf(event), event).toThrow(/must be/);
  });
});
