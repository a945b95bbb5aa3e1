import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as serverlessrepository from "@pulumi/aws/serverlessrepository";
import * as pulumi from "@pulumi/pulumi";
import type { Seconds } from "../spec/spec";
import { EXCLUDED_CHARACTERS } from "./function/event";
import type { Keys } from "./keys";
import { logRetentionDays } from "./logs";
import type { Network } from "./network";
import type { Partition } from "./regions";
import type { Site } from "./site";

/** AWS's own rotation function for PostgreSQL, in the Serverless Application Repository: where it is, which version. */
const APPLICATION = "SecretsManagerRDSPostgreSQLRotationSingleUser";
const publishers: Readonly<Record<Partition, { readonly repository: string; readonly version: string }>> = {
  aws: { repository: "us-east-1:297356227824", version: "1.1.671" },
  "aws-cn": { repository: "cn-north-1:193023089310", version: "1.1.440" },
  "aws-us-gov": { repository: "us-gov-west-1:023102451235", version: "1.1.397" },
};

export const rotationApplication = (partition: Partition): { readonly id: string; readonly version: string } => {
  const { repository, version } = publishers[partition];
  return { id: `arn:${partition}:serverlessrepo:${repository}:applications/${APPLICATION}`, version };
};

/** Secrets Manager counts whole days, one to a thousand. */
export const passwordRotationDays = (every: Seconds): number =>
  Math.min(1_000, Math.max(1, Math.floor(every / 86_400)));

const rules = ({ spec }: Site) => ({ automaticallyAfterDays: passwordRotationDays(spec.encryption.passwordRotation) });

/** The master's password, which RDS itself rotates: only how often is ours to say. */
export function rotateMaster(site: Site, masterSecret: pulumi.Output<string>, after: pulumi.Resource): void {
  new secretsmanager.SecretRotation(
    site.name("master"),
    { region: site.region.name, secretId: masterSecret, rotationRules: rules(site), rotateImmediately: false },
    site.child({ dependsOn: [after] }),
  );
}

/** The application's password, rotated from inside the VPC as the application's role itself. */
export function rotateApplication(
  site: Site,
  network: Network,
  keys: Keys,
  secret: secretsmanager.Secret,
  after: pulumi.Resource,
): void {
  const { region } = site;
  // The application names its function, so its log's name is known, and the log is there before Lambda makes one.
  const functionName = site.name("rotation");
  const log = new cloudwatch.LogGroup(
    site.name("rotation"),
    {
      region: region.name,
      name: `/aws/lambda/${functionName}`,
      retentionInDays: logRetentionDays(site.options.logRetention),
      kmsKeyId: keys.logs.arn,
      tags: site.tags("rotation"),
    },
    site.child(),
  );
  const { id, version } = rotationApplication(region.partition);
  const application = new serverlessrepository.CloudFormationStack(
    site.name("rotation"),
    {
      region: region.name,
      applicationId: id,
      semanticVersion: version,
      // It makes a role, and lets Secrets Manager call the function.
      capabilities: ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"],
      parameters: {
        functionName,
        endpoint: network.secretsUrl,
        vpcSubnetIds: pulumi.all([...network.subnetIds]).apply((ids) => ids.join(",")),
        vpcSecurityGroupIds: network.functionGroup,
        excludeCharacters: EXCLUDED_CHARACTERS,
        kmsKeyArn: keys.secrets.arn,
      },
      tags: site.tags("rotation"),
    },
    site.child({ dependsOn: [log, ...network.functionReady] }),
  );
  new secretsmanager.SecretRotation(
    site.name("application"),
    {
      region: region.name,
      secretId: secret.id,
      rotationLambdaArn: application.outputs.apply(functionArn),
      rotationRules: rules(site),
      // The password is as new as the role; setting the rotation up tests it.
      rotateImmediately: false,
    },
    site.child({ dependsOn: [after] }),
  );
}

function functionArn(outputs: Readonly<Record<string, string>>): string {
  const arn = outputs.RotationLambdaARN;
  if (arn === undefined) {
    throw new Error(
      `The application ${APPLICATION} has no output RotationLambdaARN: see its stack in the CloudFormation console`,
    );
  }
  return arn;
}
