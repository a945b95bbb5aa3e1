import * as backup from "@pulumi/aws/backup";
import * as iam from "@pulumi/aws/iam";
import * as kms from "@pulumi/aws/kms";
import * as rds from "@pulumi/aws/rds";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random"; // a vault's name that no earlier stack's vault has
import { accountOf } from "./arn";
import type { Instances } from "./instances";
import { keyPolicy } from "./keyPolicies";
import { type Keys, rotationDays } from "./keys";
import { findRegion } from "./regions";
import type { Site } from "./site";
import { ARCHIVE_START_WITHIN, archiveStart } from "./windows";

const DAY = 86_400;
/** Minutes a snapshot may take. */
const ARCHIVE_DONE_WITHIN = 12 * 60;

export interface Backups {
  /** Name of the archive's vault, where there is an archive. */
  readonly archiveVault?: pulumi.Output<string>;
}

/**
 * R14: what RDS's own daily backups are not: the monthly archive, and the copy in a second region. Daily backups and
 * recovery to any point in time between them are the database's own (instances.ts).
 */
export function createBackups(site: Site, keys: Keys, instances: Instances): Backups {
  if (site.options.backups.copyRegion !== undefined) createCopy(site, site.options.backups.copyRegion, keys, instances);
  return keys.archive ? { archiveVault: createArchive(site, keys.archive, instances) } : {};
}

/**
 * A snapshot on the first of each month, in a vault of its own.
 *
 * Vault, policy, lock and role stay behind when the stack goes: the vault because it holds archives, the role because
 * AWS Backup deletes each archive, when its time has come, as the role that made it.
 *
 * @returns the vault's name.
 */
function createArchive(site: Site, key: kms.Key, instances: Instances): pulumi.Output<string> {
  const { spec, region } = site;
  const days = Math.ceil(spec.backups.archiveRetention / DAY);
  const kept = site.kept({ retainOnDelete: true });
  // A vault's name has at most 50 letters. With another key it is another vault.
  const id = new random.RandomId(site.name("archive"), { byteLength: 4, keepers: { key: key.arn } }, site.child());
  const vault = new backup.Vault(
    site.name("archive"),
    {
      region: region.name,
      name: pulumi.interpolate`${spec.name}-${id.hex}`,
      kmsKeyArn: key.arn,
      forceDestroy: false,
      tags: site.tags("archive"),
    },
    kept,
  );
  // Whoever wants to delete an archive has to change this first; expiry at its time is not asked.
  new backup.VaultPolicy(
    site.name("archive"),
    {
      region: region.name,
      backupVaultName: vault.name,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "KeepArchives",
            Effect: "Deny",
            Principal: "*",
            Action: [
              "backup:DeleteRecoveryPoint",
              "backup:DisassociateRecoveryPoint",
              "backup:UpdateRecoveryPointLifecycle",
            ],
            Resource: "*",
          },
        ],
      }),
    },
    kept,
  );
  if (site.options.backups.vaultLock.enabled) lockVault(site, vault, days, kept);

  const { role, ready } = backupRole(site, key, kept);
  const at = archiveStart([spec.backups.window, spec.maintenance.window], new Date());
  const plan = new backup.Plan(
    site.name("archive"),
    {
      region: region.name,
      name: `${spec.name}-archive`,
      rules: [
        {
          ruleName: "monthly",
          targetVaultName: vault.name,
          schedule: `cron(${at % 60} ${Math.floor(at / 60)} 1 * ? *)`,
          scheduleExpressionTimezone: "Etc/UTC",
          startWindow: ARCHIVE_START_WITHIN,
          completionWindow: ARCHIVE_DONE_WITHIN,
          // Not for the daily backups: continuous backup would take RDS's own window and retention over.
          enableContinuousBackup: false,
          lifecycle: { deleteAfter: days },
          recoveryPointTags: site.tags("archive"),
        },
      ],
      tags: site.tags("archive"),
    },
    site.child(),
  );
  new backup.Selection(
    site.name("archive"),
    {
      region: region.name,
      name: `${spec.name}-archive`,
      planId: plan.id,
      iamRoleArn: role.arn,
      resources: [instances.arn],
    },
    site.child({ dependsOn: ready }),
  );
  return vault.name;
}

function lockVault(site: Site, vault: backup.Vault, days: number, options: pulumi.CustomResourceOptions): void {
  const changeableForDays = Math.floor(site.options.backups.vaultLock.changeableFor / DAY);
  void pulumi.log.warn(
    `The archive's vault gets a lock that can be taken off for ${changeableForDays} days. After that nobody, not even AWS, can delete an archive before its ${days} days are over, and the account pays for all of them until then.`,
    vault,
  );
  new backup.VaultLockConfiguration(
    site.name("archive"),
    {
      region: site.region.name,
      backupVaultName: vault.name,
      changeableForDays,
      minRetentionDays: days,
      maxRetentionDays: days,
    },
    options,
  );
}

/** AWS Backup as this stack: AWS's own policy for backups, without that for restores. */
function backupRole(site: Site, key: kms.Key, options: pulumi.CustomResourceOptions) {
  const role = new iam.Role(
    site.name("archive"),
    {
      description: `Monthly archives of ${site.spec.name}`,
      assumeRolePolicy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "backup.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": accountOf(key.arn) } },
          },
        ],
      }),
      tags: site.tags("archive"),
    },
    options,
  );
  const attached = new iam.RolePolicyAttachment(
    site.name("archive"),
    {
      role: role.name,
      policyArn: `arn:${site.region.partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup`,
    },
    options,
  );
  return { role, ready: [attached] };
}

/** Backups and WAL of a single instance in a second region, under a key of that region; see `checkAws` for why not of a cluster. */
function createCopy(site: Site, copyRegion: string, keys: Keys, instances: Instances): void {
  const { spec, options } = site;
  const region = findRegion(copyRegion);
  if (!region) throw new RangeError(`${copyRegion} is no known region`);
  const policy = accountOf(keys.data.arn).apply((accountId) =>
    JSON.stringify(
      keyPolicy("data", { region, accountId, name: spec.name, administrators: options.keyAdministrators }),
    ),
  );
  const key = new kms.Key(
    site.name("copy-key"),
    {
      region: copyRegion,
      description: `Copied backups of ${spec.name}`,
      enableKeyRotation: true,
      rotationPeriodInDays: rotationDays(spec.encryption.keyRotation),
      deletionWindowInDays: 30,
      policy,
      tags: site.tags("copy-key"),
    },
    // copies are kept for as long as backups are, the database's end or not
    site.kept({ retainOnDelete: true }),
  );
  new kms.Alias(
    site.name("copy-key"),
    { region: copyRegion, name: `alias/${spec.name}-copy`, targetKeyId: key.keyId },
    site.child(),
  );
  new rds.InstanceAutomatedBackupsReplication(
    site.name("copy"),
    {
      region: copyRegion,
      sourceDbInstanceArn: instances.arn,
      kmsKeyId: key.arn,
      retentionPeriod: Math.ceil(spec.backups.retention / DAY),
    },
    site.kept(),
  );
}
