import * as ram from "@pulumi/alicloud/ram";
import * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";

export interface LogsRole {
  readonly arn: pulumi.Output<string>;
  /** What a log store has to wait for. */
  readonly ready: readonly pulumi.Resource[];
}

/** The role that Log Service uses the stack's key as: without it, and without the key, nobody writes or reads a log. */
export function createLogsRole(site: Site, keyArn: pulumi.Output<string>): LogsRole {
  const name = site.name("logs");
  const role = new ram.Role(
    name,
    {
      roleName: name,
      description: `Log Service uses the key of ${site.spec.name}`,
      assumeRolePolicyDocument: JSON.stringify({
        Version: "1",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: ["log.aliyuncs.com"] } }],
      }),
      tags: site.tags("logs"),
    },
    site.child(),
  );
  const policy = new ram.Policy(
    name,
    {
      policyName: name,
      description: `Log Service uses the key of ${site.spec.name}`,
      policyDocument: pulumi.jsonStringify(logsPolicy(keyArn)),
      rotateStrategy: "DeleteOldestNonDefaultVersionWhenLimitExceeded",
      tags: site.tags("logs"),
    },
    site.child(),
  );
  const attached = new ram.RolePolicyAttachment(
    name,
    { roleName: role.roleName, policyType: "Custom", policyName: policy.policyName.apply((made) => made ?? "") },
    site.child(),
  );
  return { arn: role.arn, ready: [attached] };
}

/** What Log Service asks for, AliyunKMSReadOnlyAccess and AliyunKMSCryptoUserAccess, on one key: there it is on every key. */
export const logsPolicy = (keyArn: pulumi.Input<string>) => ({
  Version: "1",
  Statement: [
    { Effect: "Allow", Action: ["kms:List*"], Resource: ["*"] },
    {
      Effect: "Allow",
      Action: [
        "kms:Describe*",
        "kms:Get*",
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
      ],
      Resource: [keyArn],
    },
  ],
});
