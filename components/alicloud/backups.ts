import * as rds from "@pulumi/alicloud/rds";
import type * as pulumi from "@pulumi/pulumi";
import { formatWindow } from "../spec/windows";
import { type Archive, createArchive, hasDumps } from "./archive";
import { categoryOf } from "./classes";
import type { Instances } from "./instances";
import type { Keys } from "./keys";
import type { Logs } from "./logs";
import type { Network } from "./network";
import { dataRetentionDays, logRetentionDays } from "./retention";
import type { Secrets } from "./secrets";
import type { Site } from "./site";
import { backupHour } from "./windows";

const DAY = 86_400;
const EVERY_DAY = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

export interface Backups {
  /** The archive of dumps, where there is one. */
  readonly archive?: Archive;
  /** The instance is busy until these are done. */
  readonly ready: readonly pulumi.Resource[];
}

/** R14: a backup every day, the log between them, and what is kept for a year. */
export function createBackups(
  site: Site,
  network: Network,
  keys: Keys,
  instances: Instances,
  secrets: Secrets,
  logs: Logs,
): Backups {
  const { spec, options } = site;
  const ready: pulumi.Resource[] = [createPolicy(site, instances, secrets)];
  if (spec.backups.archiveRetention > 0 && options.archive.method === "crossRegion") {
    const copies = new rds.RdsInstanceCrossBackupPolicy(
      site.name("archive"),
      {
        instanceId: instances.primary.id,
        crossBackupRegion: options.archive.region ?? "",
        logBackupEnabled: "Enable",
        retention: spec.backups.archiveRetention / DAY,
      },
      site.kept({ dependsOn: [...ready] }),
    );
    ready.push(copies);
  }
  if (!hasDumps(spec, options)) return { ready };
  return { ready, archive: createArchive(site, network, keys, instances, secrets, logs) };
}

function createPolicy(site: Site, instances: Instances, secrets: Secrets): rds.BackupPolicy {
  const { spec } = site;
  const preferredBackupTime = backupHour(spec.backups.window, new Date());
  if (preferredBackupTime === undefined) {
    throw new RangeError(`no full hour of UTC is within ${formatWindow(spec.backups.window)}`); // the rules say it first
  }
  return new rds.BackupPolicy(
    site.name("backups"),
    {
      instanceId: instances.primary.id,
      preferredBackupPeriods: EVERY_DAY,
      preferredBackupTime,
      backupRetentionPeriod: dataRetentionDays(spec),
      // An instance without a standby knows no setting of the log's backup.
      ...(categoryOf(spec) === "Basic"
        ? {}
        : { enableBackupLog: true, logBackupRetentionPeriod: logRetentionDays(spec) }),
    },
    site.kept({ dependsOn: [...instances.ready, ...secrets.ready] }),
  );
}
