import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { environment, render } from "../../../../ops/migrate/conninfo";
import { serverEnd, understood } from "../../../../ops/migrate/serverEnd";

describe("a libpq connection string", () => {
  /** As libpq's own parser takes the form keyword='value'. */
  function parse(text: string): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [, keyword = "", value = ""] of text.matchAll(/(\w+)='((?:[^'\\]|\\.)*)'(?: |$)/gs)) {
      found[keyword] = value.replace(/\\(.)/gs, "$1");
    }
    return found;
  }

  it("gives every value back, whatever it holds", () => {
    const info = fc.record({ host: fc.string(), password: fc.string({ unit: "grapheme" }), dbname: fc.string() });
    fc.assert(fc.property(info, (given) => void expect(parse(render(given))).toEqual(given)));
  });

  it("leaves out what is not set, in the environment, too", () => {
    expect(render({ host: "a", password: undefined, port: 5432 })).toBe("host='a' port='5432'");
    expect(
      environment({ host: "a", dbname: "b", password: undefined, port: 5432, channel_binding: "require" }),
    ).toEqual({
      PGHOST: "a",
      PGDATABASE: "b",
      PGPORT: "5432",
    });
  });
});

describe("the source's address", () => {
  it("is understood whatever the password", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (password) => {
        const address = `postgresql://owner:${encodeURIComponent(password)}@db.example.com:5433/product`;
        expect(understood(address)).toEqual({
          host: "db.example.com",
          port: "5433",
          database: "product",
          user: "owner",
          password,
        });
      }),
    );
  });

  it("takes sslmode as libpq does", () => {
    expect(understood("postgres://u@h/d?sslmode=require").ssl).toMatchObject({ rejectUnauthorized: false });
    expect(understood("postgres://u@h/d?sslmode=disable").ssl).toBe(false);
    expect(understood("postgres://u@h/d?sslmode=verify-full").ssl).toEqual({});
  });

  it.each([
    ["mysql://u:geheim@h/d", "libpq address"],
    ["postgresql://u:geheim@/d", "host"],
    ["postgresql://:geheim@h/d", "user"],
    ["postgresql://u:geheim@h/d?sslmode=verify-ca", "cannot be read"],
  ])("refuses %s without telling the password", (address, why) => {
    expect(() => understood(address)).toThrow(why);
    expect(() => understood(address)).not.toThrow("geheim");
  });

  const folder = mkdtempSync(join(tmpdir(), "license-db-address-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is taken from a file only where nobody else may read that", async () => {
    const file = join(folder, "address");
    writeFileSync(file, "postgresql://u:geheim@127.0.0.1:1/d", { mode: 0o600 });
    expect((await serverEnd({ sourceFile: file })).label).toBe("127.0.0.1:1/d");
    chmodSync(file, 0o640);
    await expect(serverEnd({ sourceFile: file })).rejects.toThrow("chmod 600");
    await expect(serverEnd({ sourceFile: join(folder, "none") })).rejects.toThrow("not there");
    await expect(serverEnd({}, {})).rejects.toThrow("LICENSE_DB_SOURCE");
  });
});
