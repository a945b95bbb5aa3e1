import type * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createAlarms } from "../../../components/aws/alarms";
import type { Instances } from "../../../components/aws/instances";
import type { Keys } from "../../../components/aws/keys";
import { subscriptionOf } from "../../../components/aws/topic";
import { ACCOUNT, type Made, registeredBy, specOf } from "./support/registered";

const key = { arn: pulumi.output(`arn:aws:kms:eu-central-1:${ACCOUNT}:key/logs`) } as kms.Key;
const keys: Keys = { data: key, secrets: key, logs: key };

function databaseOf(members: readonly string[]): Instances {
  return {
    topology: members.length === 1 ? "instance" : "cluster",
    identifier: pulumi.output("license-db-prod"),
    members: members.map((member) => pulumi.output(member)),
    className: "db.m6gd.xlarge",
  } as Partial<Instances> as Instances;
}
const cluster = databaseOf(["license-db-prod-instance-1", "license-db-prod-instance-2", "license-db-prod-instance-3"]);

const TOKEN = "https://hooks.example.org/services/T0KEN";
const contacts = ["mailto:dba@example.org", TOKEN];
const ofType = (made: readonly Made[], type: string) => made.filter((one) => one.type === type);
const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";

describe("production with contacts", () => {
  let made: readonly Made[];
  beforeAll(async () => {
    const spec = specOf("prod", { alerts: { contacts } });
    made = await registeredBy(
      (site) =>
        createAlarms(site, keys, cluster, {
          proxyName: pulumi.output("the-proxy"),
          archiveVault: pulumi.output("the-vault"),
          parameterGroup: pulumi.output("the-group"),
        }),
      spec,
    );
  });

  it("has alarms that reach the topic, when they fire and when it is over", () => {
    const topic = ofType(made, "aws:sns/topic:Topic")[0]?.name;
    const arn = `arn:aws:sns:eu-central-1:${ACCOUNT}:${topic}`;
    const alarms = ofType(made, alarmType);
    expect(alarms.length).toBeGreaterThan(20);
    for (const { name, inputs } of alarms) {
      expect(inputs, name).toMatchObject({ alarmActions: [arn], okActions: [arn], region: "eu-central-1" });
      expect(inputs.datapointsToAlarm).toBe(inputs.evaluationPeriods);
      expect(inputs.tags).toMatchObject({ severity: expect.stringMatching(/^(critical|warning)$/) });
    }
  });

  it("measures one metric of one member, or several with one result", () => {
    for (const { name, inputs } of ofType(made, alarmType)) {
      const queries = inputs.metricQueries as { returnData: boolean }[] | undefined;
      if (queries) {
        expect(
          queries.filter(({ returnData }) => returnData),
          name,
        ).toHaveLength(1);
        expect(inputs).not.toHaveProperty("metricName");
      } else {
        expect(inputs, name).toMatchObject({ namespace: "AWS/RDS", period: 60 });
        expect(inputs.dimensions).toEqual({ DBInstanceIdentifier: expect.stringMatching(/-instance-[123]$/) });
      }
    }
  });

  it("tells of an archive that failed, never started or was stopped, until one succeeds", () => {
    const { inputs } = ofType(made, alarmType).find(({ name }) => name.endsWith("-archive-failed")) ?? {};
    const queries = inputs?.metricQueries as {
      id: string;
      expression?: string;
      metric?: { namespace: string; metricName: string; dimensions: object };
    }[];
    const metrics = queries.flatMap(({ metric }) => metric ?? []);
    expect(metrics.map(({ metricName }) => metricName.replace("NumberOfBackupJobs", ""))).toEqual([
      ...["Failed", "Expired", "Aborted", "Completed"],
    ]);
    for (const metric of metrics) {
      expect(metric).toMatchObject({ namespace: "AWS/Backup", dimensions: { BackupVaultName: "the-vault" } });
    }
    // What succeeded is worth a figure, and nothing more; on days without a job there is none.
    expect(queries.flatMap(({ expression }) => expression ?? [])).toEqual(["m4 * 0", "SUM([m1, m2, m3, none])"]);
    expect(inputs).toMatchObject({
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      evaluationPeriods: 1,
      treatMissingData: "ignore",
      alarmDescription: expect.stringMatching(/^WARNING: The monthly archive failed \(license-db-prod\)\./),
      tags: { alert: "archiveFailed", severity: "warning" },
    });
  });

  it("reaches every contact, whose address stays a secret", () => {
    const subscriptions = ofType(made, "aws:sns/topicSubscription:TopicSubscription");
    expect(subscriptions.map(({ inputs }) => inputs.protocol)).toEqual(["email", "https"]);
    for (const { name, inputs } of subscriptions) {
      expect(name).toMatch(/^license-db-prod-alerts-[0-9a-f]{8}$/);
      // As the engine encrypts it.
      expect(JSON.stringify(inputs.endpoint)).toContain("1b47061264138c4ac30d75fd1eb44270");
    }
  });

  it("lets only this account's alarms and databases write, over TLS", () => {
    const [topic] = ofType(made, "aws:sns/topic:Topic");
    expect(topic?.inputs.kmsMasterKeyId).toBe(`arn:aws:kms:eu-central-1:${ACCOUNT}:key/logs`);
    const [policy] = ofType(made, "aws:sns/topicPolicy:TopicPolicy");
    const { Statement: statements } = JSON.parse(String(policy?.inputs.policy)) as {
      Statement: { Effect: string; Principal: object; Condition: Record<string, Record<string, string>> }[];
    };
    const allowed = statements.filter(({ Effect }) => Effect === "Allow");
    expect(allowed.map(({ Principal }) => Principal)).toEqual([
      { Service: "cloudwatch.amazonaws.com" },
      { Service: "events.rds.amazonaws.com" },
    ]);
    for (const { Condition } of allowed) expect(Condition.StringEquals).toEqual({ "aws:SourceAccount": ACCOUNT });
    expect(statements.filter(({ Effect }) => Effect === "Deny")).toHaveLength(1);
  });

  it("is told of failover, failure, maintenance, backup and configuration change, by this database alone", () => {
    const told = ofType(made, "aws:rds/eventSubscription:EventSubscription").map(({ inputs }) => inputs);
    const categories = new Set(told.flatMap(({ eventCategories }) => eventCategories as string[]));
    for (const one of ["failover", "failure", "maintenance", "backup", "configuration change"]) {
      expect(categories).toContain(one);
    }
    const sources = Object.fromEntries(told.map(({ sourceType, sourceIds }) => [sourceType, sourceIds]));
    expect(sources).toMatchObject({
      "db-cluster": ["license-db-prod"],
      "db-instance": ["license-db-prod-instance-1", "license-db-prod-instance-2", "license-db-prod-instance-3"],
      "db-proxy": ["the-proxy"],
    });
    // RDS has no events of a cluster's group.
    expect(sources).not.toHaveProperty("db-parameter-group");
  });

  it("shows R15's six on one dashboard, for every member", () => {
    const [dashboard] = ofType(made, "aws:cloudwatch/dashboard:Dashboard");
    expect(dashboard?.inputs.dashboardName).toBe("license-db-prod");
    const body = String(dashboard?.inputs.dashboardBody);
    for (const member of [1, 2, 3]) expect(body).toContain(`license-db-prod-instance-${member}`);
    for (const { name } of ofType(made, alarmType)) expect(body).toContain(`:${name}"`);
  });
});

describe("a single instance without contacts", () => {
  afterEach(() => vi.restoreAllMocks());

  it("warns that nobody is told, and has its alarms all the same", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const made = await registeredBy(
      (site) =>
        createAlarms(site, keys, databaseOf(["license-db-dev"]), { parameterGroup: pulumi.output("the-group") }),
      specOf("dev"),
    );
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toMatch(/alerts nobody.*license-db:alerts\.contacts/);
    expect(ofType(made, "aws:sns/topicSubscription:TopicSubscription")).toEqual([]);
    const names = ofType(made, alarmType).map(({ name }) => name);
    expect(names).toContain("license-db-dev-cpu-1");
    expect(names.filter((name) => name.includes("replic"))).toEqual([]);
    expect(names.filter((name) => name.includes("archive"))).toEqual([]);
    const told = ofType(made, "aws:rds/eventSubscription:EventSubscription").map(({ inputs }) => inputs);
    expect(Object.fromEntries(told.map(({ sourceType, sourceIds }) => [sourceType, sourceIds]))).toEqual({
      "db-instance": ["license-db-dev"],
      "db-parameter-group": ["the-group"],
    });
  });
});

describe("a contact", () => {
  it.each([
    ["dba@example.org", "email", "dba@example.org"],
    ["mailto:dba@example.org", "email", "dba@example.org"],
    [TOKEN, "https", TOKEN],
  ])("%s is reached by %s", (contact, protocol, endpoint) => {
    expect(subscriptionOf(contact)).toEqual({ protocol, endpoint });
  });
});
