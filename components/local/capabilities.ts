import type { Spec } from "../spec/spec";
import type { Capability, RequirementId } from "../vendor";
import { isOpen } from "./network";
import type { LocalOptions } from "./options";
import { repositoryTarget } from "./repositories";

const native = (note: string): Capability => ({ status: "native", note });
const otherwise = (note: string): Capability => ({ status: "otherwise", note });
const impossible = (note: string): Capability => ({ status: "not possible", note });

/** What one machine can and cannot do for each requirement. */
export function localCapabilities(spec: Spec, options: LocalOptions): Record<RequirementId, Capability> {
  const daily = repositoryTarget(options.repositories.daily);
  const archive = repositoryTarget(options.repositories.archive);
  const elsewhere = daily !== undefined && (archive !== undefined || spec.backups.archiveRetention === 0);
  return {
    R1: native(`PostgreSQL ${spec.engine.major}, the newest minor version the machine's package source has`),
    R2: otherwise(
      "the machine is as large as it is: memory parameters are scaled to it, disk is checked, vCPU are not limited",
    ),
    R3: otherwise(
      `${spec.replicas} readable replicas and split reads, all on one machine: one failure domain, no second zone, no second disk`,
    ),
    R4: native(
      "Patroni with etcd; a dead primary's lease is released once its death is proven; the machine itself has no stand-in",
    ),
    R5: native("PgBouncer at a writer and a reader port; HAProxy for whole sessions (output endpoints)"),
    R6: native("set by Patroni on every member; scaled below 22 GB of memory, see the output parameters"),
    R7: native("set by Patroni on every member; less WAL on a disk under 40 GB, see the output parameters"),
    R8: native("set by Patroni on every member"),
    R9: isOpen(spec)
      ? native("set by Patroni on every member")
      : otherwise("listen_addresses is loopback: nobody else is let in (access.allowedCidrs)"),
    R10: native("database, role and ports as asked; the pool's figures are in the README's example"),
    R11: otherwise(
      isOpen(spec)
        ? "pg_hba and the poolers let only the listed CIDR blocks in; a host firewall is the machine's own business"
        : "listens on loopback only; there is no VPC on one machine",
    ),
    R12: spec.encryption.atRest
      ? otherwise(
          "TLS forced, pgcrypto installed; the folder was found to lie on an encrypted (dm-crypt) volume, whose key rotates by the machine's own means",
        )
      : otherwise(
          "TLS forced, backups encrypted, pgcrypto installed; storage is encrypted only where the machine's file system is",
        ),
    R13: otherwise(
      "generated, kept encrypted in the state; the cluster's own roles have certificates and no password; no role service on one machine",
    ),
    R14: elsewhere
      ? native("pgBackRest: daily full backups, WAL, monthly archive, in repositories outside this machine")
      : otherwise(
          "pgBackRest: daily full backups, WAL, monthly archive; on this machine's own disk unless license-db:local.repositories names another place: no protection against the loss of the machine",
        ),
    ...watching(spec, options),
    R17: otherwise(
      "no service changes versions by itself: a new minor version is taken with the machine's packages and a rolling restart",
    ),
    R18: native(
      "npx license-db migrate: load, logical replication, cut-over and a way back (parameters.wal_level: logical)",
    ),
    R19: native(
      "npx license-db upgrade: rehearsed on a restored copy, then pg_upgrade, with a way back while the old data is kept",
    ),
    R20: native("one stack per environment"),
    R21: native(
      "the policy pack in policy/ judges every preview (npm run policy, CI); the gate refuses to replace or delete what holds data",
    ),
  };
}

/** R15 and R16: what watches, and whether anybody is told. */
function watching(spec: Spec, { monitoring }: LocalOptions): Record<"R15" | "R16", Capability> {
  if (monitoring.enabled === false) {
    return {
      R15: impossible(
        "switched off by local.monitoring.enabled; pg_stat_statements, Patroni and HAProxy collect for whoever asks them",
      ),
      R16: impossible("switched off by local.monitoring.enabled; refresh reports what is down or drifted"),
    };
  }
  const told = spec.alerts.contacts.length > 0;
  return {
    R15: native(
      "Prometheus with postgres_exporter, node_exporter and a look of our own at each member, Patroni, HAProxy and PgBouncer; a Grafana dashboard to import",
    ),
    R16: told
      ? native("the whole list as Prometheus rules; Alertmanager tells by mail, webhook, Slack or DingTalk")
      : otherwise("the whole list as Prometheus rules; nobody is told until alerts.contacts names somebody"),
  };
}
