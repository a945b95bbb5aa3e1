import * as rds from "@pulumi/aws/rds";
import type * as pulumi from "@pulumi/pulumi";
import type { Watched } from "./alarms";
import type { Instances } from "./instances";
import type { Site } from "./site";
import type { Topic } from "./topic";

/** What RDS is asked to tell of one kind of source; each kind has categories of its own, and RDS refuses others. */
interface Told {
  /** Part of the resource's name. */
  readonly what: string;
  readonly sourceType: "db-cluster" | "db-instance" | "db-cluster-snapshot" | "db-parameter-group" | "db-proxy";
  readonly categories: readonly string[];
}

const cluster: Told = {
  what: "cluster-events",
  sourceType: "db-cluster",
  categories: ["configuration change", "deletion", "failover", "failure", "maintenance", "notification"],
};

const members: Told = {
  what: "member-events",
  sourceType: "db-instance",
  categories: [
    "availability",
    "backup",
    "configuration change",
    "deletion",
    "failover",
    "failure",
    "low storage",
    "maintenance",
    "notification",
    "read replica",
    "recovery",
    "restoration",
  ],
};

/** Clusters report their backups as those of snapshots only, and those cannot be named beforehand: it is all of the region's. */
const snapshots: Told = { what: "snapshot-events", sourceType: "db-cluster-snapshot", categories: ["backup"] };

const proxy: Told = {
  what: "proxy-events",
  sourceType: "db-proxy",
  categories: ["configuration change", "deletion", "failure"],
};

/** RDS tells nothing of a cluster's own group, only of instances'. */
const parameters: Told = {
  what: "parameter-events",
  sourceType: "db-parameter-group",
  categories: ["configuration change"],
};

/** What happened rather than what is measured: failover, failure, maintenance, backup, configuration change. */
export function createEvents(
  site: Site,
  topic: Topic,
  instances: Instances,
  { proxyName, parameterGroup }: Pick<Watched, "proxyName" | "parameterGroup">,
): void {
  const tell = ({ what, sourceType, categories }: Told, sourceIds?: readonly pulumi.Output<string>[]): void => {
    new rds.EventSubscription(
      site.name(what),
      {
        region: site.region.name,
        snsTopic: topic.arn,
        sourceType,
        eventCategories: [...categories],
        ...(sourceIds ? { sourceIds: [...sourceIds] } : {}),
        tags: site.tags(what),
      },
      // RDS tries the topic out when it is subscribed.
      site.child({ dependsOn: [...topic.ready] }),
    );
  };
  if (instances.topology === "cluster") {
    tell(cluster, [instances.identifier]);
    tell(snapshots);
  }
  tell(members, instances.members);
  if (instances.topology === "instance" && parameterGroup) tell(parameters, [parameterGroup]);
  if (proxyName) tell(proxy, [proxyName]);
}
