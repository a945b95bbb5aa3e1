import type { Spec } from "../spec/spec";
import { formatDuration } from "../spec/units";
import type { Capability, RequirementId } from "../vendor";
import { awsAlerts } from "./alerts";
import { iamUsername } from "./iamRole";
import type { AwsOptions } from "./options";
import { topologyOf } from "./topology";

const native = (note: string): Capability => ({ status: "native", note });
const otherwise = (note: string): Capability => ({ status: "otherwise", note });

/** What RDS does, and does otherwise, for each requirement. */
export function awsCapabilities(spec: Spec, options: AwsOptions): Record<RequirementId, Capability> {
  const cluster = topologyOf(spec) === "cluster";
  const replicated = cluster || spec.highAvailability;
  return {
    R1: native("PostgreSQL 15; 15.4 is no longer sold, RDS gives the newest minor version of 15 it has"),
    R2: native("vCPU and memory choose the instance class, storage the volume of each member; see aws.instanceClass"),
    R3: cluster
      ? native("RDS Multi-AZ DB cluster: a writer and two readable standbys in three availability zones")
      : otherwise(
          `one RDS instance${replicated ? " with a standby in a second zone that cannot be read" : " in one zone"}: no readable replica, as replicas is 0`,
        ),
    R4: failover(cluster, spec),
    R5: entryPoint(cluster, options),
    R6: native("in a parameter group, in RDS's own units; the output parameters says what became of each"),
    R7: native("in a parameter group, in RDS's own units; the output parameters says what became of each"),
    R8: native("in a parameter group; the output parameters says what became of each"),
    R9: otherwise(
      "RDS owns listen_addresses, hot_standby and wal_level (logical through rds.logical_replication); the rest is in the parameter group",
    ),
    R10: native(
      "database, role and port as asked; TLS verified against the output caCertificate, which fits every endpoint",
    ),
    R11: native(
      "subnets without a way to the internet, never public; the security group lets in the listed CIDR blocks and groups alone",
    ),
    R12: native(
      `TLS forced; storage, snapshots, logs and secrets encrypted with customer-managed KMS keys that rotate every ${formatDuration(spec.encryption.keyRotation)}; pgcrypto installed`,
    ),
    R13: native(
      `Secrets Manager generates and rotates the passwords every ${formatDuration(spec.encryption.passwordRotation)}; IAM authentication as ${iamUsername(spec.access.username)}; no plain-text password in code, configuration or state`,
    ),
    R14: backups(cluster, spec),
    R15: cluster
      ? native("CloudWatch, enhanced monitoring, Performance Insights and PostgreSQL's log, on one dashboard")
      : otherwise(
          "CloudWatch, enhanced monitoring, Performance Insights and PostgreSQL's log, on one dashboard; no replication lag without a replica",
        ),
    R16: alerts(cluster, spec),
    R17: otherwise(
      `window in UTC from the stack's time zone, so it moves by an hour with summer time; minor versions ${spec.maintenance.minorVersions}; Performance Insights instead of a monthly report`,
    ),
    R18: native(
      "npx license-db migrate: load, logical replication, cut-over and a way back (parameters.wal_level: logical); or DMS",
    ),
    R19: cluster
      ? otherwise(
          "in place, by a change of the spec in two steps, rehearsed on a restored snapshot; blue/green deployments do not know Multi-AZ clusters",
        )
      : native("in place by pg_upgrade, by a change of the spec in two steps, rehearsed on a restored snapshot"),
    R20: native("one stack per environment; vendor, size, backups and alerts are its configuration"),
    R21: native(
      "the policy pack in policy/ judges every preview (npm run policy, CI); the gate refuses to replace or delete what holds data",
    ),
  };
}

function failover(cluster: boolean, spec: Spec): Capability {
  if (!cluster) {
    return spec.highAvailability
      ? native("automatic to the standby, typically in 60 to 120 s; the standby is synchronous, so nothing is lost")
      : otherwise(
          "no standby, as highAvailability is false: RDS restarts a failed instance; a lost volume costs a restore, and up to 5 minutes of work",
        );
  }
  const managed = "RDS's own failover instead of Patroni, typically under 35 s";
  return spec.synchronousReplication
    ? native(`${managed}; a commit waits for one of the two standbys, so nothing that was acknowledged is lost`)
    : otherwise(`${managed}; RDS always waits for one standby, so synchronousReplication: false changes nothing`);
}

function entryPoint(cluster: boolean, { proxy }: AwsOptions): Capability {
  if (!proxy) {
    return otherwise(
      cluster
        ? "RDS's own writer and reader endpoints; no pooler, as aws.proxy is false"
        : "the instance's own endpoint for both; no pooler, as aws.proxy is false",
    );
  }
  return cluster
    ? native("RDS Proxy, a writer and a read-only endpoint, TLS required; its clientConnections are not limited")
    : otherwise("RDS Proxy, TLS required; one endpoint for reads and writes, as there is no readable replica");
}

function backups(cluster: boolean, { backups }: Spec): Capability {
  const daily = `daily, and any point in time, for ${formatDuration(backups.retention)} (RDS keeps one figure for both)`;
  const archive =
    backups.archiveRetention === 0
      ? "no monthly archive, as archiveRetention is 0"
      : `monthly by AWS Backup in a vault of its own, for ${formatDuration(backups.archiveRetention)}`;
  return native(
    `${daily}; ${archive}${cluster ? "; a Multi-AZ cluster's snapshots cannot be copied to another region" : ""}`,
  );
}

/** Alerts that CloudWatch measures beside R16's. */
const MORE = Object.values(awsAlerts).filter(({ by }) => by === "metric").length - 4;

function alerts(cluster: boolean, { alerts: { contacts } }: Spec): Capability {
  const which = cluster ? `R16's four and ${MORE} more` : "CPU, memory and disk; no lag without a replica";
  if (contacts.length === 0)
    return otherwise(`${which}, as CloudWatch alarms, but alerts.contacts is empty: nobody is told`);
  const told = `${which}, as CloudWatch alarms for each member, and what RDS reports, through SNS; each e-mail contact must confirm once`;
  return cluster ? native(told) : otherwise(told);
}
