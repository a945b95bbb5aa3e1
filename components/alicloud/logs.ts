import * as log from "@pulumi/alicloud/log";
import * as vpc from "@pulumi/alicloud/vpc";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Instances } from "./instances";
import type { Network } from "./network";
import type { Site } from "./site";

/** Where logs lie that this stack keeps itself. The SQL audit is RDS's, see instances.ts. */
export interface Logs {
  readonly project: pulumi.Output<string>;
  /** What the functions write. */
  readonly functions: pulumi.Output<string>;
}

/** As long as archives: what happened is often asked months later. */
const RETENTION_DAYS = 365;
/** Names of projects are unique over all accounts, and have at most 63 letters. */
const LONGEST_NAME = 63;
/** Bytes, each of two letters. */
const SUFFIX = 4;

/** R11, R15: the flow log of the VPC that is made, and the functions' log. */
export function createLogs(site: Site, network: Network, _instances: Instances): Logs {
  const suffix = new random.RandomId(site.name("logs"), { byteLength: SUFFIX }, site.child());
  const project = new log.Project(
    site.name("logs"),
    {
      projectName: pulumi.interpolate`${site.name("logs").slice(0, LONGEST_NAME - 1 - 2 * SUFFIX)}-${suffix.hex}`,
      description: `Logs around the database ${site.spec.name}`,
      tags: site.tags("logs"),
    },
    site.child(),
  );
  const projectName = project.projectName;
  const functions = createStore(site, projectName, "functions");
  createFlowLog(site, network, projectName);
  return { project: projectName, functions: functions.logstoreName };
}

const createStore = (site: Site, projectName: pulumi.Output<string>, what: string): log.Store =>
  new log.Store(
    site.name(`${what}-log`),
    {
      projectName,
      logstoreName: what,
      retentionPeriod: RETENTION_DAYS,
      shardCount: 1,
      autoSplit: true,
      maxSplitShardCount: 8,
      appendMeta: true,
    },
    site.child(),
  );

/** R11: who talked to whom in the VPC that is made. The user's own VPC is the user's to watch. */
function createFlowLog(site: Site, network: Network, projectName: pulumi.Output<string>): void {
  if (site.options.network.vpcId !== undefined) return;
  const store = createStore(site, projectName, "flow");
  new vpc.FlowLog(
    site.name("flow-log"),
    {
      flowLogName: site.name("flow-log"),
      description: `Who talked to whom in the VPC of ${site.spec.name}`,
      resourceType: "VPC",
      resourceId: network.vpcId,
      trafficType: "All",
      trafficPaths: ["all"],
      aggregationInterval: "10",
      projectName,
      logStoreName: store.logstoreName,
      tags: site.tags("flow-log"),
    },
    site.child(),
  );
}
