import type * as rds from "@pulumi/aws/rds";
import type * as pulumi from "@pulumi/pulumi";
import type { Endpoint } from "../vendor";
import type { Keys } from "./keys";
import type { Logs } from "./logs";
import type { Network } from "./network";
import type { ParameterGroup } from "./parameters";
import type { Site } from "./site";
import type { Topology } from "./topology";

/** The database itself. */
export interface Instances {
  readonly topology: Topology;
  readonly resource: rds.Cluster | rds.Instance;
  /** Of the cluster or the instance: what a person types. */
  readonly identifier: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  /** "cluster-..." or "db-...": what rights to connect by IAM name. */
  readonly resourceId: pulumi.Output<string>;
  /** Around the proxy; of a single instance both are the same. */
  readonly writer: pulumi.Output<Endpoint>;
  readonly reader: pulumi.Output<Endpoint>;
  /** DBInstanceIdentifiers, sorted. How many there are is known in a preview: 3 or 1. */
  readonly members: readonly pulumi.Output<string>[];
  /** ARN of the master password that RDS keeps and rotates. */
  readonly masterSecret: pulumi.Output<string>;
  /** "db.m6gd.xlarge". */
  readonly className: string;
}

export declare function createInstances(
  site: Site,
  network: Network,
  keys: Keys,
  parameters: ParameterGroup,
  logs: Logs,
): Instances;
