import * as cms from "@pulumi/alicloud/cms";
import * as pulumi from "@pulumi/pulumi";
import { METRICS, PERIOD, type PlannedAlarm, plannedAlarms } from "./alerts";
import type { Archive } from "./archive";
import { type Contacts, createContacts } from "./contacts";
import { createDashboard } from "./dashboard";
import { createEvents } from "./events";
import type { Instances } from "./instances";
import type { Site } from "./site";

/** Seconds until somebody is told again of an alarm that goes on. */
const SILENCE = 3600;

/** R15, R16: every alert of the catalogue that can be measured, what RDS tells by itself, and all of it on one page. */
export function createAlarms(site: Site, instances: Instances, archive?: Archive): void {
  const { spec } = site;
  const contacts = createContacts(site);
  const capacity = { storage: spec.size.storage, replicas: instances.replicas.length };
  for (const planned of plannedAlarms(spec.alerts.thresholds, capacity)) {
    const member = planned.member === "primary" ? instances.primary : instances.replicas[planned.member - 1];
    if (member) createAlarm(site, contacts, member.id, planned);
  }
  if (archive) createArchiveAlarm(site, contacts, archive);
  createEvents(site, contacts, createDashboard(site, instances, contacts.group));
}

function createAlarm(site: Site, contacts: Contacts, instanceId: pulumi.Output<string>, planned: PlannedAlarm): void {
  const { alert, name, metric, limit, times, level } = planned;
  const fires = { comparisonOperator: ">", statistics: "Average", threshold: String(limit), times };
  new cms.Alarm(
    site.name(name),
    {
      // What a person reads first.
      name: `${site.name(name)}: ${alert.title}`,
      project: METRICS,
      metric,
      metricDimensions: pulumi.jsonStringify([{ instanceId }]),
      period: PERIOD,
      ...(level === "critical" ? { escalationsCritical: fires } : { escalationsWarn: fires }),
      ...told(contacts),
      tags: { ...site.tags(name), alert: alert.id, severity: alert.severity },
    },
    site.child(),
  );
}

/** R14: a dump that failed is told of; one that never started shows in the bucket alone. */
function createArchiveAlarm(site: Site, contacts: Contacts, { functionName }: Archive): void {
  new cms.Alarm(
    site.name("archive-failed"),
    {
      name: `${site.name("archive-failed")}: The monthly archive failed`,
      project: "acs_fc",
      metric: "FunctionFunctionErrors",
      metricDimensions: pulumi.jsonStringify([{ region: site.region.name, functionName }]),
      period: PERIOD,
      escalationsCritical: { comparisonOperator: ">", statistics: "Value", threshold: "0", times: 1 },
      ...told(contacts),
      tags: { ...site.tags("archive-failed"), severity: "critical" },
    },
    site.child(),
  );
}

const told = ({
  group,
  webhooks: [webhook],
}: Contacts): Pick<cms.AlarmArgs, "contactGroups" | "silenceTime" | "webhook"> => ({
  contactGroups: [group],
  silenceTime: SILENCE,
  ...(webhook ? { webhook } : {}),
});
