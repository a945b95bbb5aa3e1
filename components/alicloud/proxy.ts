import type * as pulumi from "@pulumi/pulumi";
import type { Endpoint } from "../vendor";
import type { Instances } from "./instances";
import type { Network } from "./network";
import type { Secrets } from "./secrets";
import type { Site } from "./site";

/** The ways in. */
export interface Proxy {
  readonly writer: pulumi.Output<Endpoint>;
  readonly reader: pulumi.Output<Endpoint>;
  /** "reader-1"…: each replica; "proxy": the database proxy, where there is one. */
  readonly endpoints: pulumi.Output<Record<string, Endpoint>>;
}

export declare function createProxy(site: Site, network: Network, instances: Instances, secrets: Secrets): Proxy;
