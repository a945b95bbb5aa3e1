import type * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";

/** R11: where the database lives, and who reaches it. */
export interface Network {
  readonly vpcId: pulumi.Output<string>;
  /** Twelve digits; read from a resource, so that a preview asks nobody. */
  readonly accountId: pulumi.Output<string>;
  /** One in each zone, without a way to the internet. */
  readonly subnetIds: readonly pulumi.Output<string>[];
  /** Security groups of the database's members, and of the functions that talk SQL to them. */
  readonly databaseGroup: pulumi.Output<string>;
  readonly functionGroup: pulumi.Output<string>;
  /** Of the proxy, where there is one. */
  readonly proxyGroup?: pulumi.Output<string>;
  /** What a function in the subnets needs before it reaches Secrets Manager and the database. */
  readonly functionReady: readonly pulumi.Resource[];
}

export declare function createNetwork(site: Site): Network;
