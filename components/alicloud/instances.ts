import type * as rds from "@pulumi/alicloud/rds";
import type * as pulumi from "@pulumi/pulumi";
import type { Endpoint } from "../vendor";
import type { Keys } from "./keys";
import type { Network } from "./network";
import type { Site } from "./site";

/** R3, R4: the members. */
export interface Instances {
  /** With its standby, where there is one: both are one instance. */
  readonly primary: rds.Instance;
  readonly replicas: readonly rds.ReadOnlyInstance[];
  /** Straight to the instance: TLS that a client can verify. */
  readonly writer: pulumi.Output<Endpoint>;
  /** One of each replica. */
  readonly readers: readonly pulumi.Output<Endpoint>[];
  /** What must be done before the service takes another order on these instances. */
  readonly ready: readonly pulumi.Resource[];
}

export declare function createInstances(site: Site, network: Network, keys: Keys): Instances;
