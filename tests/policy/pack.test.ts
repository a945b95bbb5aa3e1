import type { ResourceValidationPolicy } from "@pulumi/policy";
import { describe, expect, it } from "vitest";
import { policies } from "../../policy/pack";
import { profiles, runOf, softerBecause } from "../../policy/profile";
import { rules } from "../../policy/rules";
import { analyze, analyzeStack, remediate, type Shown, UNKNOWN_TEXT } from "./support/engine";

const preview = (stack = "prod") => policies({ preview: true, stack });
const up = (stack = "prod") => policies({ preview: false, stack });

/** Nothing of it is known but what makes it bad. */
const cluster: Shown = {
  type: "aws:rds/cluster:Cluster",
  name: "database",
  props: {
    engine: "postgres",
    engineVersion: "15",
    dbClusterInstanceClass: "db.m6gd.xlarge",
    kmsKeyId: UNKNOWN_TEXT,
    dbSubnetGroupName: UNKNOWN_TEXT,
    storageEncrypted: false,
    backupRetentionPeriod: 0,
    deletionProtection: true,
  },
};
const encrypted: Shown = { ...cluster, props: { ...cluster.props, storageEncrypted: true } };
const key: Shown = { type: "aws:kms/key:Key", name: "key", props: { enableKeyRotation: true } };

/** One on each member's CPU; of which database is not known but by `from`. */
const alarms = (from: Pick<Shown, "from"> = {}): readonly Shown[] =>
  ["cpu-1", "cpu-2", "cpu-3"].map((name) => ({
    type: "aws:cloudwatch/metricAlarm:MetricAlarm",
    name,
    props: {
      metricName: "CPUUtilization",
      namespace: "AWS/RDS",
      statistic: "Average",
      dimensions: { DBInstanceIdentifier: UNKNOWN_TEXT },
    },
    ...from,
  }));

/** What somebody would write without this pack: it touches an unknown before it finds what is bad. */
const naive: ResourceValidationPolicy = {
  name: "naive",
  description: "softened",
  enforcementLevel: "mandatory",
  validateResource: ({ props }, report) => {
    if (props.kmsKeyId === "") report("no key");
    if (props.storageEncrypted !== true) report("not encrypted");
  },
};

describe("in a preview", () => {
  it("is not softened where @pulumi/policy softens", async () => {
    expect(await analyze([naive], cluster)).toMatchObject([{ policy: "naive", level: "advisory" }]);
    const told = await analyze(preview(), cluster);
    expect(told.filter(({ policy }) => policy === "storage-encrypted")).toMatchObject([{ level: "mandatory" }]);
    expect(told.filter(({ policy }) => policy === "backup-retention")).toMatchObject([{ level: "mandatory" }]);
    expect(told.every(({ level }) => level === "mandatory")).toBe(true);
    expect(told.some(({ message }) => message.includes("can't run"))).toBe(false);
  });

  it("says nothing of what it does not know when a resource is shown, and names it at the end", async () => {
    const pack = preview();
    const told = await analyze(pack, encrypted);
    expect(told.map(({ policy }) => policy)).not.toContain("storage-key-own");
    const end = await analyzeStack(pack, [encrypted]);
    const open = end.filter(({ policy }) => policy === "undecided-in-preview");
    expect(open).toContainEqual(
      expect.objectContaining({ level: "advisory", message: expect.stringMatching(/storage-key-own.*kmsKeyId/) }),
    );
  });

  it("knows a key of the program's own by what it was computed from", async () => {
    const pack = preview();
    const told = await analyzeStack(pack, [key, { ...encrypted, from: { kmsKeyId: ["key"] } }]);
    expect(told.filter(({ message }) => message.includes("[storage-key-own]"))).toEqual([]);
  });

  it("goes by what was asked for, not by what the provider leaves unknown", async () => {
    const pack = preview();
    const { kmsKeyId: _, ...props } = encrypted.props;
    const asked: Shown = { ...encrypted, props };
    expect((await analyze(pack, asked)).map(({ policy }) => policy)).toContain("storage-key-own");
    const open = await analyzeStack(pack, [encrypted]);
    expect(open.filter(({ message }) => message.includes("[storage-key-own]"))).toEqual([]);
  });

  it("refuses a stack without what can only be elsewhere in it", async () => {
    const told = await analyzeStack(preview(), [encrypted]);
    for (const policy of ["archive", "alarms", "event-subscriptions"]) {
      expect(told).toContainEqual(expect.objectContaining({ policy, level: "mandatory" }));
    }
  });

  it("does not refuse a stack for an alarm that may be the database's", async () => {
    const told = await analyzeStack(preview(), [encrypted, ...alarms()]);
    expect(told.filter(({ policy, message }) => policy === "alarms" && message.includes("CPU"))).toEqual([]);
    expect(told.filter(({ message }) => message.startsWith("[alarms]"))).toMatchObject([{ level: "advisory" }]);
    const ofAnother = await analyzeStack(preview(), [
      encrypted,
      { ...encrypted, name: "another" },
      ...alarms({ from: { dimensions: ["another"] } }),
    ]);
    const refused = ofAnother.filter(({ policy, message }) => policy === "alarms" && message.includes("CPU"));
    expect(refused).toMatchObject([{ level: "mandatory", urn: expect.stringMatching(/::database$/) }]);
  });
});

describe("while things are made", () => {
  it("fails closed: what is not known is a violation", async () => {
    const told = await analyze(up(), encrypted);
    expect(told).toContainEqual(expect.objectContaining({ policy: "storage-key-own", level: "mandatory" }));
  });

  it("fails a stack afterwards, and says what exists now", async () => {
    const told = await analyzeStack(up(), [encrypted, ...alarms()]);
    const about = told.filter(({ policy, message }) => policy === "alarms" && message.includes("exists"));
    expect(about).toMatchObject([{ level: "mandatory", message: expect.stringContaining("database exists") }]);
    expect(told.map(({ policy }) => policy)).not.toContain("undecided-in-preview");
  });

  it("takes an engine that does not say it previews for one that makes things", () => {
    expect(runOf({}).preview).toBe(false);
    expect(runOf({ PULUMI_DRY_RUN: "false", PULUMI_NODEJS_DRY_RUN: "true" }).preview).toBe(false);
    expect(runOf({ PULUMI_NODEJS_DRY_RUN: "true", PULUMI_NODEJS_STACK: "dev" })).toEqual({
      preview: true,
      stack: "dev",
    });
  });
});

describe("a development stack", () => {
  it("is let do what is named, and told so", async () => {
    const pack = preview("dev");
    const told = await analyze(pack, cluster);
    expect(told.map(({ policy }) => policy)).not.toContain("backup-retention");
    expect(told.map(({ policy }) => policy)).toContain("storage-encrypted");
    const end = await analyzeStack(pack, [cluster]);
    expect(end).toContainEqual(
      expect.objectContaining({
        policy: "softer-by-profile",
        message: expect.stringContaining("[backup-retention]"),
      }),
    );
    expect(end.filter(({ policy }) => policy === "archive")).toEqual([]);
  });

  it("softens only rules that keep nobody out", () => {
    const softer = rules.filter((rule) => profiles.some((profile) => softerBecause(rule, profile) !== undefined));
    expect(softer.filter(({ requirements }) => requirements.includes("R11"))).toEqual([]);
    expect(softer.map(({ id }) => id)).not.toContain("storage-encrypted");
  });
});

describe("one machine that tells nobody", () => {
  const monitoring: Shown = { type: "localpg:index:Monitoring", name: "monitoring", props: { contacts: [] } };
  const about = async (stack: string) =>
    (await analyzeStack(preview(stack), [monitoring])).filter(({ message }) => message.includes("nobody is told"));

  it("is let be by the stack local, and told so", async () => {
    expect(await about("local")).toMatchObject([
      {
        policy: "softer-by-profile",
        level: "advisory",
        message: expect.stringMatching(/\[alerts-reach-somebody\].*in profile local: \S/),
      },
    ]);
  });

  it("is refused in production", async () => {
    expect(await about("prod")).toMatchObject([{ policy: "alerts-reach-somebody", level: "mandatory" }]);
  });
});

it("prints one machine's exemptions by name", async () => {
  const machine: Shown = { type: "localpg:index:Machine", name: "machine", props: { encrypted: false } };
  const pack = preview();
  expect(await analyze(pack, machine)).toEqual([]);
  const told = await analyzeStack(pack, [machine]);
  expect(told).toContainEqual(
    expect.objectContaining({
      policy: "exemptions",
      level: "advisory",
      message: expect.stringMatching(/\[storage-encrypted\].*local is exempt: \S/),
    }),
  );
});

describe("mending", () => {
  const open: Shown = {
    type: "aws:rds/instance:Instance",
    name: "open",
    props: { engine: "postgres", publiclyAccessible: true, kmsKeyId: UNKNOWN_TEXT, password: UNKNOWN_TEXT },
  };
  it("is off unless it is asked for", async () => {
    expect(await remediate(preview(), open)).toBeUndefined();
  });
  it("sets what is safe, and leaves the rest as it is, unknown or not", async () => {
    const asked = preview().map((policy) =>
      policy.name === "database-not-public" ? { ...policy, enforcementLevel: "remediate" as const } : policy,
    );
    expect(await remediate(asked, open)).toEqual({ ...open.props, publiclyAccessible: false });
  });
  it("touches nothing that is good", async () => {
    const asked = preview().map((policy) => ({ ...policy, enforcementLevel: "remediate" as const }));
    const good = { type: "aws:kms/key:Key", name: "good", props: { enableKeyRotation: true } };
    expect(await remediate(asked, good)).toBeUndefined();
  });
});

it("has a policy of its own for each rule, mandatory, with how to mend it", () => {
  const all = preview();
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { id, mend, protects } of rules) {
    const policy = all.find(({ name }) => name === id);
    expect(policy).toMatchObject({ enforcementLevel: "mandatory", remediationSteps: mend });
    expect(protects).toMatch(/\w{3}.*\.$/);
  }
});
