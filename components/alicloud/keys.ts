import type * as kms from "@pulumi/alicloud/kms";
import type * as pulumi from "@pulumi/pulumi";
import type { Site } from "./site";

/** R12: customer-managed keys. */
export interface Keys {
  /** Of the disks and what is copied from them. */
  readonly data: kms.Key;
  /** Of the bucket that archives and final backups lie in; it outlives the stack. */
  readonly archive: kms.Key;
  /** For the instance: the id of the key and the ARN of the role RDS uses it as; absent where storage is not encrypted. */
  readonly disk?: { readonly encryptionKey: pulumi.Output<string>; readonly roleArn: pulumi.Output<string> };
  /** Whose work must be done before RDS can use the key. */
  readonly ready: readonly pulumi.Resource[];
}

export declare function createKeys(site: Site): Keys;
