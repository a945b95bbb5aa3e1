import { createHash } from "node:crypto";
import * as fc from "@pulumi/alicloud/fc";
import * as ram from "@pulumi/alicloud/ram";
import * as pulumi from "@pulumi/pulumi";
import { EXTENSIONS } from "../bootstrap/extensions";
import { caCertificate } from "./certificates";
import { toEnvironment } from "./function/asked";
import { functionArchive } from "./function/bundle";
import type { Instances } from "./instances";
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

/**
 * The part of the application's database that only SQL can say: the extensions, and nobody else's right to connect. A
 * function inside the VPC runs it, since nothing outside reaches the database.
 *
 * A timer starts it: the provider has no resource that calls a function and fails `up` with it, and an execution of OOS
 * calls functions of the service's former version alone. So it is done within minutes of the first `up`, and done again
 * whenever somebody undid it.
 */
export function setUpDatabase(
  site: Site,
  network: Network,
  instances: Instances,
  administrator: Administrator,
  after: readonly pulumi.Resource[],
): readonly pulumi.Resource[] {
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
  const rights = new ram.RolePolicyAttachment(
    name,
    {
      roleName: role.roleName,
      policyType: "System",
      // What Function Compute asks for to put a function into a VPC.
      policyName: "AliyunECSNetworkInterfaceManagementAccess",
    },
    site.child(),
  );
  const code = functionArchive(caCertificate(site.options));
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
          // The provider does not send code again for a change of the code alone.
          CODE_VERSION: createHash("sha256").update(code).digest("hex").slice(0, 16),
        })),
      tags: site.tags("set-up"),
    },
    site.child({ dependsOn: [rights, ...after], additionalSecretOutputs: ["environmentVariables"] }),
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
  return [timer];
}
