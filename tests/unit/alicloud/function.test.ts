import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { fromEnvironment, toEnvironment } from "../../../components/alicloud/function/asked";
import { functionArchive, functionCode, zipped } from "../../../components/alicloud/function/bundle";

const asked = {
  host: "pgm-1.pg.rds.aliyuncs.com",
  port: "5432",
  database: "license_management",
  username: "license_app",
  extensions: "pgcrypto,pg_stat_statements",
  administrator: "license_admin",
  password: "of-the-administrator",
};

describe("the function's code", () => {
  it("is an archive of the code and the authorities, the same whenever it is made", async () => {
    const first = functionArchive("the authorities");
    await new Promise((resolve) => setTimeout(resolve, 2100)); // zip archives count in steps of two seconds
    expect(functionArchive("the authorities")).toBe(first);
    const files = unzipSync(Buffer.from(first, "base64"));
    expect(Object.keys(files)).toEqual(["index.js", "ca.pem"]);
    expect(strFromU8(files["ca.pem"] as Uint8Array)).toBe("the authorities");
    expect(zipped({ a: "1" })).not.toBe(zipped({ a: "2" }));
    // what Function Compute takes without a bucket
    expect(first.length).toBeLessThan(1_000_000);
  });

  it("names no place on the machine it was made on", () => {
    expect(functionCode()).not.toContain(process.cwd());
    expect(functionCode()).not.toContain(tmpdir());
  });

  it("says in words what is missing, and nothing secret", async () => {
    const folder = mkdtempSync(join(tmpdir(), "license-db-function-"));
    try {
      writeFileSync(join(folder, "index.js"), functionCode());
      writeFileSync(join(folder, "ca.pem"), readFileSync("components/alicloud/apsaradb.pem"));
      const { handler } = require(join(folder, "index.js")) as {
        handler: (event: unknown, context: unknown, callback: (error: Error | null, answer?: string) => void) => void;
      };
      const call = () =>
        new Promise<string>((resolve, reject) =>
          handler({}, {}, (error, answer) => (error ? reject(error) : resolve(answer ?? ""))),
        );
      await expect(call()).rejects.toThrow("DB_HOST is missing");
      Object.assign(process.env, toEnvironment({ ...asked, host: "127.0.0.1", port: "1" }));
      const failure = await call().catch((error: Error) => error.message);
      expect(failure).toMatch(/^Setting up license_management for license_app on 127\.0\.0\.1 failed\..*ECONNREFUSED/);
      expect(failure).not.toContain(asked.password);
    } finally {
      for (const name of Object.keys(toEnvironment(asked))) delete process.env[name];
      rmSync(folder, { recursive: true });
    }
  });
});

it("what the function is told is what it reads", () => {
  expect(fromEnvironment(toEnvironment(asked))).toEqual({ ...asked, port: 5432 });
  for (const name of Object.keys(toEnvironment(asked)))
    expect(() => fromEnvironment({ ...toEnvironment(asked), [name]: "" })).toThrow(`${name} is missing`);
});
