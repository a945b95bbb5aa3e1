import * as cms from "@pulumi/alicloud/cms";
import type * as pulumi from "@pulumi/pulumi";
import type { Instances } from "./instances";
import type { Site } from "./site";

/**
 * R15: the application group of the database's instances, whose page in CloudMonitor shows every figure, alarm and event of
 * each member. CloudMonitor's free dashboards can be made by hand alone: the provider has no resource for one.
 *
 * @returns the group's id.
 */
export function createDashboard(
  site: Site,
  instances: Instances,
  contacts: pulumi.Output<string>,
): pulumi.Output<string> {
  const { spec, region } = site;
  const group = new cms.MonitorGroup(
    site.name("dashboard"),
    // People look for it by the database's name.
    { monitorGroupName: spec.name, contactGroups: [contacts], tags: site.tags("dashboard") },
    site.child(),
  );
  const members = [
    { instanceId: instances.primary.id, instanceName: spec.name },
    ...instances.replicas.map(({ id }, index) => ({ instanceId: id, instanceName: site.name(`reader-${index + 1}`) })),
  ];
  new cms.MonitorGroupInstances(
    site.name("dashboard"),
    {
      groupId: group.id,
      instances: members.map((member) => ({ ...member, category: "rds", regionId: region.name })),
    },
    site.child(),
  );
  return group.id;
}
