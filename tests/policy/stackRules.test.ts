import { beforeAll, describe, expect, it } from "vitest";
import { alerts } from "../../components/catalogue/alerts";
import { seed } from "../../components/spec/defaults";
import { parseDuration } from "../../components/spec/units";
import { exemptionOf } from "../../policy/exemptions";
import type { Resource } from "../../policy/facts/resource";
import { type Judgement, judgeResource, judgeStack } from "../../policy/judge";
import { softerBecause } from "../../policy/profile";
import { rules } from "../../policy/rules";
import { goodStack } from "./support/goodStack";
import { stackCases } from "./support/stackCases";

const refusals = (all: readonly Judgement[]) =>
  all.filter(({ verdict, rule, on }) => verdict.is === "bad" && !exemptionOf(on.vendor, rule.id));
const bad = (resources: readonly Resource[]) => refusals(judgeStack(resources));

describe.each(["aws", "alicloud", "local"] as const)("a preview of %s", (vendor) => {
  it.each(["prod", "dev"] as const)("%s refuses nothing that is good when it is shown by itself", async (stack) => {
    const shown = await goodStack(vendor, stack, { preview: true });
    // As each resource is shown by itself: nobody tells what a property was computed from.
    const alone = shown.flatMap(({ references: _, ...one }) => judgeResource(one));
    const also = refusals(alone).filter(({ rule }) => softerBecause(rule, stack) === undefined);
    expect(also.map(({ rule, on }) => `${rule.id} ${on.name}`)).toEqual([]);
  });
});

const is =
  (type: string, name = "") =>
  (one: Resource) =>
    one.type.endsWith(`:${type}`) && one.name.endsWith(name);

/** What is taken from AWS's production, the rule that misses it, and which resources that is. */
const missing: readonly (readonly [string, string, (one: Resource) => boolean])[] = [
  ["its plan", "archive", is("Plan")],
  ["its selection", "archive", is("Selection")],
  ["its vault's policy", "vault-guarded", is("VaultPolicy")],
  ["alarms on CPU", "alarms", (one: Resource) => is("MetricAlarm")(one) && one.inputs.metricName === "CPUUtilization"],
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
];

const with_ = (whole: readonly Resource[], type: string, inputs: Resource["inputs"], name = "") =>
  whole.map((one) => (is(type, name)(one) ? { ...one, inputs: { ...one.inputs, ...inputs } } : one));

/** What is made worse in it, the rule that minds, and the stack. */
const worse: readonly (readonly [string, string, (whole: readonly Resource[]) => readonly Resource[]])[] = [
  [
    "archives for 364 days",
    "archive",
    (whole) => with_(whole, "Plan", { rules: [{ schedule: "cron(0 6 1 * ? *)", lifecycle: { deleteAfter: 364 } }] }),
  ],
  [
    "an archive a year",
    "archive",
    (whole) => with_(whole, "Plan", { rules: [{ schedule: "cron(0 6 1 1 ? *)", lifecycle: { deleteAfter: 365 } }] }),
  ],
  [
    "a vault that whoever likes may empty",
    "vault-guarded",
    (whole) => with_(whole, "VaultPolicy", { policy: JSON.stringify({ Statement: [] }) }),
  ],
  ["subnets of one zone", "zones", (whole) => with_(whole, "Subnet", { availabilityZoneId: "euc1-az1" })],
  [
    "a default group with rules",
    "default-group-closed",
    (whole) =>
      with_(whole, "DefaultSecurityGroup", { ingress: [{ protocol: "-1", self: true, fromPort: 0, toPort: 0 }] }),
  ],
  [
    "an alarm at 1 GB free of 16",
    "alarm-free-space",
    (whole) => with_(whole, "MetricAlarm", { threshold: 2 ** 30 }, "-memory-1"),
  ],
  ["one instance", "replicas", (whole) => [...whole.filter((one) => !is("Cluster")(one)), instance(whole)]],
  [
    "news of failures alone",
    "event-subscriptions",
    (whole) => with_(whole, "EventSubscription", { eventCategories: ["failure"] }),
  ],
];

describe("AWS's production without", () => {
  let whole: readonly Resource[];
  beforeAll(async () => {
    whole = await goodStack("aws", "prod");
  });

  it.each(missing)("%s is refused by %s", (_, rule, gone) => {
    const left = whole.filter((one) => !gone(one));
    expect(left.length).toBeLessThan(whole.length);
    expect(bad(left).map((one) => one.rule.id)).toContain(rule);
  });

  it.each(worse)("more, but with %s, is refused by %s", (_, rule, stack) => {
    expect(bad(stack(whole)).map((one) => one.rule.id)).toContain(rule);
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

it.each(["prod", "local"] as const)(
  "one machine's stack %s that nothing watches is refused by alarms",
  async (stack) => {
    const watched = await goodStack("local", stack);
    expect(bad(watched)).toEqual([]);
    const unwatched = await goodStack("local", stack, { configuration: { local: { monitoring: { enabled: false } } } });
    expect(bad(unwatched).filter(({ rule }) => softerBecause(rule, stack) === undefined)).toMatchObject(
      ["CPU", "memory", "the disk", "the replication lag"].map((what) => ({
        rule: { id: "alarms" },
        verdict: { reason: expect.stringContaining(`no alarm watches ${what}`) },
      })),
    );
  },
);

describe("AWS's development", () => {
  const subscribed = (one: Resource) => one.inputs.sourceType === "db-parameter-group";
  const refused = (stack: readonly Resource[]) => bad(stack).filter(({ rule }) => rule.id === "parameter-events");
  let whole: readonly Resource[];
  beforeAll(async () => {
    whole = await goodStack("aws", "dev");
  });

  it("tells of changes of its parameter group", () => {
    expect(whole.filter(subscribed)).toHaveLength(1);
    expect(refused(whole)).toEqual([]);
  });

  it.each<[string, Resource["inputs"]]>([
    ["of another kind", { sourceType: "db-instance" }],
    ["of another group", { sourceIds: ["another"] }],
    ["that is switched off", { enabled: false }],
    ["of other news", { eventCategories: ["creation"] }],
  ])("is refused with a subscription %s", (_, inputs) => {
    const changed = whole.map((one) =>
      subscribed(one) ? { ...one, references: {}, inputs: { ...one.inputs, ...inputs } } : one,
    );
    expect(refused(changed).map(({ on }) => on.type)).toEqual(["aws:rds/parameterGroup:ParameterGroup"]);
  });

  it("is good with a subscription to every group of the account", () => {
    const all = whole.map((one) => {
      if (!subscribed(one)) return one;
      const { sourceIds: _, ...inputs } = one.inputs;
      return { ...one, references: {}, inputs };
    });
    expect(refused(all)).toEqual([]);
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

it("has a stack that is good and one that is not for every rule about a stack", () => {
  const cased = new Set([
    ...missing.map(([, rule]) => rule),
    ...worse.map(([, rule]) => rule),
    ...stackCases.filter((one) => Object.keys(one.bad).length > 0).map(({ rule }) => rule),
  ]);
  const uncased = rules.filter(({ of, id }) => of === "stack" && !cased.has(id));
  expect(uncased.map(({ id }) => id)).toEqual([]);
});

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
