import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import { EXTENSIONS } from "../bootstrap/extensions";
import { caCertificate } from "./certificates";
import { functionBundle } from "./function/bundle";
import type { SetUp } from "./function/event";
import { iamUsername } from "./iamRole";
import type { Instances } from "./instances";
import type { Keys } from "./keys";
import { logRetentionDays } from "./logs";
import type { Network } from "./network";
import { readSecrets, throughSecretsManager } from "./readSecrets";
import type { Site } from "./site";

/** Seconds. The function itself gives up before, and says why; see function/patience.ts. */
const TIMEOUT = 300;

/**
 * The application's role, its rights and the extensions: SQL, which a function inside the VPC runs as part of `up`,
 * since nothing outside reaches the database.
 *
 * It runs again when its code, what it is asked or the database itself changes, and at no other time. No concurrency is
 * reserved for it: an account that is new has none to spare, and a lock in the database keeps two of them apart.
 *
 * @param secret ARN of the application's secret, which the function fills.
 * @returns what is done once the role is there.
 */
export function setUpDatabase(
  site: Site,
  network: Network,
  keys: Keys,
  instances: Instances,
  secret: pulumi.Output<string>,
): pulumi.Resource {
  const { spec, region } = site;
  const log = new cloudwatch.LogGroup(
    site.name("set-up"),
    {
      region: region.name,
      retentionInDays: logRetentionDays(site.options.logRetention),
      kmsKeyId: keys.logs.arn,
      tags: site.tags("set-up"),
    },
    site.child(),
  );
  const role = new iam.Role(
    site.name("set-up"),
    {
      description: `Sets up the database of ${spec.name}`,
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
      }),
      tags: site.tags("set-up"),
    },
    site.child(),
  );
  const rights = new iam.RolePolicy(
    site.name("set-up"),
    {
      role: role.id,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          ...readSecrets(site, [instances.masterSecret, secret], keys.secrets.arn),
          { Sid: "FillSecret", Effect: "Allow", Action: ["secretsmanager:PutSecretValue"], Resource: secret },
          { Sid: "EncryptSecret", ...throughSecretsManager(site, ["kms:GenerateDataKey"], keys.secrets.arn) },
          // has no resource
          { Sid: "Generate", Effect: "Allow", Action: ["secretsmanager:GetRandomPassword"], Resource: "*" },
          {
            Sid: "Log",
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: pulumi.interpolate`${log.arn}:*`,
          },
          // What Lambda asks for to put a function into a VPC; it asks with this role, before there is an interface to name.
          {
            Sid: "EnterVpc",
            Effect: "Allow",
            Action: [
              "ec2:AssignPrivateIpAddresses",
              "ec2:CreateNetworkInterface",
              "ec2:DeleteNetworkInterface",
              "ec2:DescribeNetworkInterfaces",
              "ec2:DescribeSubnets",
              "ec2:UnassignPrivateIpAddresses",
            ],
            Resource: "*",
            Condition: { StringEquals: { "aws:RequestedRegion": region.name } },
          },
        ],
      }),
    },
    site.child(),
  );
  const { archive, hash } = functionBundle(caCertificate(region));
  const handler = new lambda.Function(
    site.name("set-up"),
    {
      region: region.name,
      description: `Sets up the database of ${spec.name}`,
      role: role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      code: archive,
      timeout: TIMEOUT,
      memorySize: 256,
      vpcConfig: { subnetIds: [...network.subnetIds], securityGroupIds: [network.functionGroup] },
      loggingConfig: { logFormat: "JSON", logGroup: log.name, applicationLogLevel: "INFO", systemLogLevel: "INFO" },
      tags: site.tags("set-up"),
    },
    // The role's rights go after the function: Lambda needs them to take it out of the VPC.
    site.child({ dependsOn: [rights] }),
  );
  const asked: { readonly [field in keyof SetUp]: pulumi.Input<SetUp[field]> } = {
    masterSecret: instances.masterSecret,
    applicationSecret: secret,
    secretsUrl: network.secretsUrl,
    host: instances.writer.apply(({ host }) => host),
    port: instances.writer.apply(({ port }) => port),
    database: spec.access.database,
    username: spec.access.username,
    iamUsername: iamUsername(spec.access.username),
    extensions: EXTENSIONS,
  };
  return new lambda.Invocation(
    site.name("set-up"),
    {
      region: region.name,
      functionName: handler.name,
      input: pulumi.jsonStringify(asked),
      // A database restored under the same name is another one.
      triggers: { code: hash, database: instances.resourceId },
    },
    site.child({ dependsOn: [...network.functionReady] }),
  );
}
