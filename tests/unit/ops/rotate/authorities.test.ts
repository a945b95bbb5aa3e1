import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  certificatesIn,
  ensureAuthorities,
  hasCome,
  standing,
} from "../../../../components/local/provider/host/authorities";
import { isOlder } from "../../../../components/local/provider/host/rotations";
import type { Place } from "../../../../components/local/provider/place";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "license-db-ca-"));
  mkdirSync(join(folder, "tls"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const step = (wanted?: "introduced" | "alone") =>
  ensureAuthorities({ folder, name: "test" } as Place, wanted, 10, { step: () => {}, warn: () => {} } as never);
const file = (name: string) => join(folder, "tls", name);
const trusted = () => certificatesIn(readFileSync(file("ca.crt"), "utf8"));
/** Whatever is done, the first that is trusted is the one whose key issues. */
const fits = () =>
  new X509Certificate(trusted()[0] ?? "").checkPrivateKey(createPrivateKey(readFileSync(file("ca.key"))));

describe("a new certificate authority", () => {
  it("is trusted beside the old one, then issues, then is alone", async () => {
    const first = await step();
    expect([first.changed, first.come, trusted().length, fits()]).toEqual([false, true, 1, true]);
    const [old] = trusted();

    expect(await step("introduced")).toMatchObject({ changed: true, come: true });
    expect([await standing(folder), trusted().length, trusted()[0], fits()]).toEqual(["introduced", 2, old, true]);
    const next = trusted()[1];
    expect(await step("introduced")).toMatchObject({ changed: false, come: true });
    expect(await hasCome(folder, "alone")).toBe(false);

    expect(await step("alone")).toMatchObject({ changed: true, come: false });
    expect([await standing(folder), trusted(), fits()]).toEqual(["issuing", [next, old], true]);
    expect(await step("alone")).toMatchObject({ changed: true, come: true });
    expect([await standing(folder), trusted(), fits()]).toEqual(["one", [next], true]);
    expect(await step("alone")).toMatchObject({ changed: false, come: true });
  });

  it("goes on from wherever it was cut off", async () => {
    await step();
    const [old = ""] = trusted();
    await step("introduced");
    const [, next = ""] = trusted();
    // While it was introduced: it is made, and nobody trusts it yet.
    writeFileSync(file("ca.crt"), old);
    expect(await step("introduced")).toMatchObject({ changed: true, come: true });
    expect(trusted()).toEqual([old, next]);
    // While it took over: the key is its own already, and the other certificate still stands first.
    writeFileSync(file("ca.key"), readFileSync(file("ca-next.key")));
    expect(await step("alone")).toMatchObject({ changed: true });
    expect([trusted()[0], fits()]).toEqual([next, true]);
    while (!(await step("alone")).come);
    expect([trusted(), fits()]).toEqual([[next], true]);
  });

  it("is not made where a key is gone that clients trust", async () => {
    await step();
    rmSync(file("ca.key"));
    await expect(step()).rejects.toThrow("Put the copy of the key back");
  });
});

describe("a wish for something new", () => {
  it("is fulfilled by what was made since", () => {
    expect(isOlder("2026-11-23T10:00:00.000Z", undefined)).toBe(false);
    expect(isOlder("2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00.001Z")).toBe(true);
    expect(isOlder("2026-11-23T10:00:00.001Z", "2026-11-23T10:00:00.001Z")).toBe(false);
    expect(isOlder(undefined, "2026-11-23T10:00:00.001Z")).toBe(true);
  });
});
