import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { Place } from "./network";
import type { SecurityGroups } from "./securityGroups";
import type { Site } from "./site";

export interface SecretsEndpoint {
  /** Where alone it answers, if not under the service's public name: "https://...". */
  readonly url?: pulumi.Output<string>;
  readonly ready: readonly pulumi.Resource[];
}

/**
 * R13: the functions' way to Secrets Manager, since nothing leaves the subnets.
 *
 * In the user's own VPC it keeps to names of its own: with the service's public name it would take every other
 * workload's calls, which its group and its policy then refuse.
 */
export function createSecretsEndpoint(site: Site, place: Place, groups: SecurityGroups): SecretsEndpoint {
  const region = site.region.name;
  const endpoint = new ec2.VpcEndpoint(
    site.name("secrets"),
    {
      region,
      vpcId: place.vpcId,
      vpcEndpointType: "Interface",
      serviceName: `com.amazonaws.${region}.secretsmanager`,
      subnetIds: [...place.subnetIds],
      securityGroupIds: groups.endpoint ? [groups.endpoint.id] : [],
      privateDnsEnabled: !place.shared,
      policy: pulumi.jsonStringify(endpointPolicy(site, groups.database.ownerId)),
      tags: site.tags("secrets"),
    },
    site.child(),
  );
  if (!place.shared) return { ready: [endpoint] };
  return { url: pulumi.interpolate`https://${endpoint.dnsEntries.apply(firstName)}`, ready: [endpoint] };
}

/** The endpoint's names: first the one for all its zones, then one for each zone. */
function firstName(entries: readonly { readonly dnsName: string }[]): string {
  const [first] = entries;
  if (!first)
    throw new Error("AWS made an endpoint of Secrets Manager without a name: run `pulumi refresh`, then `up`");
  return first.dnsName;
}

/** What the functions do, on this stack's secrets and the master secret that RDS names, by principals of this account. */
export function endpointPolicy(site: Pick<Site, "region" | "spec">, accountId: pulumi.Input<string>) {
  const { name: region, partition } = site.region;
  const secret = (name: string) =>
    pulumi.interpolate`arn:${partition}:secretsmanager:${region}:${accountId}:secret:${name}`;
  // Principals as a condition: an ARN would mean the account's root user alone.
  const mine = { Principal: "*", Condition: { StringEquals: { "aws:PrincipalAccount": accountId } } };
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Secrets",
        Effect: "Allow",
        ...mine,
        Action: [
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetSecretValue",
          "secretsmanager:PutSecretValue",
          "secretsmanager:UpdateSecretVersionStage",
        ],
        Resource: [secret(`${site.spec.name}-*`), secret("rds!*")],
      },
      // has no resource
      { Sid: "Generate", Effect: "Allow", ...mine, Action: "secretsmanager:GetRandomPassword", Resource: "*" },
    ],
  };
}
