import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "../../components/local/tools/command";
import { silent } from "../../components/local/tools/reporter";
import { Offline } from "../../ops/policy/offline";
import { outcomeOf, passes, violations } from "../../ops/policy/outcome";
import { targets } from "../../ops/policy/targets";
import { ROOT } from "../../ops/setup/session";
import { every } from "../support/every";

/** Whoever calls out of this machine gets no answer. */
const NOWHERE = {
  HTTPS_PROXY: "http://127.0.0.1:9",
  HTTP_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "127.0.0.1,localhost",
};

/** Development's previews are in the clouds' own suites, and its stacks under the rules in goodStacks.test.ts. */
const those = targets.filter(({ stack }) => every || stack !== "dev");

describe.each(those)("$title", (target) => {
  let offline: Offline | undefined;
  const before = { ...process.env };
  beforeEach(() => Object.assign(process.env, NOWHERE));
  afterEach(() => {
    offline?.close();
    process.env = { ...before };
  });

  async function judged(more: Readonly<Record<string, unknown>>) {
    offline = await Offline.open(target, silent);
    offline.configure({ ...offline.config, ...more });
    const { code, stdout } = await offline.preview(["--policy-pack", join(ROOT, "policy")]);
    return { code, outcome: outcomeOf(target, stdout, code, 0) };
  }

  it("passes as it stands, with nobody called and no tracked file touched", async () => {
    const file = join(ROOT, `Pulumi.${target.stack}.yaml`);
    const { mtimeMs } = statSync(file);
    const text = readFileSync(file, "utf8");
    const { code, outcome } = await judged({});
    expect(outcome.failures).toEqual([]);
    expect(violations(outcome)).toEqual([]);
    expect(code).toBe(0);
    expect(outcome.findings.filter(({ verdict }) => verdict === "good").length).toBeGreaterThan(10);
    expect([statSync(file).mtimeMs, readFileSync(file, "utf8")]).toEqual([mtimeMs, text]);
  });

  if (target.stack !== "prod" || (!every && target.vendor !== "aws")) return;
  it("fails by the rule's own name where deletion protection is off, and not for telling a webhook alone", async () => {
    const { code, outcome } = await judged({
      "license-db:deletionProtection": false,
      "license-db:alerts": { contacts: ["https://on-call.example.com/hook"] },
    });
    expect(code).not.toBe(0);
    expect(outcome.failures).toEqual([]);
    const violated = violations(outcome).map(({ rule }) => rule.id);
    expect(violated).toContain("deletion-protection");
    expect(violated).not.toContain("alerts-reach-somebody");
    expect(passes(outcome)).toBe(false);
  });
});

describe("npm run policy", () => {
  it("writes its reports, and ends with 0 where all is well", async () => {
    const folder = mkdtempSync(join(tmpdir(), "license-db-reports-"));
    try {
      const said = await run(["npm", "run", "-s", "policy", "--", "--stack", "local", "--output", folder], {
        cwd: ROOT,
      });
      expect(said).toMatch(/^pass: local on local: .* exempt/m);
      for (const name of ["policy.sarif", "policy.junit.xml", "policy.md"]) {
        expect(readFileSync(join(folder, name), "utf8")).toContain(
          name.endsWith("md") ? "local on local" : "license-db policy",
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("refuses a stack there is not, and says which there are", async () => {
    await expect(run(["npm", "run", "-s", "policy", "--", "--stack", "nope"], { cwd: ROOT })).rejects.toThrow(
      /no stack is nope on any: there are local on local, dev on aws/,
    );
  });
});
