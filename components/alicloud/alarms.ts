import * as cms from "@pulumi/alicloud/cms";
import * as pulumi from "@pulumi/pulumi";
import { findAlert } from "../catalogue/alerts";
import { METRICS, PERIOD, type PlannedAlarm, plannedAlarms } from "./alerts";
import type { Archive } from "./archive";
import { type Contacts, createContacts } from "./contacts";
import { createDashboard } from "./dashboard";
import { createEvents } from "./events";
import type { Instances } from "./instances";
import type { Site } from "./site";

/** Seconds until somebody is told again of an alarm that goes on. */
const SILENCE = 3600;

/**
 * R15, R16: every alert of the catalogue that can be measured, what RDS tells by itself, and all of it on one page.
 * @param setUp the function that sets the database up
 * @returns what tells of the database while it is there
 */
export function createAlarms(
  site: Site,
  instances: Instances,
  setUp: pulumi.Output<string>,
  archive?: Archive,
): readonly pulumi.Resource[] {
  const { spec } = site;
  const contacts = createContacts(site);
  const capacity = { storage: spec.size.storage, replicas: instances.replicas.length };
  const measured = plannedAlarms(spec.alerts.thresholds, capacity).flatMap((planned) => {
    const member = planned.member === "primary" ? instances.primary : instances.replicas[planned.member - 1];
    return member ? [createAlarm(site, contacts, member.id, planned)] : [];
  });
  return [
    ...measured,
    createSetUpAlarm(site, contacts, setUp),
    ...(archive ? [createArchiveAlarm(site, contacts, archive)] : []),
    createEvents(site, contacts, createDashboard(site, instances, contacts.group)),
  ];
}

function createAlarm(
  site: Site,
  contacts: Contacts,
  instanceId: pulumi.Output<string>,
  planned: PlannedAlarm,
): cms.Alarm {
  const { alert, name, metric, limit, times, level } = planned;
  const fires = { comparisonOperator: ">", statistics: "Average", threshold: String(limit), times };
  return new cms.Alarm(
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
function createArchiveAlarm(site: Site, contacts: Contacts, { functionName }: Archive): cms.Alarm {
  const alert = findAlert("archiveFailed");
  const { above } = site.spec.alerts.thresholds[alert.id] ?? alert.threshold;
  const tags = { alert: alert.id, severity: alert.severity };
  return createFunctionAlarm(site, contacts, "archive-failed", alert.title, functionName, above, tags);
}

/** R12, R13: what the timer finds undone and cannot do again; elsewhere `up` alone does it, so no catalogue has it. */
function createSetUpAlarm(site: Site, contacts: Contacts, functionName: pulumi.Output<string>): cms.Alarm {
  const title = "The database is not set up: extensions may lack, and others may connect";
  return createFunctionAlarm(site, contacts, "set-up-failed", title, functionName, 0, { severity: "warning" });
}

/** @param above so many errors within a minute are none */
function createFunctionAlarm(
  site: Site,
  contacts: Contacts,
  what: string,
  title: string,
  functionName: pulumi.Output<string>,
  above: number,
  tags: Readonly<Record<string, string>>,
): cms.Alarm {
  return new cms.Alarm(
    site.name(what),
    {
      name: `${site.name(what)}: ${title}`,
      project: "acs_fc",
      metric: "FunctionFunctionErrors",
      metricDimensions: pulumi.jsonStringify([{ region: site.region.name, functionName }]),
      period: PERIOD,
      escalationsWarn: { comparisonOperator: ">", statistics: "Value", threshold: String(above), times: 1 },
      ...told(contacts),
      tags: { ...site.tags(what), ...tags },
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
