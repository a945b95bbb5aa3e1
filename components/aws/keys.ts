import type * as kms from "@pulumi/aws/kms";
import type { Network } from "./network";
import type { Site } from "./site";

/** R12: customer-managed keys, one for each kind of reader. */
export interface Keys {
  /** Storage, snapshots, Performance Insights. */
  readonly data: kms.Key;
  /** The master's and the application's password. */
  readonly secrets: kms.Key;
  /** Log groups and the alert topic. */
  readonly logs: kms.Key;
  /** The vault of the monthly archive, where there is one. */
  readonly archive?: kms.Key;
}

export declare function createKeys(site: Site, network: Network): Keys;
