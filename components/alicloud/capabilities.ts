import type { Spec } from "../spec/spec";
import { formatDuration } from "../spec/units";
import type { Capability, RequirementId } from "../vendor";
import { alicloudAlerts } from "./alerts";
import type { AlicloudOptions } from "./options";
import { hasProxy } from "./proxy";

const native = (note: string): Capability => ({ status: "native", note });
const otherwise = (note: string): Capability => ({ status: "otherwise", note });

/** What ApsaraDB RDS does, and does otherwise, for each requirement. */
export function alicloudCapabilities(spec: Spec, options: AlicloudOptions): Record<RequirementId, Capability> {
  return {
    R1: native("PostgreSQL 15; the service names minor versions by date and sells the newest alone"),
    R2: native(
      "vCPU and memory choose the instance class, storage the ESSD of each member; see alicloud.instanceClass",
    ),
    R3: topology(spec, options),
    R4: failover(spec),
    R5: entryPoint(spec, options),
    R6: otherwise(
      "max_connections and shared_buffers are the service's, sized by the class; the rest is set, in the service's own units: see the output parameters",
    ),
    R7: native("set, in the service's own units; the output parameters says what became of each"),
    R8: native("set; the output parameters says what became of each"),
    R9: otherwise(
      "the service owns listen_addresses, hot_standby, max_wal_senders and max_replication_slots (higher than asked for); wal_level and hot_standby_feedback are set",
    ),
    R10: native(
      "database, account and port as asked; TLS verified against the output caCertificate on writer and reader; the account owns the database, as the service has no other right",
    ),
    R11: native(
      "no public address; whitelists and security groups let in the listed networks and groups alone; replicas know networks and no groups",
    ),
    R12: encryption(spec, options),
    R13: credentials(spec, options),
    R14: backups(spec, options),
    R15: otherwise(
      "CloudMonitor every minute, SQL audit for 180 days, Performance Insight; an application group in place of a dashboard, which the provider cannot make",
    ),
    R16: alerts(spec),
    R17: otherwise(
      `the window is daily, as the service knows no weekday, and in UTC, so it moves by an hour with summer time; minor versions ${spec.maintenance.minorVersions}; Performance Insight instead of a monthly report`,
    ),
    R18: native(
      "npx license-db migrate: load, logical replication, cut-over and a way back (parameters.wal_level: logical); or DTS",
    ),
    R19: otherwise(
      "the service upgrades into a new instance beside the old one (an explicit step, rehearsed the same way), which the stack then takes up",
    ),
    R20: native("one stack per environment; vendor, size, backups and alerts are its configuration"),
    R21: native(
      "the policy pack in policy/ judges every preview (npm run policy, CI); the gate refuses to replace or delete what holds data",
    ),
  };
}

function topology({ replicas, highAvailability }: Spec, { network }: AlicloudOptions): Capability {
  const standby = highAvailability
    ? "a primary with a standby in a second zone that cannot be read"
    : "one instance in one zone";
  if (replicas === 0) return otherwise(`${standby}; no readable replica, as replicas is 0`);
  return native(
    `${standby}, and ${replicas} read-only instance${replicas === 1 ? "" : "s"}, taking turns in ${network.zones.length > 0 ? "the zones of alicloud.network.zones" : "the region's further zones first"}`,
  );
}

function failover({ highAvailability, synchronousReplication }: Spec): Capability {
  if (!highAvailability) {
    return otherwise(
      "no standby, as highAvailability is false: the service restarts a failed instance; a lost disk costs a restore from the last backup",
    );
  }
  const managed = "the service's own failover to the standby instead of Patroni, about 30 s";
  return synchronousReplication
    ? otherwise(
        `${managed}; replication to the standby starts asynchronous, and what was committed last may be lost: the provider cannot set synchronousReplication; a command can, see docs/alicloud.md`,
      )
    : native(managed);
}

function entryPoint(spec: Spec, options: AlicloudOptions): Capability {
  const own = "writer and reader are the instances' own names, whose certificates can be verified";
  if (!hasProxy(spec, options))
    return otherwise(`${own}; no pooler: alicloud.proxy adds the service's as a further endpoint`);
  return otherwise(
    `${own}; the database proxy (pooling, reads parted from writes) is the endpoint proxy, without TLS that a client can verify`,
  );
}

function encryption(spec: Spec, options: AlicloudOptions): Capability {
  const { atRest, keyRotation } = spec.encryption;
  const forced = hasProxy(spec, options)
    ? "TLS offered but not forced, as the proxy may speak plain text to the instance"
    : "TLS forced on the primary; replicas offer it, and the provider cannot force it there";
  const disks = atRest
    ? `disks and backups encrypted with a customer-managed KMS key that rotates every ${formatDuration(keyRotation)}`
    : "disks not encrypted with a key of yours, as encryption.atRest is false";
  return otherwise(`${forced}; ${disks}${options.encryption.tde ? ", and TDE" : ""}; pgcrypto installed`);
}

function credentials({ encryption }: Spec, options: AlicloudOptions): Capability {
  const rotation = formatDuration(encryption.passwordRotation);
  const rotated =
    options.encryption.kmsInstanceId === undefined
      ? `rotated by \`up\` with another alicloud.encryption.passwordsSince, and \`up\` says when they are older than ${rotation}: only a KMS instance rotates by itself`
      : `the application's rotated by KMS every ${rotation}, the administrator's by alicloud.encryption.passwordsSince`;
  return otherwise(`generated, secret in the state; ${rotated}; RDS for PostgreSQL has no login by RAM role`);
}

function backups({ backups, highAvailability }: Spec, { archive }: AlicloudOptions): Capability {
  const kept = formatDuration(backups.archiveRetention);
  const daily = `daily, kept ${formatDuration(backups.retention)}${highAvailability ? `; point in time within ${formatDuration(Math.max(backups.pointInTimeRecovery, WEEK))}` : "; point in time as the service does it without a standby"}`;
  if (archive.method === "crossRegion" && backups.archiveRetention > 0) {
    return otherwise(
      `${daily}; every backup copied to ${archive.region} and kept ${kept}, in place of one a month, and after the database is deleted`,
    );
  }
  const monthly =
    backups.archiveRetention === 0
      ? "no archive, as archiveRetention is 0"
      : `a verified pg_dump a month to an encrypted bucket, kept ${kept}`;
  const last = backups.finalBackup
    ? "destroy takes a last dump before anything is deleted, and stops where that fails"
    : "nothing kept on deletion beyond the recycle bin's 8 days";
  return otherwise(`${daily}; ${monthly}; ${last}`);
}

const WEEK = 7 * 86_400;

/** Alerts that CloudMonitor measures beside R16's. */
const MORE = Object.values(alicloudAlerts).filter(({ by }) => by === "metric").length - 4;

function alerts({ alerts: { contacts }, replicas }: Spec): Capability {
  const which = replicas > 0 ? `R16's four and ${MORE} more` : "CPU, memory and disk; no lag without a replica";
  if (contacts.length === 0) {
    return otherwise(`${which}, as CloudMonitor rules, but alerts.contacts is empty: nobody is told`);
  }
  const told = `${which}, as CloudMonitor rules for each member, and what RDS reports, by mail, DingTalk or webhook; each mail contact must confirm once`;
  return replicas > 0 ? native(told) : otherwise(told);
}
