import { createHash } from "node:crypto";
import * as fc from "@pulumi/alicloud/fc";
import * as ram from "@pulumi/alicloud/ram";
import * as pulumi from "@pulumi/pulumi";
import { EXTENSIONS } from "../bootstrap/extensions";
import { caCertificate } from "./certificates";
import { toEnvironment } from "./function/asked";
import { functionArchive } from "./function/bundle";
import type { Instances } from "./instances";
import { Invocation } from "./invocation";
import { type Logs, logHint, writesLog } from "./logs";
import type { Network } from "./network";
import type { Site } from "./site";

/** Seconds. */
const TIMEOUT = 120;

/** The privileged account. */
export interface Administrator {
  readonly username: string;
  /** Secret. */
  readonly password: pulumi.Output<string>;
}

export interface SetUp {
  readonly functionName: pulumi.Output<string>;
  readonly timer: pulumi.Resource;
}

/**
 * The part of the application's database that only SQL can say: the extensions, and nobody else's right to connect. A
 * function inside the VPC runs it, since nothing outside reaches the database.
 *
 * `up` calls it, and fails with its words; again when its code, what it is asked or the database itself changes. A timer
 * calls it as well: what somebody undid is done again within minutes, and an alarm tells where it cannot be done.
 */
export function setUpDatabase(
  site: Site,
  network: Network,
  instances: Instances,
  administrator: Administrator,
  logs: Logs,
  after: readonly pulumi.Resource[],
): SetUp {
  const { spec } = site;
  const name = site.name("set-up");
  const role = new ram.Role(
    name,
    {
      roleName: name,
      description: `Sets up the database of ${spec.name}`,
      assumeRolePolicyDocument: JSON.stringify({
        Version: "1",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: ["fc.aliyuncs.com"] } }],
      }),
      tags: site.tags("set-up"),
    },
    site.child(),
  );
  const policy = new ram.Policy(
    name,
    {
      policyName: name,
      description: `What setting up the database of ${spec.name} needs`,
      policyDocument: pulumi.jsonStringify({ Version: "1", Statement: [writesLog(logs)] }),
      rotateStrategy: "DeleteOldestNonDefaultVersionWhenLimitExceeded",
      tags: site.tags("set-up"),
    },
    site.child(),
  );
  const attach = (what: string, policyType: string, policyName: pulumi.Input<string>) =>
    new ram.RolePolicyAttachment(site.name(what), { roleName: role.roleName, policyType, policyName }, site.child());
  const rights = [
    attach(
      "set-up-log",
      "Custom",
      policy.policyName.apply((made) => made ?? ""),
    ),
    // What Function Compute asks for to put a function into a VPC.
    attach("set-up", "System", "AliyunECSNetworkInterfaceManagementAccess"),
  ];
  const code = functionArchive(caCertificate(site.options));
  const version = createHash("sha256").update(code).digest("hex");
  const handler = new fc.V3Function(
    name,
    {
      functionName: name,
      description: `Sets up the database of ${spec.name}`,
      role: role.arn,
      runtime: "nodejs20",
      handler: "index.handler",
      code: { zipFile: code },
      timeout: TIMEOUT,
      cpu: 0.1,
      memorySize: 128,
      diskSize: 512,
      instanceConcurrency: 1,
      internetAccess: false,
      vpcConfig: {
        vpcId: network.vpcId,
        // Not every zone has Function Compute: of these it takes one that has.
        vswitchIds: network.vswitches.map(({ id }) => id),
        securityGroupId: network.functionGroupId,
      },
      // What it did, and why it could not: nobody waits for what it answers the timer.
      logConfig: { project: logs.project, logstore: logs.functions, enableRequestMetrics: true },
      environmentVariables: pulumi
        .all([instances.writer, administrator.password])
        .apply(([{ host, port }, password]) => ({
          ...toEnvironment({
            host,
            port: String(port),
            database: spec.access.database,
            username: spec.access.username,
            extensions: EXTENSIONS.join(","),
            administrator: administrator.username,
            password,
          }),
          // For whoever looks at the function: its code says nothing of where it comes from.
          CODE_VERSION: version.slice(0, 16),
        })),
      tags: site.tags("set-up"),
    },
    site.child({ dependsOn: [...rights, ...after], additionalSecretOutputs: ["environmentVariables"] }),
  );
  const timer = new fc.V3Trigger(
    name,
    {
      functionName: handler.functionName,
      triggerName: "every-five-minutes",
      triggerType: "timer",
      qualifier: "LATEST",
      triggerConfig: JSON.stringify({ cronExpression: "@every 5m", enable: true, payload: "" }),
    },
    site.child(),
  );
  const functionName = handler.functionName.apply((made) => made ?? "");
  new Invocation(
    site,
    "set-up",
    {
      on: {
        up: {
          functionName,
          event: {},
          timeout: TIMEOUT,
          asTask: false,
          mend: `Mend that and run up again (${logHint(site)})`,
        },
      },
      // A database restored under the same name is another one.
      triggers: [version, spec.access.database, spec.access.username, EXTENSIONS.join(","), instances.primary.id],
    },
    [...network.functionReady, timer],
  );
  return { functionName, timer };
}
