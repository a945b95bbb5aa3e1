import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";
import { METRICS, PERIOD, type PlannedAlarm, plannedAlarms } from "./alerts";
import { createArchiveAlarm } from "./archiveAlarm";
import type { Backups } from "./backups";
import { capacityOf } from "./capacity";
import { createDashboard } from "./dashboard";
import { createEvents } from "./events";
import type { Instances } from "./instances";
import type { Keys } from "./keys";
import type { EntryPoint } from "./proxy";
import type { Site } from "./site";
import { createTopic, type Topic } from "./topic";

/** What is watched beside the database itself, where there is such a thing. */
export interface Watched extends Pick<EntryPoint, "proxyName">, Backups {
  /** Of the database: its name. */
  readonly parameterGroup?: pulumi.Output<string>;
}

/** R15, R16: every alert of the catalogue that can be measured, what RDS tells by itself, and all of it at a glance. */
export function createAlarms(site: Site, keys: Keys, instances: Instances, watched: Watched = {}): void {
  const { spec, options } = site;
  const capacity = capacityOf(spec, options, instances.members.length);
  const topic = createTopic(site, keys);
  const planned = plannedAlarms(spec.name, spec.alerts.thresholds, capacity);
  const alarms = planned.map((one) => createAlarm(site, topic, instances, one));
  if (watched.archiveVault) alarms.push(createArchiveAlarm(site, topic, watched.archiveVault));
  createEvents(site, topic, instances, watched);
  createDashboard(site, instances, capacity, alarms);
}

function createAlarm(site: Site, topic: Topic, instances: Instances, planned: PlannedAlarm): cloudwatch.MetricAlarm {
  const { alert, name, queries, statistic, fires, limit, periods, missing, description } = planned;
  return new cloudwatch.MetricAlarm(
    site.name(name),
    {
      region: site.region.name,
      alarmDescription: description,
      comparisonOperator: fires === "above" ? "GreaterThanThreshold" : "LessThanThreshold",
      threshold: limit,
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      treatMissingData: missing,
      ...measured(queries, statistic, instances.members),
      alarmActions: [topic.arn],
      okActions: [topic.arn],
      tags: { ...site.tags(name), alert: alert.id, severity: alert.severity },
    },
    site.child(),
  );
}

/** One metric, or several and expressions over them. */
function measured(
  queries: PlannedAlarm["queries"],
  statistic: PlannedAlarm["statistic"],
  members: readonly pulumi.Output<string>[],
): Pick<
  cloudwatch.MetricAlarmArgs,
  "namespace" | "metricName" | "dimensions" | "period" | "statistic" | "metricQueries"
> {
  const of = (member: number) => ({ DBInstanceIdentifier: members[member] ?? "" });
  const [first] = queries;
  if (queries.length === 1 && first && "metric" in first) {
    const { metric, member } = first;
    return { namespace: METRICS, metricName: metric, dimensions: of(member), period: PERIOD, statistic };
  }
  const last = queries[queries.length - 1];
  return {
    metricQueries: queries.map((query) =>
      "metric" in query
        ? {
            id: query.id,
            metric: {
              namespace: METRICS,
              metricName: query.metric,
              dimensions: of(query.member),
              period: PERIOD,
              stat: statistic,
            },
            returnData: false,
          }
        : { id: query.id, expression: query.expression, label: query.id, returnData: query === last },
    ),
  };
}
