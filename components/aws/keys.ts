import * as kms from "@pulumi/aws/kms";
import { type KeyUse, keyPolicy } from "./keyPolicies";
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

const DAY = 86_400;
/** Days in which a deletion can be called off: the most there are. */
const DELETION_WINDOW = 30;
/** What KMS takes. */
const ROTATION_DAYS = { least: 90, most: 2560 } as const;

/** Whole days, within what KMS takes. */
export const rotationDays = (seconds: number): number =>
  Math.min(Math.max(Math.round(seconds / DAY), ROTATION_DAYS.least), ROTATION_DAYS.most);

/** R12: the keys, their aliases, and what becomes of them. */
export function createKeys(site: Site, network: Network): Keys {
  const { backups } = site.spec;
  const archived = backups.archiveRetention > 0;
  // A snapshot that outlives the stack is worth what its key is.
  const readable = { retainOnDelete: backups.finalBackup || archived };
  return {
    data: createKey(site, network, "data", "Storage, snapshots and Performance Insights", readable),
    secrets: createKey(site, network, "secrets", "Database passwords"),
    logs: createKey(site, network, "logs", "Logs and alerts"),
    ...(archived ? { archive: createKey(site, network, "archive", "The monthly archive", readable) } : {}),
  };
}

function createKey(site: Site, network: Network, use: KeyUse, what: string, more: { retainOnDelete?: boolean } = {}) {
  const { spec, region, options } = site;
  const name = `${use}-key`;
  const key = new kms.Key(
    site.name(name),
    {
      region: region.name,
      description: `${what} of ${spec.name}`,
      keyUsage: "ENCRYPT_DECRYPT",
      customerMasterKeySpec: "SYMMETRIC_DEFAULT",
      isEnabled: true,
      multiRegion: false,
      enableKeyRotation: true,
      rotationPeriodInDays: rotationDays(spec.encryption.keyRotation),
      deletionWindowInDays: DELETION_WINDOW,
      bypassPolicyLockoutSafetyCheck: false,
      policy: network.accountId.apply((accountId) =>
        JSON.stringify(
          keyPolicy(use, { region, accountId, name: spec.name, administrators: options.keyAdministrators }),
        ),
      ),
      tags: site.tags(name),
    },
    site.kept(more),
  );
  new kms.Alias(
    site.name(name),
    { region: region.name, name: `alias/${spec.name}-${use}`, targetKeyId: key.keyId },
    site.child(),
  );
  return key;
}
