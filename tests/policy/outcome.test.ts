import { readFileSync } from "node:fs";
import { DOMParser } from "@xmldom/xmldom";
import Ajv from "ajv-draft-04"; // checks JSON against a schema, of the draft that the one of SARIF is written in
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { asJunit } from "../../ops/policy/junit";
import { type Outcome, outcomeOf, passes } from "../../ops/policy/outcome";
import { asSarif } from "../../ops/policy/sarif";
import { asMarkdown, asText, rows } from "../../ops/policy/sentences";
import { offlineConfig, type Target, targets } from "../../ops/policy/targets";
import { rules } from "../../policy/rules";
import { CLUSTER, eventsWith, type Told } from "./support/events";

const target = targets.find(({ title }) => title === "prod on aws") as Target;
const told: Record<"bad" | "open" | "soft" | "exempt", Told> = {
  bad: { policy: "backup-retention", says: 'kept for 3 days & <"none"> \u0007| too few' },
  open: { policy: "undecided-in-preview", says: "[final-backup] the name is known only to up." },
  soft: { policy: "softer-by-profile", says: "[deletion-protection] a deletion is not refused." },
  exempt: { policy: "exemptions", says: "[log-connections] vendor aws is exempt: of a test." },
};
const judged = (those: readonly Told[], options?: Parameters<typeof eventsWith>[1], code = 0): Outcome =>
  outcomeOf(target, eventsWith(those, options), code, 1.5);
const verdictOf = (outcome: Outcome, rule: string) =>
  outcome.findings.filter((one) => one.rule.id === rule && one.urn === CLUSTER).map(({ verdict }) => verdict);

describe("what the engine told", () => {
  it("is read by rule and verdict; what nothing is said of is good", () => {
    const outcome = judged(Object.values(told), {}, 255);
    expect(verdictOf(outcome, "backup-retention")).toEqual(["VIOLATION"]);
    expect(verdictOf(outcome, "final-backup")).toEqual(["undecided"]);
    expect(verdictOf(outcome, "deletion-protection")).toEqual(["let pass"]);
    expect(verdictOf(outcome, "log-connections")).toEqual(["exempt"]);
    expect(verdictOf(outcome, "storage-encrypted")).toEqual(["good"]);
    expect(outcome.failures).toEqual([]);
    expect(passes(outcome)).toBe(false);
  });

  it("passes where only development, a vendor or a preview is behind it", () => {
    expect(passes(judged([told.open, told.soft, told.exempt]))).toBe(true);
  });

  it("is a violation by any policy that is a rule's own, however the engine calls its level", () => {
    const text = eventsWith([told.bad]).replace('"mandatory"', '"advisory"');
    expect(passes(outcomeOf(target, text, 0, 1))).toBe(false);
  });

  it.each<[string, Outcome, RegExp]>([
    ["no pack", judged([], { packs: {} as never }), /the policy pack license-db did not run/],
    ["another pack alone", judged([], { packs: { other: "1" } as never }), /did not run/],
    ["a rule left out", judged([], { ran: rules.slice(1).map(({ id }) => id) }), /these rules did not run: /],
    ["a policy nobody knows", judged([{ policy: "new-policy", says: "?" }]), /new-policy/],
    ["a rule nobody knows", judged([{ policy: "undecided-in-preview", says: "[no-such] ?" }]), /no-such/],
    ["a finding of another pack", judged([{ ...told.bad, pack: "other" }]), /backup-retention/],
    ["an engine that failed", judged([], {}, 255), /ended with 255/],
    [
      "a program that failed",
      judged([], { more: [{ diagnosticEvent: { severity: "error", message: "no such region" } }] }, 255),
      /no such region/,
    ],
    ["silence", outcomeOf(target, "", 255, 0), /told nothing/],
  ])("does not pass with %s", (_, outcome, reason) => {
    expect(passes(outcome)).toBe(false);
    expect(outcome.failures.join("\n")).toMatch(reason);
  });
});

describe("reports", () => {
  const good = judged([]);
  const bad = judged(Object.values(told), {}, 255);
  const broken = outcomeOf(target, "", 255, 0);
  const all = [good, bad, broken];

  it("a table of rule, verdict, resource and controls, what is wrong first", () => {
    const [first] = rows(bad);
    expect(first).toMatchObject({
      rule: "backup-retention",
      verdict: "VIOLATION",
      resources: "license-db-prod-cluster",
    });
    expect(first?.controls).toContain("Security Hub RDS.11");
    const text = asText(bad);
    expect(text).toMatch(/^backup-retention +VIOLATION +license-db-prod-cluster +.*Security Hub RDS\.11/m);
    expect(text).toContain("VIOLATION: [backup-retention] kept for 3 days");
    expect(text).toMatch(/^FAIL: prod on aws: \d+ rules hold, 1 are violated, 1 are left to up/m);
    expect(asText(good)).toMatch(/^pass: prod on aws/m);
  });

  it("SARIF that its published schema finds nothing wrong with", () => {
    // OASIS's schema, as Microsoft's package carries it.
    const schema = require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
    const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
    addFormats(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(schema, "utf8")));
    const log = JSON.parse(JSON.stringify(asSarif(all))) as ReturnType<typeof asSarif>;
    expect(validate(log), ajv.errorsText(validate.errors)).toBe(true);
    expect(validate({ ...log, version: "2.0.0" })).toBe(false);

    expect(log.runs.map(({ results }) => results?.length)).toEqual([0, 3, 0]);
    const [violation, ...others] = log.runs[1]?.results ?? [];
    expect(violation).toMatchObject({ ruleId: "backup-retention", level: "error", kind: "fail" });
    expect(violation?.suppressions).toBeUndefined();
    expect(others.every(({ suppressions }) => suppressions?.length === 1)).toBe(true);
    for (const { ruleId, ruleIndex = -1 } of log.runs[1]?.results ?? []) expect(rules[ruleIndex]?.id).toBe(ruleId);
    expect(log.runs.map(({ invocations }) => invocations?.[0]?.executionSuccessful)).toEqual([true, true, false]);
  });

  it("JUnit that counts right, whatever the messages hold", () => {
    const complaints: string[] = [];
    const parser = new DOMParser({ onError: (_, message) => complaints.push(message) });
    const root = parser.parseFromString(asJunit(all), "text/xml").documentElement;
    expect(complaints).toEqual([]);
    const suites = [...(root?.getElementsByTagName("testsuite") ?? [])];
    expect(suites).toHaveLength(3);
    for (const suite of suites) {
      const counted = (tag: string) => String(suite.getElementsByTagName(tag).length);
      expect(suite.getAttribute("tests")).toBe(counted("testcase"));
      expect(suite.getAttribute("failures")).toBe(counted("failure"));
      expect(suite.getAttribute("errors")).toBe(counted("error"));
      expect(suite.getAttribute("skipped")).toBe(counted("skipped"));
    }
    expect(suites.map((suite) => suite.getAttribute("failures"))).toEqual(["0", "1", "0"]);
    expect(Number(suites[2]?.getAttribute("errors"))).toBeGreaterThan(0);
    expect(suites[1]?.getElementsByTagName("failure")[0]?.textContent).toContain('3 days & <"none">');
  });

  it("Markdown whose tables no message breaks", () => {
    const text = asMarkdown(all);
    expect(text).toContain("**not all stacks pass**");
    expect(text).toContain("- **backup-retention** (critical): kept for 3 days");
    const tables = text.split("\n").filter((line) => line.startsWith("| "));
    expect(tables.length).toBeGreaterThan(10);
    for (const line of tables) expect(line.replaceAll("\\|", "").split("|")).toHaveLength(6);
    expect(asMarkdown([good])).toContain("all stacks pass");
    // What is wrong stays, whatever else has no room.
    const short = asMarkdown(all, text.length - 1);
    expect(short.length).toBeLessThan(text.length);
    expect(short).toContain("- **backup-retention**");
    expect(short.match(/<details>/g)).toHaveLength(short.match(/<\/details>/g)?.length ?? 0);
  });
});

describe("a stack's configuration without account and passphrase", () => {
  it("keeps what the file says, and has something in place of what is encrypted or left to the user", () => {
    const config = offlineConfig(
      {
        "license-db:vendor": "alicloud",
        "license-db:replicas": 3,
        "license-db:alerts": { contacts: [{ secure: "v1:abc" }], cpu: "70%" },
        "license-db:local": { repositories: [{ key: { secure: "v1:def" } }] },
      },
      target,
    );
    expect(config).toMatchObject({
      "license-db:vendor": "aws",
      "license-db:replicas": 3,
      "license-db:alerts": { contacts: [expect.stringMatching(/@example\.com$/)], cpu: "70%" },
      "aws:skipCredentialsValidation": "true",
    });
    expect(JSON.stringify(config)).not.toContain("secure");
  });

  it.each([
    ["prod on aws", ["on-call@example.com"]],
    ["prod on alicloud", ["on-call@example.com"]],
    // Mail would want a server, which no file names.
    ["local on local", ["https://on-call.example.com/hook"]],
  ])("tells somebody whom %s can tell", (title, contacts) => {
    const one = targets.find((each) => each.title === title) as Target;
    expect(offlineConfig({}, one)).toMatchObject({ "license-db:alerts": { contacts } });
  });

  it("has every environment on both clouds, and the local one", () => {
    expect(targets.map(({ title }) => title)).toEqual([
      "local on local",
      "dev on aws",
      "dev on alicloud",
      "prod on aws",
      "prod on alicloud",
    ]);
  });
});
