import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { poolSettings } from "../../../components/spec/pool";
import type { Spec } from "../../../components/spec/spec";
import { type ClientOptions, fromEnvironment, fromOutputs, LicenseDb, OptionsError } from "../../../ops/client";
import { settle } from "../../../ops/client/settings";

const PEM = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
const writer = { host: "writer.example.org", port: 5432 };
const reader = { host: "reader.example.org", port: 5433 };
const outputs = { writer, reader, database: "license_management", username: "license_app", caCertificate: PEM };
const good: ClientOptions = {
  writer,
  readers: [reader],
  database: "license_management",
  username: "license_app",
  password: "a-password",
  caCertificate: PEM,
};

function problems(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof OptionsError) return error.message;
    throw error;
  }
  return "";
}

describe("options", () => {
  it("left out are R10's figures, and the program's pool output is taken as it is", () => {
    expect(settle(good).pool).toEqual({ max: 20, idleTimeoutMillis: 30_000, connectionTimeoutMillis: 2_000 });
    const pool = poolSettings({ pool: { application: { size: 7, idleTimeout: 1, connectionTimeout: 3 } } } as Spec);
    expect(settle(fromOutputs({ ...outputs, password: "p", pool })).pool).toEqual(pool);
  });

  it("that are wrong are all named, with what is allowed, and without the password", () => {
    const said = problems(
      () =>
        new LicenseDb({
          ...good,
          writer: { host: "", port: 70_000 },
          caCertificate: "/etc/ca.pem",
          pool: { max: 0 },
          retryFor: Number.NaN,
          maxLag: 5,
        }),
    );
    for (const option of ["writer", "caCertificate", "pool.max", "retryFor", "maxLag"]) {
      expect(said).toMatch(new RegExp(`^  - ${option}: .*(allowed|PEM)`, "m"));
    }
    expect(said).not.toContain("a-password");
  });

  it("refuse every figure that is no sensible time", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("retryFor", "statementTimeout", "maxLifetime", "loginPatience"),
        fc.oneof(fc.integer({ max: -1 }), fc.constant(Number.NaN), fc.constant(Number.POSITIVE_INFINITY), fc.string()),
        (option, value) => {
          expect(problems(() => settle({ ...good, [option]: value }))).toContain(`${option}: is `);
        },
      ),
    );
  });
});

describe("options from outputs", () => {
  it("read from each replica that has an endpoint of its own", () => {
    const endpoints = { "reader-1": { ...reader, host: "one" }, "reader-2": { ...reader, host: "two" }, proxy: writer };
    expect(fromOutputs({ ...outputs, password: "p" }).readers).toEqual([reader]);
    expect(fromOutputs({ ...outputs, password: "p", endpoints }).readers?.map(({ host }) => host)).toEqual([
      "one",
      "two",
    ]);
  });

  it("find the password: given, in the outputs, in the secret they name, in the environment", () => {
    const environment = { DB_PASSWORD: "of-the-environment" };
    expect(fromOutputs({ ...outputs, password: "shown" }, { environment }).password).toBe("shown");
    expect(fromOutputs({ ...outputs, password: "[secret]" }, { environment }).password).toBe("of-the-environment");
    expect(fromOutputs({ ...outputs, password: "shown" }, { password: "given" }).password).toBe("given");
    const passwordSecret = "arn:aws:secretsmanager:eu-central-1:1:secret:x";
    expect(fromOutputs({ ...outputs, passwordSecret }, { environment }).password).toHaveProperty("login");
    expect(problems(() => fromOutputs({ ...outputs, password: "[secret]" }, { environment: {} }))).toMatch(
      /DB_PASSWORD/,
    );
    expect(problems(() => fromOutputs({ ...outputs, passwordSecret: "kms-secret" }, { environment: {} }))).toMatch(
      /login: async .* kms-secret/,
    );
  });

  it("log in by token around the proxy, as the role for tokens", () => {
    const endpoints = { directWriter: { ...writer, host: "cluster" }, directReader: { ...reader, host: "cluster-ro" } };
    const passwordSecret = "arn:aws:secretsmanager:eu-central-1:1:secret:x";
    expect(fromOutputs({ ...outputs, passwordSecret, endpoints }, { iam: true })).toMatchObject({
      writer: { host: "cluster" },
      readers: [{ host: "cluster-ro" }],
      username: "license_app_iam",
    });
    expect(problems(() => fromOutputs({ ...outputs, password: "p" }, { iam: true }))).toMatch(/only stacks on AWS/);
  });

  it("say what is missing of something else", () => {
    expect(problems(() => fromOutputs({} as never))).toMatch(/lack writer, reader, database, username, caCertificate/);
  });
});

describe("options from the environment", () => {
  let folder: string;
  let variables: Record<string, string>;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "license-db-client-"));
    writeFileSync(join(folder, "ca.pem"), PEM);
    variables = { DB_HOST: "db", DB_PASSWORD: "p", DB_CA_FILE: join(folder, "ca.pem") };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("need only host, password and CA file", async () => {
    const options = fromEnvironment(variables);
    expect(options).toMatchObject({
      writer: { host: "db", port: 5432 },
      readers: [],
      database: "license_management",
      username: "license_app",
      password: "p",
    });
    expect(await settle(options).caCertificate()).toBe(PEM);
  });

  it("name readers as hosts, with ports or without", () => {
    const readers = (more: Record<string, string>) =>
      fromEnvironment({ ...variables, ...more }).readers?.map(({ host, port }) => `${host} ${port}`);
    expect(readers({ DB_READER_PORT: "5433" })).toEqual(["db 5433"]);
    expect(readers({ DB_READER_HOST: "a, b:6000,[::1]:7000", DB_READER_PORT: "5433" })).toEqual([
      "a 5433",
      "b 6000",
      "::1 7000",
    ]);
    expect(readers({ DB_READER_HOST: "a" })).toEqual(["a 5432"]);
  });

  it("that are wrong are all named", () => {
    const said = problems(() =>
      fromEnvironment({
        DB_PASSWORD: "top-secret",
        DB_PASSWORD_FILE: "/x",
        DB_PORT: "none",
        DB_POOL_MAX: "many",
        DB_CA_FILE: "/nowhere.pem",
      }),
    );
    for (const name of ["DB_HOST", "DB_PORT", "DB_PASSWORD and DB_PASSWORD_FILE", "DB_POOL_MAX", "DB_CA_FILE"]) {
      expect(said).toContain(`  - ${name}: `);
    }
    expect(said).not.toContain("top-secret");
    expect(problems(() => fromEnvironment({}))).toMatch(/no password: exactly one of/);
  });
});
