import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hideSalt } from "../../../ops/setup/git";
import { fits, makeSalt } from "../../../ops/setup/salt";
import { ensureSalt, vendorIn, withSalt } from "../../../ops/setup/stackFile";

/** Written by the engine, 3.220.0, for the passphrase "pass". */
const ENGINES = "v1:VGDwsqCUt74=:v1:/lFCrUkxDwa463e0:WlxZUb/De0wI0Hxi/muZ9iL0OTWoWA==";
const TEXT = "# The stack.\n\nconfig:\n    license-db:vendor: local   # which\n";
const ROOT = join(__dirname, "../../..");

describe("the salt", () => {
  it("of the engine is understood", () => {
    expect(fits(ENGINES, "pass")).toBe(true);
    expect(fits(ENGINES, "other")).toBe(false);
  });

  it("of ours has the engine's form and fits its passphrase alone", () => {
    const salt = makeSalt("p");
    expect(salt.length).toBe(ENGINES.length);
    expect([fits(salt, "p"), fits(salt, "q")]).toEqual([true, false]);
  });

  it.each(["", "v1", "v2:a:v1:b:c", "v1:a:v1:b:c", "v1:::::"])("%j fits nothing", (salt) => {
    expect(fits(salt, "p")).toBe(false);
  });
});

describe("a stack's file", () => {
  it("gets the salt of the state as its last line and keeps every other byte", () => {
    expect(withSalt(TEXT, ENGINES, "pass")).toBe(`${TEXT}encryptionsalt: ${ENGINES}\n`);
    expect(withSalt("config: {}", ENGINES, "pass")).toBe(`config: {}\nencryptionsalt: ${ENGINES}\n`);
    expect(withSalt("", ENGINES, "pass")).toBe(`encryptionsalt: ${ENGINES}\n`);
  });

  it("gets a salt for the passphrase where there is no state yet", () => {
    const salt = /encryptionsalt: (\S+)\n$/.exec(withSalt(TEXT, undefined, "pass") ?? "")?.[1];
    expect(fits(salt ?? "", "pass")).toBe(true);
  });

  it("is left alone when its salt is right, or when another provider keeps the secrets", () => {
    const right = `${TEXT}encryptionsalt: ${ENGINES}\n`;
    expect(withSalt(right, ENGINES, "pass")).toBeUndefined();
    expect(withSalt(right, undefined, "pass")).toBeUndefined();
    expect(withSalt(`secretsprovider: awskms://alias/x\n${TEXT}`, undefined, "pass")).toBeUndefined();
  });

  it("gets the right salt in place of a wrong one, unless that would lose encrypted values", () => {
    const wrong = `${TEXT}encryptionsalt: ${ENGINES}\n`;
    const mended = withSalt(wrong, undefined, "other") ?? "";
    expect(mended.startsWith(`${TEXT}encryptionsalt: v1:`)).toBe(true);
    expect(mended).not.toContain(ENGINES);
    const holding = `config:\n  license-db:key:\n    secure: v1:abc\nencryptionsalt: ${ENGINES}\n`;
    expect(() => withSalt(holding, undefined, "other")).toThrow("encrypted values");
  });

  it.each([
    [TEXT, "local"],
    ['config: {"license-db:vendor": "aws"}', "aws"],
    ["config:\n", undefined],
    ["", undefined],
  ])("%j names the vendor", (text, vendor) => {
    const folder = mkdtempSync(join(tmpdir(), "stack-test-"));
    writeFileSync(join(folder, "Pulumi.x.yaml"), text);
    expect(vendorIn(join(folder, "Pulumi.x.yaml"))).toBe(vendor);
    expect(vendorIn(join(folder, "Pulumi.y.yaml"))).toBeUndefined();
    rmSync(folder, { recursive: true });
  });
});

describe("git", () => {
  let folder: string;
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
      encoding: "utf8",
    });
  const file = () => join(folder, "Pulumi.local.yaml");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "git-test-"));
    git("init", "-q");
    writeFileSync(join(folder, ".gitattributes"), readFileSync(join(ROOT, ".gitattributes")));
    writeFileSync(file(), TEXT);
    git("add", ".");
    git("commit", "-qm", "begin");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("sees no change when the salt is added", async () => {
    expect(ensureSalt(file(), ENGINES, "pass")).toBe(true);
    expect(git("status", "--porcelain")).not.toBe("");
    expect(await hideSalt(folder, file())).toBeUndefined();
    expect(git("status", "--porcelain")).toBe("");
    expect(ensureSalt(file(), ENGINES, "pass")).toBe(false);
  });

  it("sees the user's own change, does not stage it, and never commits the salt", async () => {
    appendFileSync(file(), "  license-db:replicas: 1\n");
    ensureSalt(file(), ENGINES, "pass");
    await hideSalt(folder, file());
    expect(git("status", "--porcelain")).toBe(" M Pulumi.local.yaml\n");
    expect(git("diff")).not.toContain("encryptionsalt");
    git("commit", "-qam", "mine");
    expect(git("show", "HEAD:Pulumi.local.yaml")).toBe(`${TEXT}  license-db:replicas: 1\n`);
    expect(git("status", "--porcelain")).toBe("");
    expect(readFileSync(file(), "utf8")).toContain(ENGINES);
  });

  it("is not needed", async () => {
    rmSync(join(folder, ".git"), { recursive: true });
    expect(await hideSalt(folder, file())).toBeUndefined();
  });
});
