import type * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";

/** A KMS key, ours or one that was there before. */
export interface Key {
  readonly id: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
}

/** R12: customer-managed keys. Without a KMS instance an account has one such key in a region, and both are that one. */
export interface Keys {
  /** Of the disks, and of what is copied from them. */
  readonly data: Key;
  /** Of the bucket that archives and final backups lie in; it outlives the stack. */
  readonly archive: Key;
  /** Of the instance; absent where storage is not encrypted. */
  readonly disk?: {
    /** The key's id. */
    readonly encryptionKey: pulumi.Output<string>;
    /** The role that RDS uses the key as. */
    readonly roleArn: pulumi.Output<string>;
  };
  /** What must be made before RDS can use the key. */
  readonly ready: readonly pulumi.Resource[];
}

export declare function createKeys(site: Site): Keys;
