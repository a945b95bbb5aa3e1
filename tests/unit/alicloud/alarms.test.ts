import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createAlarms } from "../../../components/alicloud/alarms";
import { channelOf, contactName } from "../../../components/alicloud/contacts";
import type { Instances } from "../../../components/alicloud/instances";
import { configured } from "./support/configured";
import { isMarked } from "./support/members";
import { type Made, registeredBy } from "./support/registered";

const TOKEN = "https://hooks.example.org/services/T0KEN";
const DINGTALK = `https://oapi.dingtalk.com/robot/send?access_token=${"0a".repeat(32)}`;
const contacts = ["mailto:dba@example.org", DINGTALK, TOKEN];

const instances = {
  primary: { id: pulumi.output("pgm-primary") },
  replicas: [{ id: pulumi.output("pgr-1") }, { id: pulumi.output("pgr-2") }],
} as unknown as Instances;
const archive = {
  functionName: pulumi.output("license-db-prod-archive"),
  bucket: pulumi.output("a-bucket"),
  ready: [],
};

const setUp = pulumi.output("license-db-prod-set-up");

const ofType = (made: readonly Made[], type: string) => made.filter((one) => one.type === `alicloud:cms/${type}`);

afterEach(() => vi.restoreAllMocks());

describe("production with contacts", () => {
  let made: readonly Made[];
  beforeAll(async () => {
    const prod = configured("prod", { alerts: { contacts } });
    ({ made } = await registeredBy((site) => createAlarms(site, instances, setUp, archive), prod));
  });

  it("has rules that reach the group of contacts, at one level each", () => {
    const [group] = ofType(made, "alarmContactGroup:AlarmContactGroup");
    const rules = ofType(made, "alarm:Alarm");
    expect(rules.length).toBeGreaterThan(20);
    for (const { name, inputs } of rules) {
      expect(inputs.contactGroups, name).toEqual([group?.inputs.alarmContactGroupName]);
      expect(Object.keys(inputs).filter((key) => key.startsWith("escalations"))).toHaveLength(1);
      expect(inputs.period).toBe(60);
      expect(inputs.tags).toMatchObject({ severity: expect.stringMatching(/^(critical|warning)$/) });
    }
  });

  it("measures each member by its own id", () => {
    const of = (name: string) => made.find((one) => one.name === `license-db-prod-${name}`)?.inputs.metricDimensions;
    expect(of("cpu-primary")).toBe('[{"instanceId":"pgm-primary"}]');
    expect(of("replication-lag-reader-2")).toBe('[{"instanceId":"pgr-2"}]');
    expect(of("archive-failed")).toContain("license-db-prod-archive");
  });

  it("tells of an archive that failed, as the catalogue says it", () => {
    const { inputs } = made.find((one) => one.name === "license-db-prod-archive-failed") ?? {};
    expect(inputs).toMatchObject({
      name: "license-db-prod-archive-failed: The monthly archive failed",
      metric: "FunctionFunctionErrors",
      escalationsWarn: { comparisonOperator: ">", threshold: "0", times: 1 },
      tags: { alert: "archiveFailed", severity: "warning" },
    });
  });

  it("tells of a database that could not be set up, which no up waits for", () => {
    const { inputs } = made.find((one) => one.name === "license-db-prod-set-up-failed") ?? {};
    expect(inputs).toMatchObject({
      metric: "FunctionFunctionErrors",
      metricDimensions: expect.stringContaining("license-db-prod-set-up"),
      escalationsWarn: { comparisonOperator: ">", threshold: "0", times: 1 },
    });
  });

  it("keeps every address a secret, in names, too", () => {
    const people = ofType(made, "alarmContact:AlarmContact");
    expect(people).toHaveLength(2);
    expect(isMarked(people[0]?.inputs.channelsMail)).toBe(true);
    expect(isMarked(people[1]?.inputs.channelsDingWebHook)).toBe(true);
    for (const { name, inputs } of people) {
      expect(name).toMatch(/^license-db-prod-[0-9a-f]{8}$/);
      expect(inputs.alarmContactName).toBe(name);
    }
    for (const { name, inputs } of ofType(made, "alarm:Alarm")) expect(isMarked(inputs.webhook), name).toBe(true);
  });

  it("tells every event of the database's instances, and of no others", () => {
    const [rule] = ofType(made, "eventRule:EventRule");
    expect(rule?.inputs).toMatchObject({
      groupId: "license-db-prod-dashboard-id",
      eventPattern: { product: "RDS", eventTypeLists: ["*"] },
    });
    expect(isMarked(rule?.inputs.webhookParameters)).toBe(true);
    const [members] = ofType(made, "monitorGroupInstances:MonitorGroupInstances");
    expect(members?.inputs.instances).toMatchObject(
      ["pgm-primary", "pgr-1", "pgr-2"].map((instanceId) => ({ instanceId, category: "rds" })),
    );
  });
});

it("says that nobody is told", async () => {
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  await registeredBy((site) => createAlarms(site, instances, setUp), configured("prod"));
  expect(warn.mock.calls.map(([message]) => message)).toEqual([expect.stringContaining("alerts nobody")]);
});

it.each([
  ["mailto:a@example.org", "mail", "a@example.org"],
  ["a@example.org", "mail", "a@example.org"],
  [DINGTALK, "dingTalk", DINGTALK],
  ["https://dingtalk.com.example.org/hook", "webhook", "https://dingtalk.com.example.org/hook"],
  [TOKEN, "webhook", TOKEN],
])("%s is reached by %s", (contact, channel, address) => {
  expect(channelOf(contact)).toEqual({ channel, address });
});

it("names contacts within CloudMonitor's 40 letters, each differently", () => {
  const names = ["a@example.org", "b@example.org"].map((address) => contactName("license-db-".repeat(6), address));
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]{2,40}$/);
  expect(new Set(names).size).toBe(2);
});
