import type * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";

/** A subnet in one zone. */
export interface VSwitch {
  readonly id: pulumi.Output<string>;
  readonly zone: string;
}

/** R11: where the database lives, and who reaches it. */
export interface Network {
  readonly vpcId: pulumi.Output<string>;
  /** One in each zone, the primary's first; functions and the proxy may take any. */
  readonly vswitches: readonly VSwitch[];
  readonly primary: VSwitch;
  /** Only with high availability; in another zone than the primary's. */
  readonly standby?: VSwitch;
  /** Of each replica; several may share one. */
  readonly replicas: readonly VSwitch[];
  /** Of the database; nothing but `access` and `functionGroupId` gets in. */
  readonly securityGroupId: pulumi.Output<string>;
  /** Of the functions that talk SQL to the database. */
  readonly functionGroupId: pulumi.Output<string>;
  /** Further groups whose members the spec lets in: `securityGroupIds` of the instance takes them beside ours. */
  readonly clientGroupIds: readonly string[];
  /** The blocks of the spec, for `securityIps`; empty: `127.0.0.1` alone, which is nobody. */
  readonly whitelist: readonly string[];
}

export declare function createNetwork(site: Site): Network;
