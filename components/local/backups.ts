import * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import { formatTime } from "../spec/windows";
import type { LocalInstances } from "./instances";
import { type LocalNetwork, namesOfMembers } from "./network";
import type { LocalOptions } from "./options";
import { repositoryTarget } from "./repositories";
import { BackupRepository } from "./resources";

const DAY = 86_400;
const days = (seconds: number): number => Math.ceil(seconds / DAY);

/** Daily full backups with all WAL between them, and a monthly archive. */
export function createBackups(
  spec: Spec,
  options: LocalOptions,
  network: LocalNetwork,
  instances: LocalInstances,
  parent: pulumi.Resource,
) {
  const daily = repositoryTarget(options.repositories.daily);
  const archive = repositoryTarget(options.repositories.archive);
  return new BackupRepository(
    `${spec.name}-backups`,
    {
      place: network.place,
      members: namesOfMembers(spec),
      major: `${spec.engine.major}`,
      // WAL is kept as long as the backups, so recovery reaches back as far as the longer of the two.
      retention: days(Math.max(spec.backups.retention, spec.backups.pointInTimeRecovery)),
      archiveRetention: days(spec.backups.archiveRetention),
      dailyAt: formatTime(spec.backups.window.start),
      timeZone: spec.backups.window.timeZone,
      ...(daily ? { daily: pulumi.secret(daily) } : {}),
      ...(archive ? { archive: pulumi.secret(archive) } : {}),
      keep: spec.backups.finalBackup,
    },
    { parent, dependsOn: instances, protect: spec.deletionProtection },
  );
}
