import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";
import { findAlert } from "../catalogue/alerts";
import { describe } from "./alerts";
import type { Site } from "./site";
import type { Topic } from "./topic";

/** Failed: why is in the job. Expired: not started within its hour. Aborted: somebody stopped it. */
const FAILURES = ["NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired", "NumberOfBackupJobsAborted"];
const SUCCESS = "NumberOfBackupJobsCompleted";
/** Seconds: AWS Backup reports every five minutes. */
const PERIOD = 300;

/**
 * R14, R16: the archive that was not taken is told of.
 *
 * AWS Backup reports jobs when there are some, and nothing at all on all other days. So silence changes nothing, and
 * what ends the alarm is an archive that succeeds, which is why those are counted here, as zero failures each.
 */
export function createArchiveAlarm(site: Site, topic: Topic, vault: pulumi.Output<string>): cloudwatch.MetricAlarm {
  const alert = findAlert("archiveFailed");
  const { above } = site.spec.alerts.thresholds[alert.id] ?? alert.threshold;
  const failed = FAILURES.map((metricName, index) => ({ id: `m${index + 1}`, metricName }));
  const succeeded = { id: `m${FAILURES.length + 1}`, metricName: SUCCESS };
  const name = "archive-failed";
  return new cloudwatch.MetricAlarm(
    site.name(name),
    {
      region: site.region.name,
      alarmDescription: describe(alert, site.spec.name, FAILURES, { above, for: 0 }),
      comparisonOperator: "GreaterThanThreshold",
      threshold: above,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      treatMissingData: "ignore",
      metricQueries: [
        ...[...failed, succeeded].map(({ id, metricName }) => ({
          id,
          metric: {
            namespace: "AWS/Backup",
            metricName,
            dimensions: { BackupVaultName: vault },
            period: PERIOD,
            stat: "Sum",
          },
          returnData: false,
        })),
        { id: "none", expression: `${succeeded.id} * 0`, label: "none", returnData: false },
        {
          id: "failures",
          expression: `SUM([${[...failed.map(({ id }) => id), "none"].join(", ")}])`,
          label: "failures",
          returnData: true,
        },
      ],
      alarmActions: [topic.arn],
      okActions: [topic.arn],
      tags: { ...site.tags(name), alert: alert.id, severity: alert.severity },
    },
    site.child(),
  );
}
