import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateDBClusterCommand,
  CreateDBSubnetGroupCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
  StopDBClusterCommand,
} from "@aws-sdk/client-rds";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Stack } from "../../ops/cli/stack";
import { awsSubject } from "../../ops/drill/aws";
import { offeredVersions } from "../../ops/report/offered";
import { serviceFacts } from "../../ops/status/aws";
import { Cloud, REGION } from "./support/cloud";

const ID = "license-db-prod";
const stack = { name: "prod", vendor: "aws", cluster: { kind: "cluster", id: ID, region: REGION } } as Stack;
let cloud: Cloud;
let rds: RDSClient;
const before = { ...process.env };

beforeAll(async () => {
  cloud = await Cloud.start();
  // Where the SDKs find it, as an operator's own settings would tell them.
  Object.assign(process.env, { AWS_ENDPOINT_URL: cloud.url, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });
  rds = new RDSClient({ region: REGION });
  const subnets = [...(await cloud.query("ec2", "DescribeSubnets", {})).matchAll(/<subnetId>(subnet-\w+)/g)];
  await rds.send(
    new CreateDBSubnetGroupCommand({
      ...{ DBSubnetGroupName: ID, DBSubnetGroupDescription: "of the account's own network" },
      SubnetIds: subnets.map(([, id]) => id ?? ""),
    }),
  );
  await rds.send(
    new CreateDBClusterCommand({
      DBSubnetGroupName: ID,
      ...{ DBClusterIdentifier: ID, Engine: "postgres", EngineVersion: "15.15" },
      ...{ DBClusterInstanceClass: "db.m6gd.xlarge", AllocatedStorage: 200, StorageType: "io1", Iops: 3000 },
      ...{ MasterUsername: "license_admin", MasterUserPassword: "correct horse battery" },
    }),
  );
});
afterAll(async () => {
  rds?.destroy();
  await cloud?.stop();
  process.env = before;
});

const writer = async () => {
  const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: ID }));
  return DBClusters?.[0]?.DBClusterMembers?.find(({ IsClusterWriter }) => IsClusterWriter)?.DBInstanceIdentifier;
};

describe("a stack on AWS", () => {
  it("shows its members and the alarms in force", async () => {
    const cloudwatch = new CloudWatchClient({ region: REGION });
    for (const name of [`${ID}-cpu`, `${ID}-disk`, "another-cpu"]) {
      await cloudwatch.send(
        new PutMetricAlarmCommand({
          ...{ AlarmName: name, AlarmDescription: "Find the queries that cost most.", Namespace: "AWS/RDS" },
          ...{ MetricName: "CPUUtilization", Statistic: "Average", Period: 60, EvaluationPeriods: 5 },
          ...{ Threshold: 80, ComparisonOperator: "GreaterThanThreshold" },
        }),
      );
    }
    for (const name of [`${ID}-cpu`, "another-cpu"]) {
      await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: "ALARM", StateReason: "95 > 80" }));
    }
    cloudwatch.destroy();
    const { members, alarms } = await serviceFacts(stack);
    expect(members?.map(({ role }) => role).sort()).toEqual(["primary", "replica", "replica"]);
    expect(members?.every(({ well }) => well)).toBe(true);
    expect(members?.find(({ role }) => role === "primary")?.name).toBe(await writer());
    expect(alarms).toEqual({
      source: "CloudWatch",
      firing: [{ id: "cpu", title: `${ID}-cpu`, detail: "95 > 80", runbook: "Find the queries that cost most." }],
    });
  });

  it("is drilled by the requests that RDS has for it", async () => {
    const subject = await awsSubject(stack);
    await expect(subject.obstacles("switchover")).rejects.toThrow(/drill failover/);
    expect(await subject.ailing()).toBeUndefined();
    expect(await subject.plan("failover")).toBe(`FailoverDBCluster of ${ID}`);
    await subject.inject("failover");
    const lost = await subject.inject("replica-loss");
    expect(lost).not.toContain((await writer()) ?? "no writer");
    const asked = cloud.requests().filter(({ service }) => service === "rds");
    expect(asked.filter(({ status }) => status >= 400)).toEqual([]);
    expect(asked.map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(["FailoverDBCluster", "RebootDBInstance"]),
    );
  });

  it("is not drilled while it is not whole", async () => {
    await rds.send(new StopDBClusterCommand({ DBClusterIdentifier: ID }));
    expect(await (await awsSubject(stack)).obstacles("failover")).toContainEqual(
      expect.stringContaining("a drill begins with"),
    );
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({}));
    expect(DBInstances).toHaveLength(3);
  });

  it("is told which versions RDS has", async () => {
    const { offered } = await offeredVersions(stack, "15.15");
    expect(offered?.source).toBe("RDS");
    expect(offered?.versions).toContain("15.15");
  });
});
