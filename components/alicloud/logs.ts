import * as log from "@pulumi/alicloud/log";
import * as vpc from "@pulumi/alicloud/vpc";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Key, Keys } from "./keys";
import { createLogsRole, type LogsRole } from "./logsRole";
import type { Network } from "./network";
import type { Site } from "./site";

/** Where logs lie that this stack keeps itself. The SQL audit is RDS's, see instances.ts. */
export interface Logs {
  readonly project: pulumi.Output<string>;
  /** What the functions write. */
  readonly functions: pulumi.Output<string>;
}

/** The right of a function to write its log. */
export const writesLog = (logs: Logs) => ({
  Effect: "Allow",
  Action: ["log:PostLogStoreLogs"],
  Resource: [pulumi.interpolate`acs:log:*:*:project/${logs.project}/logstore/${logs.functions}`],
});

/** Where to look for what a function did not say. */
export const logHint = (site: Site): string =>
  `the log store "functions" of the log project ${site.name("logs")}-… may say more`;

/** As long as archives: what happened is often asked months later. */
const RETENTION_DAYS = 365;
/** Names of projects are unique over all accounts, and have at most 63 letters. */
const LONGEST_NAME = 63;
/** Bytes, each of two letters. */
const SUFFIX = 4;

/** R11, R15: the flow log of the VPC that is made, and the functions' log, encrypted with the stack's key (R12). */
export function createLogs(site: Site, network: Network, { data: key }: Keys): Logs {
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
  const stores: Stores = { project: project.projectName, key, role: createLogsRole(site, key.arn) };
  const functions = createStore(site, stores, "functions");
  createFlowLog(site, network, stores);
  return { project: project.projectName, functions: functions.logstoreName };
}

/** What the stack's log stores have in common. */
interface Stores {
  readonly project: pulumi.Output<string>;
  readonly key: Key;
  readonly role: LogsRole;
}

const createStore = (site: Site, { project, key, role }: Stores, what: string): log.Store =>
  new log.Store(
    site.name(`${what}-log`),
    {
      projectName: project,
      logstoreName: what,
      retentionPeriod: RETENTION_DAYS,
      shardCount: 1,
      autoSplit: true,
      maxSplitShardCount: 8,
      appendMeta: true,
      encryptConf: {
        enable: true,
        encryptType: "default", // AES
        userCmkInfo: { cmkKeyId: key.id, arn: role.arn, regionId: site.region.name },
      },
    },
    // Another key is another store, of the same name; that it takes the logs kept so far with it, the gate says.
    site.child({ dependsOn: [...role.ready], deleteBeforeReplace: true }),
  );

/** R11: who talked to whom in the VPC that is made. The user's own VPC is the user's to watch. */
function createFlowLog(site: Site, network: Network, stores: Stores): void {
  if (site.options.network.vpcId !== undefined) return;
  const store = createStore(site, stores, "flow");
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
      projectName: stores.project,
      logStoreName: store.logstoreName,
      tags: site.tags("flow-log"),
    },
    site.child(),
  );
}
