import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { matchesVerifier, newPassword, scramVerifier } from "../../../components/bootstrap/scram";

let salt: Buffer | undefined;
vi.mock("node:crypto", async (original) => {
  const real = await original<typeof import("node:crypto")>();
  return { ...real, randomBytes: (size: number) => salt ?? real.randomBytes(size) };
});
afterEach(() => {
  salt = undefined;
});

describe("a SCRAM verifier", () => {
  it("is the one of RFC 7677's example", () => {
    salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
    const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const message = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
    const verifier = scramVerifier("pencil");
    const [, stored = "", server = ""] =
      /^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$(.+):(.+)$/.exec(verifier) ?? [];
    const sign = (key: string) => createHmac("sha256", Buffer.from(key, "base64")).update(message).digest();
    expect(sign(server).toString("base64")).toBe("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    const proof = Buffer.from("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "base64");
    const clientKey = sign(stored).map((byte, index) => byte ^ (proof[index] ?? 0));
    expect(createHash("sha256").update(clientKey).digest("base64")).toBe(stored);
  });

  // Made by PostgreSQL 15: CREATE ROLE … PASSWORD …; SELECT rolpassword FROM pg_authid.
  it.each([
    [
      "pencil",
      "SCRAM-SHA-256$4096:ctS6wRQCgY7ggOCGjGRq3g==$q3sb87C3/giUWmxn2uo+OcKxcrs5KfqD/ecsaDqkFHM=:uClw6Wo8yx1njDdzwNfTr9B+mGHBgpXQkMahVcTnuEM=",
    ],
    [
      "Zürich-2024.~",
      "SCRAM-SHA-256$4096:NQqz7ncX2M0M9JrfBbLH6w==$CaodmwNiHWWUVgQg42nxSnFUea4ZQODuNOhKqSXEk9M=:aQz+2wHTdCx7y/r1IfePU5sRpxuoVd09VmN7WoFY3Wo=",
    ],
  ])("of %s is known again when the server made it", (password, verifier) => {
    expect(matchesVerifier(password, verifier)).toBe(true);
    expect(matchesVerifier(`${password} `, verifier)).toBe(false);
    expect(matchesVerifier(password, verifier.replace("$4096", "$4095"))).toBe(false);
  });

  it("has a salt of its own each time, and matches its password alone", () => {
    const text = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(text, text, (password, other) => {
        const verifier = scramVerifier(password);
        expect(verifier).toMatch(/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/);
        expect(scramVerifier(password)).not.toBe(verifier);
        expect(matchesVerifier(password, verifier)).toBe(true);
        expect(matchesVerifier(other, verifier)).toBe(password.normalize("NFKC") === other.normalize("NFKC"));
      }),
      { numRuns: 30 },
    );
  });

  it.each(["", "md5a3556571e93b0d20722ba62be61e8c2d", "SCRAM-SHA-256$", "SCRAM-SHA-256$0:$:", "plain"])(
    "is not %j",
    (verifier) => expect(matchesVerifier("plain", verifier)).toBe(false),
  );
});

describe("a new password", () => {
  it("is long, of four classes, never the same, and needs no quoting in a URL or a shell", () => {
    const passwords = Array.from({ length: 2_000 }, newPassword);
    for (const password of passwords) {
      expect(password).toMatch(/^[A-Za-z2-9._~-]{32}$/);
      for (const one of [/[A-Z]/, /[a-z]/, /[0-9]/, /[-_.~]/]) expect(password).toMatch(one);
      expect(encodeURIComponent(password)).toBe(password);
    }
    expect(new Set(passwords).size).toBe(passwords.length);
  });

  it("prefers no letter", () => {
    const counts = new Map<string, number>();
    for (const letter of Array.from({ length: 2_000 }, newPassword).join("")) {
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    // 64,000 letters of 61: some 1,049 of each, give or take 32; those of small classes are a little ahead.
    expect(counts.size).toBe(61);
    expect(Math.min(...counts.values())).toBeGreaterThan(800);
    expect(Math.max(...counts.values())).toBeLessThan(1_350);
  });
});
