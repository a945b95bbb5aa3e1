import { beforeAll, describe, expect, it } from "vitest";
import { alerts } from "../../components/catalogue/alerts";
import { seed } from "../../components/spec/defaults";
import { parseDuration } from "../../components/spec/units";
import { exemptionOf } from "../../policy/exemptions";
import type { Resource } from "../../policy/facts/resource";
import { type Judgement, judgeResource, judgeStack } from "../../policy/judge";
import { isSofter, type Profile } from "../../policy/profile";
import { rules } from "../../policy/rules";
import { runProgram } from "../support/program";
import { expectations } from "../support/vendors";
import { goodStack } from "./support/goodStack";
import { asResources } from "./support/resources";

const refusals = (all: readonly Judgement[]) =>
  all.filter(({ verdict, rule, on }) => verdict.is === "bad" && !exemptionOf(on.vendor, rule.id));
const bad = (resources: readonly Resource[]) => refusals(judgeStack(resources));

describe.each(["aws", "alicloud", "local"] as const)("a preview of %s", (vendor) => {
  it.each(["prod", "dev"] as const)("%s refuses nothing that is good", async (stack) => {
    const expected = expectations[vendor];
    if (!expected) throw new Error(`tests/support/vendors.ts lacks ${vendor}`);
    const { configuration, settings = {}, outputs } = expected;
    const { resources } = await runProgram({
      stack,
      configuration: { vendor, ...configuration },
      settings,
      outputs,
      preview: true,
    });
    const shown = asResources(resources);
    const refused = bad(shown).filter(({ rule }) => !isSofter(rule, stack as Profile));
    expect(refused.map(({ rule, on, verdict }) => `${rule.id} ${on.name} ${JSON.stringify(verdict)}`)).toEqual([]);
    // As each resource is shown by itself: nobody tells what a property was computed from.
    const alone = shown.flatMap(({ references: _, ...one }) => judgeResource(one));
    const also = refusals(alone).filter(({ rule }) => !isSofter(rule, stack as Profile));
    expect(also.map(({ rule, on }) => `${rule.id} ${on.name}`)).toEqual([]);
  });
});

describe("AWS's production without", () => {
  let whole: readonly Resource[];
  beforeAll(async () => {
    whole = await goodStack("aws", "prod");
  });

  const is =
    (type: string, name = "") =>
    (one: Resource) =>
      one.type.endsWith(`:${type}`) && one.name.endsWith(name);
  it.each([
    ["its plan", "archive", is("Plan")],
    ["its selection", "archive", is("Selection")],
    ["its vault's policy", "vault-guarded", is("VaultPolicy")],
    [
      "alarms on CPU",
      "alarms",
      (one: Resource) => is("MetricAlarm")(one) && one.inputs.metricName === "CPUUtilization",
    ],
    [
      "alarms on memory",
      "alarms",
      (one: Resource) => is("MetricAlarm")(one) && one.inputs.metricName === "FreeableMemory",
    ],
    [
      "alarms on the disk",
      "alarms",
      (one: Resource) => is("MetricAlarm")(one) && one.inputs.metricName === "FreeStorageSpace",
    ],
    ["the alarm on lag", "alarms", is("MetricAlarm", "-replication-lag")],
    ["anybody to tell", "alerts-reach-somebody", is("TopicSubscription")],
    ["a topic", "alerts-reach-somebody", (one: Resource) => is("Topic")(one) || is("TopicSubscription")(one)],
    ["event subscriptions", "event-subscriptions", is("EventSubscription")],
    ["a flow log", "flow-logs", is("FlowLog")],
    ["its default group", "default-group-closed", is("DefaultSecurityGroup")],
    ["rotation", "secrets-rotate", is("SecretRotation")],
  ] as const)("%s is refused by %s", (_, rule, gone) => {
    const left = whole.filter((one) => !gone(one));
    expect(left.length).toBeLessThan(whole.length);
    expect(bad(left).map((one) => one.rule.id)).toContain(rule);
  });

  const with_ = (type: string, inputs: Resource["inputs"], name = "") =>
    whole.map((one) => (is(type, name)(one) ? { ...one, inputs: { ...one.inputs, ...inputs } } : one));
  it.each([
    [
      "archives for 364 days",
      "archive",
      () => with_("Plan", { rules: [{ schedule: "cron(0 6 1 * ? *)", lifecycle: { deleteAfter: 364 } }] }),
    ],
    [
      "an archive a year",
      "archive",
      () => with_("Plan", { rules: [{ schedule: "cron(0 6 1 1 ? *)", lifecycle: { deleteAfter: 365 } }] }),
    ],
    [
      "a vault that whoever likes may empty",
      "vault-guarded",
      () => with_("VaultPolicy", { policy: JSON.stringify({ Statement: [] }) }),
    ],
    ["subnets of one zone", "zones", () => with_("Subnet", { availabilityZoneId: "euc1-az1" })],
    [
      "a default group with rules",
      "default-group-closed",
      () => with_("DefaultSecurityGroup", { ingress: [{ protocol: "-1", self: true, fromPort: 0, toPort: 0 }] }),
    ],
    [
      "an alarm at 1 GB free of 16",
      "alarm-free-space",
      () => with_("MetricAlarm", { threshold: 2 ** 30 }, "-memory-1"),
    ],
    ["one instance", "replicas", () => [...whole.filter((one) => !is("Cluster")(one)), instance(whole)]],
    [
      "news of failures alone",
      "event-subscriptions",
      () => with_("EventSubscription", { eventCategories: ["failure"] }),
    ],
  ] as const)("more, but with %s, is refused by %s", (_, rule, stack) => {
    expect(bad(stack()).map((one) => one.rule.id)).toContain(rule);
  });

  it("fewer, but with the replicas themselves, passes", () => {
    const primary = instance(whole);
    const replica = (name: string): Resource => ({
      ...primary,
      urn: `${primary.urn}-${name}`,
      name,
      inputs: { ...primary.inputs, replicateSourceDb: "one" },
      references: { replicateSourceDb: [{ urn: primary.urn, type: primary.type }] },
    });
    const replicas = (stack: readonly Resource[]) => bad(stack).filter(({ rule }) => rule.id === "replicas");
    expect(replicas([primary, replica("first")])).toHaveLength(1);
    expect(replicas([primary, replica("first"), replica("second")])).toEqual([]);
  });
});

function instance(whole: readonly Resource[]): Resource {
  const cluster = whole.find(({ type }) => type === "aws:rds/cluster:Cluster");
  if (!cluster) throw new Error("AWS's production has no cluster any more");
  return {
    ...cluster,
    type: "aws:rds/instance:Instance",
    urn: cluster.urn.replace("cluster:Cluster", "instance:Instance"),
  };
}

/** The pack is installed alone, so its figures are copies. */
it("has the figures that the program has", () => {
  const setting = (rule: string, name: string) => rules.find(({ id }) => id === rule)?.settings[name]?.default;
  const days = (text: string) => {
    const parsed = parseDuration(text);
    if (!parsed.ok) throw new Error(text);
    return parsed.value / 86_400;
  };
  expect(setting("backup-retention", "days")).toBe(days(seed.backups.retention));
  expect(setting("backup-plan", "days")).toBe(days(seed.backups.retention));
  expect(setting("point-in-time-recovery", "days")).toBe(days(seed.backups.pointInTimeRecovery));
  expect(setting("backup-plan", "recoveryDays")).toBe(days(seed.backups.pointInTimeRecovery));
  expect(setting("archive", "days")).toBe(days(seed.backups.archiveRetention));
  expect(setting("key-rotates", "days")).toBe(days(seed.encryption.keyRotation));
  expect(setting("secret-rotation-period", "most")).toBe(days(seed.encryption.passwordRotation));
  expect(setting("replication-parameters", "senders")).toBe(Number(seed.parameters.max_wal_senders));
  expect(setting("replication-parameters", "slots")).toBe(Number(seed.parameters.max_replication_slots));
  expect(setting("maintenance-window", "window")).toBe("sun:02:00-sun:04:00");
  expect(seed.maintenance.window).toBe("Sun 02:00-04:00");
  const above = (id: string) => alerts.find((alert) => alert.id === id)?.threshold;
  for (const [id, name] of [
    ["cpu", "cpu"],
    ["memory", "memory"],
    ["replicationLag", "lag"],
    ["disk", "disk"],
  ] as const) {
    expect(setting("alarm-thresholds", name), id).toBe(above(id)?.above);
  }
  expect(setting("alarm-thresholds", "cpuSeconds")).toBe(above("cpu")?.for);
  expect(setting("alarm-thresholds", "memorySeconds")).toBe(above("memory")?.for);
  expect(setting("alarm-free-space", "disk")).toBe(above("disk")?.above);
});
