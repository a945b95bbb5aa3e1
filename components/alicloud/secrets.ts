import type * as pulumi from "@pulumi/pulumi";
import type { Instances } from "./instances";
import type { Keys } from "./keys";
import type { Network } from "./network";
import type { Site } from "./site";

/** R10, R13: the application's database, who may use it, and with which password. */
export interface Secrets {
  /** Of the stack: `password` is secret; `passwordSecret` is the name of the KMS secret that rotates it. */
  readonly outputs: { readonly password: pulumi.Output<string> } | { readonly passwordSecret: pulumi.Output<string> };
  /** The database, its accounts and their rights are there. */
  readonly ready: readonly pulumi.Resource[];
  /** The privileged account. Its password is secret. */
  readonly administrator: { readonly username: string; readonly password: pulumi.Output<string> };
}

export declare function createSecrets(site: Site, network: Network, keys: Keys, instances: Instances): Secrets;
