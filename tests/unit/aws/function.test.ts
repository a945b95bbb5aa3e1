import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { functionBundle, functionCode } from "../../../components/aws/function/bundle";
import { EXCLUDED_CHARACTERS } from "../../../components/aws/function/event";
import { patience, persist } from "../../../components/aws/function/patience";

const ROOT = resolve(__dirname, "../../..");

describe("the bundle", () => {
  it("is the same from whatever folder it is made, and names none of this machine", async () => {
    const made = spawnSync(
      process.execPath,
      [
        "--import",
        resolve(ROOT, "node_modules/tsx/dist/loader.mjs"),
        "--eval",
        `require(${JSON.stringify(resolve(ROOT, "components/aws/function/bundle.ts"))}).functionCode().then((code) => process.stdout.write(code))`,
      ],
      { cwd: tmpdir(), encoding: "utf8" },
    );
    expect(made.stderr).toBe("");
    expect(made.stdout).toBe(await functionCode());
    expect(made.stdout).not.toContain(ROOT);
  });

  it("brings along all but Node's own modules and the SDK the runtime has", async () => {
    const needed = [...(await functionCode()).matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = ""]) => name);
    const foreign = needed.filter((name) => !/^(node:)?[a-z_]+(\/[a-z]+)?$/.test(name));
    // node-postgres asks for its native driver only where it is told to use it
    expect([...new Set(foreign)].sort()).toEqual(["@aws-sdk/client-secrets-manager", "pg-native"]);
  });

  it("has another hash for another certificate, and the same for the same", async () => {
    const hash = await functionBundle("a").hash;
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await functionBundle("a").hash).toBe(hash);
    expect(await functionBundle("b").hash).not.toBe(hash);
    expect(hash).not.toBe(
      createHash("sha256")
        .update(await functionCode())
        .digest("hex"),
    );
  });
});

describe("a generated password", () => {
  it("is made of four classes, without what means something in a URL, a shell or a quoted string", () => {
    const ascii = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
    const left = ascii.filter((letter) => !EXCLUDED_CHARACTERS.includes(letter)).join("");
    expect(left).toMatch(/^[A-Za-z0-9._~-]+$/);
    for (const one of [/[A-Z]/, /[a-z]/, /[0-9]/, /[-._~]/]) expect(left).toMatch(one);
    expect(encodeURIComponent(left)).toBe(left);
  });
});

describe("patience", () => {
  const failure = (fields: { code?: string; name?: string; message?: string }) => Object.assign(new Error(), fields);

  it.each([
    ["a server that is starting", { code: "57P03" }],
    ["a writer that has become a reader", { code: "25006" }],
    ["a connection that broke", { code: "08006" }],
    ["a name that is gone for a moment", { code: "ENOTFOUND" }],
    ["a master password under rotation", { code: "28P01" }],
    ["a connection that ended without a word", { message: "Connection terminated unexpectedly" }],
    ["Secrets Manager asking for less haste", { name: "ThrottlingException" }],
  ])("%s: three minutes", (_, fields) => expect(patience.of(failure(fields))).toBe(180_000));

  it("rights that have not arrived everywhere: one minute", () =>
    expect(patience.of(failure({ name: "AccessDeniedException" }))).toBe(60_000));

  it.each([
    ["a right that PostgreSQL does not grant", { code: "42501" }],
    ["a certificate of another authority", { code: "SELF_SIGNED_CERT_IN_CHAIN" }],
    ["a secret that is waiting to be deleted", { name: "InvalidRequestException" }],
    ["a mistake of ours", { message: "x is not a function" }],
  ])("%s: none", (_, fields) => expect(patience.of(failure(fields))).toBe(0));

  it("tries until it works, and no longer than the failure is worth", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 4 }), async (failures) => {
        let tries = 0;
        const work = async () => {
          tries++;
          if (tries <= failures) throw new Error("not yet");
          return tries;
        };
        expect(await persist(work, { of: () => 1_000, pause: 1 })).toBe(failures + 1);
        tries = 0;
        if (failures > 0) {
          await expect(persist(work, { of: () => 0, pause: 1 })).rejects.toThrow("not yet");
          expect(tries).toBe(1);
        }
      }),
    );
    let tries = 0;
    const never = async () => {
      tries++;
      throw new Error("never");
    };
    await expect(persist(never, { of: () => 60, pause: 20 })).rejects.toThrow("never");
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(5);
  });
});
