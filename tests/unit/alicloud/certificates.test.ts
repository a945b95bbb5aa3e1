import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caCertificate, certificateProblems } from "../../../components/alicloud/certificates";
import { newAuthority } from "../../../components/local/provider/host/tls";

/** As Alibaba Cloud's bundle has it; people who pinned it published the same. */
const FINGERPRINT = "29:54:2B:04:9E:42:18:41:16:88:6C:E4:5C:09:F0:98:8B:14:1F:D7:25:11:5E:23:5F:5B:92:B7:23:9D:04:B9";

let folder = "";
const fileOf = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "license-db-certificates-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("what vouches for ApsaraDB's servers", () => {
  it("is its root: one certificate, of a key that is long enough, signed by itself, for years to come", () => {
    const pem = caCertificate();
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
    const root = new X509Certificate(pem);
    expect(root.fingerprint256).toBe(FINGERPRINT);
    expect(root.subject).toContain("CN=ApsaraDB Root CA");
    expect(root.ca && root.verify(root.publicKey)).toBe(true);
    expect(root.publicKey.asymmetricKeyDetails?.modulusLength).toBe(4096);
    expect(Date.parse(root.validTo)).toBeGreaterThan(Date.now() + 5 * 365 * 86_400_000);
  });

  it("is nobody whom the root does not vouch for", async () => {
    const stranger = await newAuthority("ApsaraDB Root CA", 1);
    const caFile = fileOf("strangers.pem", `${stranger.cert}\n${caCertificate()}`);
    expect(certificateProblems({ caFile })[0]).toMatch(/of 2 certificates.*vouches for none.*ApsaraDB-CA-Chain/);
    expect(() => caCertificate({ caFile })).toThrow(/vouches for none/);
  });

  it.each([
    ["missing.pem", undefined, /cannot be read.*ENOENT/],
    ["empty.pem", "", /of 0 certificates/],
    ["broken.pem", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n", /cannot be read as certificates/],
  ])("says what is wrong with %s", (name, text, problem) => {
    const caFile = text === undefined ? join(folder, name) : fileOf(name, text);
    expect(certificateProblems({ caFile })).toEqual([expect.stringMatching(problem)]);
  });

  it("needs no file", () => {
    expect(certificateProblems({})).toEqual([]);
  });
});
