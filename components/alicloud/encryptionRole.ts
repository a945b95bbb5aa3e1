import * as ram from "@pulumi/alicloud/ram";
import * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";

/** The one role that RDS uses customers' keys as; an account has it once. */
export const ENCRYPTION_ROLE = "AliyunRDSInstanceEncryptionDefaultRole";

export interface EncryptionRole {
  readonly arn: pulumi.Output<string>;
  readonly accountId: pulumi.Output<string>;
  /** Lets RDS use the key; what the instance has to wait for. */
  allow(keyArn: pulumi.Output<string>): pulumi.Resource;
}

/** By this the pre-flight knows a role that this stack made from another's. */
export const roleDescription = (name: string): string => `RDS uses keys of this account as this role; made by ${name}`;

/** "acs:ram::123456789012:role/name" -> "123456789012", "name" */
const accountOf = (arn: string): string => arn.split(":")[3] ?? "";
const nameOf = (arn: string): string => arn.split("/")[1] ?? "";

/**
 * The role, and its right to this stack's key and no other.
 * @param existing the ARN of the role, where the account has it already
 */
export function createEncryptionRole(site: Site, existing: string | undefined): EncryptionRole {
  const role = existing === undefined ? createRole(site) : undefined;
  const arn = role?.arn ?? pulumi.output(existing ?? "");
  return {
    arn,
    accountId: arn.apply(accountOf),
    allow: (keyArn) => allow(site, role?.roleName ?? arn.apply(nameOf), keyArn),
  };
}

const createRole = (site: Site): ram.Role =>
  new ram.Role(
    site.name("encryption"),
    {
      roleName: ENCRYPTION_ROLE,
      description: roleDescription(site.spec.name),
      assumeRolePolicyDocument: JSON.stringify({
        Statement: [{ Action: "sts:AssumeRole", Effect: "Allow", Principal: { Service: ["rds.aliyuncs.com"] } }],
        Version: "1",
      }),
      tags: site.tags("encryption"),
    },
    site.kept(),
  );

function allow(site: Site, roleName: pulumi.Input<string>, keyArn: pulumi.Output<string>): pulumi.Resource {
  const policy = new ram.Policy(
    site.name("encryption"),
    {
      policyName: site.name("encryption"),
      description: `RDS uses the key of ${site.spec.name}`,
      policyDocument: pulumi.jsonStringify(encryptionPolicy(keyArn)),
      rotateStrategy: "DeleteOldestNonDefaultVersionWhenLimitExceeded",
      tags: site.tags("encryption"),
    },
    site.kept(),
  );
  return new ram.RolePolicyAttachment(
    site.name("encryption"),
    { roleName, policyName: policy.policyName.apply((name) => name ?? ""), policyType: "Custom" },
    site.kept(),
  );
}

/** What RDS asks for in its own policy of this role, on one key: there it is on every key with RDS's mark. */
export const encryptionPolicy = (keyArn: pulumi.Input<string>) => ({
  Version: "1",
  Statement: [
    { Effect: "Allow", Action: ["kms:List*"], Resource: ["*"] },
    {
      Effect: "Allow",
      Action: [
        "kms:DescribeKey",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:GenerateDataKey",
      ],
      Resource: [keyArn],
    },
  ],
});
