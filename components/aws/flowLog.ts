import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import type { Keys } from "./keys";
import { logRetentionDays } from "./logs";
import type { Network } from "./network";
import type { Site } from "./site";

/** R11: who talked to whom in the VPC that is made. The user's own VPC is the user's to watch. */
export function createFlowLog(site: Site, network: Network, keys: Keys): void {
  if (site.options.network.vpcId !== undefined) return;
  const region = site.region.name;
  const group = new cloudwatch.LogGroup(
    site.name("flow-log"),
    {
      region,
      retentionInDays: logRetentionDays(site.options.logRetention),
      kmsKeyId: keys.logs.arn,
      tags: site.tags("flow-log"),
    },
    site.child(),
  );
  const role = new iam.Role(
    site.name("flow-log"),
    {
      description: `Writes the flow log of the VPC of ${site.spec.name}`,
      assumeRolePolicy: pulumi.jsonStringify(flowLogTrust(site, network.accountId)),
      tags: site.tags("flow-log"),
    },
    site.child(),
  );
  const write = new iam.RolePolicy(
    site.name("flow-log"),
    {
      role: role.id,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            Resource: pulumi.interpolate`${group.arn}:*`,
          },
        ],
      }),
    },
    site.child(),
  );
  new ec2.FlowLog(
    site.name("flow-log"),
    {
      region,
      vpcId: network.vpcId,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: group.arn,
      iamRoleArn: role.arn,
      tags: site.tags("flow-log"),
    },
    site.child({ dependsOn: [write] }),
  );
}

/** The service works for everybody: it takes the role for flow logs of this account and region alone. */
export const flowLogTrust = ({ region }: Pick<Site, "region">, accountId: pulumi.Input<string>) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "vpc-flow-logs.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: {
          "aws:SourceArn": pulumi.interpolate`arn:${region.partition}:ec2:${region.name}:${accountId}:vpc-flow-log/*`,
        },
      },
    },
  ],
});
