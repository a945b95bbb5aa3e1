import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import type { Seconds } from "../spec/spec";
import { accountOf } from "./arn";
import type { Keys } from "./keys";
import type { Site } from "./site";
import { topologyOf } from "./topology";

export interface Logs {
  /** Where RDS writes PostgreSQL's log. It must be there before the database, or RDS makes one without key and end. */
  readonly postgresql: cloudwatch.LogGroup;
  /** What enhanced monitoring writes its figures as. */
  readonly monitoringRole: iam.Role;
  /** Whose work must be done before the role is of use. */
  readonly monitoringReady: readonly pulumi.Resource[];
}

/** Days that CloudWatch Logs can keep a log for; it takes no other number. */
export const LOG_RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const DAY = 86_400;

/**
 * The shortest retention CloudWatch Logs has that keeps a log for as long as asked.
 * @returns days
 * @throws RangeError for more than there is, which the options' rules refuse first.
 */
export function logRetentionDays(asked: Seconds): number {
  const days = LOG_RETENTIONS.find((one) => one * DAY >= asked);
  if (days === undefined) throw new RangeError(`CloudWatch Logs keeps no log for ${asked / DAY} days`);
  return days;
}

/** The name RDS gives the log of this database; nothing else is written to. */
export const postgresqlLogName = ({ spec }: Pick<Site, "spec">): string =>
  `/aws/rds/${topologyOf(spec)}/${spec.name}/postgresql`;

/**
 * R15: PostgreSQL's log, and the role for the figures of the operating system.
 *
 * The log goes when the database goes, and not before: its name is RDS's, so one that stayed would stop the next stack
 * of the same name, and its key would have to stay with it. docs/aws.md says how to take it out first.
 */
export function createLogs(site: Site, keys: Keys): Logs {
  const { region } = site;
  const postgresql = new cloudwatch.LogGroup(
    site.name("postgresql-log"),
    {
      region: region.name,
      name: postgresqlLogName(site),
      retentionInDays: logRetentionDays(site.options.logRetention),
      kmsKeyId: keys.logs.arn,
      tags: site.tags("postgresql-log"),
    },
    site.kept(),
  );
  const account = accountOf(keys.logs.arn);
  const monitoringRole = new iam.Role(
    site.name("monitoring"),
    {
      description: `Enhanced monitoring of the databases of ${site.spec.name}`,
      assumeRolePolicy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "monitoring.rds.amazonaws.com" },
            Action: "sts:AssumeRole",
            // Only for databases of this account and region: the service works for everybody.
            Condition: {
              StringEquals: { "aws:SourceAccount": account },
              ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${region.partition}:rds:${region.name}:${account}:*` },
            },
          },
        ],
      }),
      tags: site.tags("monitoring"),
    },
    site.child(),
  );
  const attached = new iam.RolePolicyAttachment(
    site.name("monitoring"),
    {
      role: monitoringRole.name,
      policyArn: `arn:${region.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole`,
    },
    site.child(),
  );
  return { postgresql, monitoringRole, monitoringReady: [attached] };
}
