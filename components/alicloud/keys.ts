import * as kms from "@pulumi/alicloud/kms";
import * as pulumi from "@pulumi/pulumi";
import { createEncryptionRole } from "./encryptionRole";
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

/** Days in which a key's deletion can be taken back. */
const PENDING_WINDOW = 30;

/** Whether anything is left behind, encrypted, when the database goes. */
const leavesData = ({ spec: { backups } }: Site): boolean => backups.archiveRetention > 0 || backups.finalBackup;

/** The keys, and the role that RDS uses the first as. */
export function createKeys(site: Site): Keys {
  const { atRest } = site.spec.encryption;
  const { keyId, kmsInstanceId, roleArn } = site.options.encryption;
  const role = atRest ? createEncryptionRole(site, roleArn) : undefined;
  const { data, archive } = chosenKeys(site, keyId, kmsInstanceId, role?.accountId);
  return {
    data,
    archive,
    ...(role ? { disk: { encryptionKey: data.id, roleArn: role.arn } } : {}),
    ready: role ? [role.allow(data.arn)] : [],
  };
}

function chosenKeys(
  site: Site,
  keyId: string | undefined,
  kmsInstanceId: string | undefined,
  accountId: pulumi.Output<string> | undefined,
): Pick<Keys, "data" | "archive"> {
  if (keyId !== undefined && accountId !== undefined) {
    const existing = {
      id: pulumi.output(keyId),
      arn: pulumi.interpolate`acs:kms:${site.region.name}:${accountId}:key/${keyId}`,
    };
    return { data: existing, archive: existing };
  }
  if (kmsInstanceId === undefined) {
    // The only one the account can have here: other stacks may have come to use it, so it stays when this one goes.
    const only = createKey(site, "data", "Disks, backups and archives", { retainOnDelete: true });
    return { data: only, archive: only };
  }
  const data = createKey(site, "data", "Disks and backups", {}, kmsInstanceId);
  const archive = leavesData(site)
    ? createKey(site, "archive", "Archives and final backups", { retainOnDelete: true }, kmsInstanceId)
    : data;
  return { data, archive };
}

function createKey(
  site: Site,
  what: string,
  purpose: string,
  more: pulumi.CustomResourceOptions,
  kmsInstanceId?: string,
): kms.Key {
  const { spec } = site;
  const key = new kms.Key(
    site.name(what),
    {
      description: `${purpose} of ${spec.name}`,
      keySpec: "Aliyun_AES_256",
      keyUsage: "ENCRYPT/DECRYPT",
      automaticRotation: "Enabled",
      // in seconds, as KMS gives it back: "365d" would be a change in every preview
      rotationInterval: `${spec.encryption.keyRotation}s`,
      deletionProtection: spec.deletionProtection ? "Enabled" : "Disabled",
      ...(spec.deletionProtection
        ? { deletionProtectionDescription: `Without it nobody reads the database ${spec.name} or its backups` }
        : {}),
      pendingWindowInDays: PENDING_WINDOW,
      // Without a policy of its own a key is its account's: RAM says who uses it, and RDS does as its role alone.
      ...(kmsInstanceId === undefined ? {} : { dkmsInstanceId: kmsInstanceId }),
      tags: site.tags(what),
    },
    // A hardware instance answers "HSM" whatever is asked for, and that would replace the key.
    site.kept({ ignoreChanges: ["protectionLevel"], ...more }),
  );
  new kms.Alias(site.name(what), { aliasName: `alias/${site.name(what)}`, keyId: key.id }, site.child(more));
  return key;
}
