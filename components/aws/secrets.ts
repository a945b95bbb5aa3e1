import * as iam from "@pulumi/aws/iam";
import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { iamUsername } from "./iamRole";
import type { Instances } from "./instances";
import type { Keys } from "./keys";
import type { Network } from "./network";
import { readSecrets } from "./readSecrets";
import { rotateApplication, rotateMaster } from "./rotation";
import { setUpDatabase } from "./setUp";
import type { Site } from "./site";

export interface Secrets {
  /** ARN: the application's username and password, host, port and database, as JSON. */
  readonly passwordSecret: pulumi.Output<string>;
  /** ARN of the IAM policy that lets an application read that secret, or log in without a password. */
  readonly connectPolicy: pulumi.Output<string>;
  /** The role exists in the database, with the password in the secret. */
  readonly ready: readonly pulumi.Resource[];
}

/** Days in which a deletion can be called off: as many as there are for what is protected, else as few. */
const recoveryWindow = ({ spec }: Site): number => (spec.deletionProtection ? 30 : 7);

/** R10, R13: the application's secret and role, the rotation of both passwords, and the right to use them. */
export function createSecrets(site: Site, network: Network, keys: Keys, instances: Instances): Secrets {
  // Without a version: the function makes the password, so that it is in no state.
  const secret = new secretsmanager.Secret(
    site.name("application"),
    {
      region: site.region.name,
      description: `How applications log in to ${site.spec.access.database} of ${site.spec.name}`,
      kmsKeyId: keys.secrets.arn,
      recoveryWindowInDays: recoveryWindow(site),
      tags: site.tags("application"),
    },
    site.kept(),
  );
  const done = setUpDatabase(site, network, keys, instances, secret.arn);
  rotateMaster(site, instances.masterSecret, done);
  rotateApplication(site, network, keys, secret, done);
  return {
    passwordSecret: secret.arn,
    connectPolicy: createConnectPolicy(site, network, keys, instances, secret),
    ready: [done],
  };
}

/** What an application's own IAM role is given, and nothing of which it could pass on. */
function createConnectPolicy(
  site: Site,
  network: Network,
  keys: Keys,
  instances: Instances,
  secret: secretsmanager.Secret,
): pulumi.Output<string> {
  const { spec, region } = site;
  const role = iamUsername(spec.access.username);
  return new iam.Policy(
    site.name("connect"),
    {
      description: `Connect to ${spec.access.database} of ${spec.name}`,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "LogIn",
            Effect: "Allow",
            Action: ["rds-db:connect"],
            Resource: pulumi.interpolate`arn:${region.partition}:rds-db:${region.name}:${network.accountId}:dbuser:${instances.resourceId}/${role}`,
          },
          ...readSecrets(site, [secret.arn], keys.secrets.arn),
        ],
      }),
      tags: site.tags("connect"),
    },
    site.child(),
  ).arn;
}
