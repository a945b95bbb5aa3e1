import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { keyProblems, readKeys } from "../../../../ops/rotate/keysFile";
import { checkFile } from "../../../../ops/rotate/write";

const folder = mkdtempSync(join(tmpdir(), "license-db-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

const key = () => randomBytes(32).toString("base64");

async function refusal(text: string, mode = 0o600): Promise<string> {
  const file = join(folder, "keys.json");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return readKeys(file, "2027").then(
    () => "taken",
    (error: Error & { exitCode?: number }) => {
      expect(error.exitCode).toBe(2);
      return error.message.replaceAll(file, "FILE");
    },
  );
}

describe("a file of keys", () => {
  it("is taken when it is its owner's alone and holds keys", async () => {
    expect(await refusal(JSON.stringify({ "2026": key(), "2027": key() }))).toBe("taken");
  });

  it("is refused with all that is wrong, and without a word of what it holds", async () => {
    const secret = key();
    expect(await refusal(JSON.stringify({ "20 26": secret }), 0o644)).toBe(
      [
        "--keys-file FILE: others may read it (mode 644): chmod 600 FILE",
        '--keys-file FILE: it has no key "2027", with which to encrypt (--to)',
        '--keys-file FILE: the id "20 26" is not 1 to 40 characters of a-z, 0-9 and _',
      ].join("\n"),
    );
    expect(await refusal(`{"2027": "${secret}"`)).toMatch(/^--keys-file FILE: it is not a JSON object of key ids/);
    await expect(readKeys(join(folder, "none"), "2027")).rejects.toThrow("it cannot be read (ENOENT)");
  });

  it("holds keys of 32 bytes in base64 and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const problems = keyProblems({ "2027": Buffer.from(bytes).toString("base64") }, "2027");
        expect(problems.length).toBe(bytes.length === 32 ? 0 : 1);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(Buffer.from(text, "base64").length !== 32);
        const [problem = ""] = keyProblems({ "2027": text }, "2027");
        expect(problem).toBe('the key "2027" is not 32 bytes in base64 (openssl rand -base64 32)');
      }),
    );
  });
});

describe("a file to write a secret to", () => {
  it("is an absolute path in a folder that is there", async () => {
    await checkFile("--password-file", undefined);
    await checkFile("--password-file", join(folder, "new"));
    for (const path of ["relative", "/no/such/folder/file", folder]) {
      await expect(checkFile("--password-file", path)).rejects.toMatchObject({
        exitCode: 2,
        message: `--password-file is ${path}: it is the absolute path of a file in a folder that is there.`,
      });
    }
  });
});
