import type { VendorName } from "./facts/kinds";

/** Why no rule decides a control. */
export type Undecided =
  /** Whatever a program says, it holds. */
  | { readonly by: "construction"; readonly why: string }
  /** Another rule reaches the same end by other means. */
  | { readonly by: "another way"; readonly why: string }
  /** No resource of a program says it. */
  | { readonly by: "nobody"; readonly why: string };

/** A public control that concerns such a database. */
export interface Control {
  /** As rules name it: "Security Hub RDS.3". */
  readonly id: string;
  readonly vendor: Exclude<VendorName, "local">;
  /** What it asks for. */
  readonly asks: string;
  /** Absent: at least one rule has it among its controls. */
  readonly undecided?: Undecided;
}

type Rows = Readonly<Record<string, string | readonly [asks: string, undecided: Undecided]>>;

const construction = (why: string): Undecided => ({ by: "construction", why });
const anotherWay = (why: string): Undecided => ({ by: "another way", why });
const nobody = (why: string): Undecided => ({ by: "nobody", why });

const PORT = anotherWay("R10 fixes port 5432, and who reaches it is ingress-narrow's question; a port hides nothing");
const TDE = anotherWay(
  "storage-encrypted and storage-key-own ask for the disks' encryption with an own key; TDE cannot be switched off again",
);

const securityHub: Rows = {
  "RDS.1": "snapshots are private",
  "RDS.2": "instances are not public",
  "RDS.3": "instances are encrypted at rest",
  "RDS.4": "snapshots are encrypted",
  "RDS.5": "instances have several zones",
  "RDS.6": "enhanced monitoring",
  "RDS.7": "clusters have deletion protection",
  "RDS.8": "instances have deletion protection",
  "RDS.9": "instances send their logs to CloudWatch",
  "RDS.10": "IAM authentication of instances",
  "RDS.11": "backups of instances are kept at least 7 days",
  "RDS.12": "IAM authentication of clusters",
  "RDS.13": "minor versions of instances are upgraded automatically",
  "RDS.15": "clusters have several zones",
  "RDS.16": "clusters of Aurora copy tags to snapshots",
  "RDS.17": "instances copy tags to snapshots",
  "RDS.18": "instances are in a VPC",
  "RDS.19": "critical events of clusters are told",
  "RDS.20": "critical events of instances are told",
  "RDS.21": "critical events of parameter groups are told",
  "RDS.22": [
    "critical events of database security groups are told",
    construction("such groups are of EC2-Classic, which is no more"),
  ],
  "RDS.23": ["another port than the engine's own", PORT],
  "RDS.24": "clusters have an administrator's name of their own",
  "RDS.25": "instances have an administrator's name of their own",
  "RDS.26": "instances are in a backup plan",
  "RDS.27": "clusters are encrypted at rest",
  "RDS.28": "clusters are tagged",
  "RDS.29": "cluster snapshots are tagged",
  "RDS.30": "instances are tagged",
  "RDS.31": "security groups are tagged",
  "RDS.32": "snapshots are tagged",
  "RDS.33": "subnet groups are tagged",
  "RDS.35": "minor versions of clusters are upgraded automatically",
  "RDS.36": "instances of PostgreSQL send their logs to CloudWatch",
  "RDS.38": "instances of PostgreSQL force TLS",
  "RDS.43": "proxies force TLS",
  "RDS.46": "instances are not in public subnets",
  "RDS.47": "clusters of PostgreSQL copy tags to snapshots",
  "RDS.50": "backups of clusters are kept at least 7 days",
  "KMS.4": "keys rotate",
  "SecretsManager.1": "secrets rotate automatically",
  "SecretsManager.2": ["rotations succeed", nobody("whether a rotation succeeded shows afterwards alone")],
  "SecretsManager.3": ["no secret is unused", nobody("who reads a secret shows afterwards alone")],
  "SecretsManager.4": "secrets rotate within a number of days",
  "Backup.1": "recovery points are encrypted",
  "CloudWatch.15": "alarms have an action",
  "CloudWatch.16": "logs are kept for a time",
  "CloudWatch.17": "alarms' actions are active",
  "EC2.2": "default security groups let nothing through",
  "EC2.6": "VPCs have flow logs",
  "EC2.13": "no SSH from everywhere",
  "EC2.18": "only authorized ports from everywhere",
  "EC2.19": "no high-risk port from everywhere",
};

const checkovAws: Rows = {
  CKV_AWS_7: "keys rotate",
  CKV_AWS_16: "instances are encrypted at rest",
  CKV_AWS_17: "instances are not public",
  CKV_AWS_23: "security groups and their rules are described",
  CKV_AWS_24: "no SSH from everywhere",
  CKV_AWS_25: "no remote desktop from everywhere",
  CKV_AWS_26: "topics are encrypted",
  CKV_AWS_33: "key policies have no wildcard principal",
  CKV_AWS_60: "roles can be assumed by named services",
  CKV_AWS_61: "roles cannot be assumed by all services",
  CKV_AWS_62: "no policy allows everything",
  CKV_AWS_63: "no policy allows every action",
  CKV_AWS_66: "logs are kept for a time",
  CKV_AWS_96: "clusters are encrypted at rest",
  CKV_AWS_118: "enhanced monitoring",
  CKV_AWS_129: "instances' logs are enabled",
  CKV_AWS_130: "subnets give no public address",
  CKV_AWS_133: "backups are kept",
  CKV_AWS_139: "clusters have deletion protection",
  CKV_AWS_146: "cluster snapshots are encrypted",
  CKV_AWS_149: "secrets are encrypted with an own key",
  CKV_AWS_157: "instances have several zones",
  CKV_AWS_158: "logs are encrypted with an own key",
  CKV_AWS_161: "IAM authentication of instances",
  CKV_AWS_162: "IAM authentication of clusters",
  CKV_AWS_166: "backup vaults are encrypted with an own key",
  CKV_AWS_169: "topic policies are not public",
  CKV_AWS_198: [
    "no database security group",
    construction("such groups are of EC2-Classic, and the provider has none any more"),
  ],
  CKV_AWS_211: "the certificates' authority is a recent one",
  CKV_AWS_226: "minor versions are upgraded automatically",
  CKV_AWS_227: "keys are enabled",
  CKV_AWS_245: "backups copied to another region are encrypted with an own key",
  CKV_AWS_260: "no HTTP from everywhere",
  CKV_AWS_277: "not every port from everywhere",
  CKV_AWS_286: "no policy allows to gain rights",
  CKV_AWS_287: "no policy exposes credentials",
  CKV_AWS_288: "no policy allows to carry data away",
  CKV_AWS_289: "no policy manages rights without limits",
  CKV_AWS_290: "no policy writes without limits",
  CKV_AWS_293: "instances have deletion protection",
  CKV_AWS_302: "snapshots are not public",
  CKV_AWS_304: "secrets rotate within 90 days",
  CKV_AWS_313: "clusters copy tags to snapshots",
  CKV_AWS_319: "alarms' actions are active",
  CKV_AWS_324: "clusters' logs are exported",
  CKV_AWS_327: "clusters are encrypted with an own key",
  CKV_AWS_338: "logs are kept for a year",
  CKV_AWS_353: "Performance Insights are on",
  CKV_AWS_354: "Performance Insights are encrypted with an own key",
  CKV_AWS_355: "no policy names every resource",
  CKV_AWS_382: "not everything is let out to everywhere",
  CKV_AWS_385: "topic policies let nobody across accounts",
  CKV2_AWS_5: "security groups are attached",
  CKV2_AWS_8: "clusters are in a backup plan",
  CKV2_AWS_11: "VPCs have flow logs",
  CKV2_AWS_12: "default security groups let nothing through",
  CKV2_AWS_30: "queries are logged",
  CKV2_AWS_57: "secrets rotate automatically",
  CKV2_AWS_60: "instances copy tags to snapshots",
  CKV2_AWS_64: "keys have a policy",
  CKV2_AWS_69: "TLS is forced",
};

const trivy: Rows = {
  "AVD-AWS-0077": "backups are kept",
  "AVD-AWS-0079": "clusters are encrypted at rest",
  "AVD-AWS-0080": "instances are encrypted at rest",
  "AVD-AWS-0133": "Performance Insights are on",
  "AVD-AWS-0176": "IAM authentication",
  "AVD-AWS-0177": "deletion protection",
  "AVD-AWS-0180": "not public",
  "AVD-AWS-0343": "clusters have deletion protection",
};

const prowlerAws: Rows = {
  rds_cluster_backtrack_enabled: ["backtracking", construction("Aurora MySQL alone has it")],
  rds_cluster_copy_tags_to_snapshots: "clusters copy tags to snapshots",
  rds_cluster_critical_event_subscription: "critical events of clusters are told",
  rds_cluster_default_admin: "clusters have an administrator's name of their own",
  rds_cluster_deletion_protection: "clusters have deletion protection",
  rds_cluster_iam_authentication_enabled: "IAM authentication of clusters",
  rds_cluster_integration_cloudwatch_logs: "clusters' logs are exported",
  rds_cluster_minor_version_upgrade_enabled: "minor versions of clusters are upgraded automatically",
  rds_cluster_multi_az: "clusters have several zones",
  rds_cluster_non_default_port: ["another port than the engine's own", PORT],
  rds_cluster_protected_by_backup_plan: "clusters are in a backup plan",
  rds_cluster_storage_encrypted: "clusters are encrypted at rest",
  rds_instance_backup_enabled: "backups of instances are kept",
  rds_instance_certificate_expiration: [
    "certificates do not expire soon",
    nobody("when a certificate expires is RDS's to say; certificate-authority asks for a recent authority"),
  ],
  rds_instance_copy_tags_to_snapshots: "instances copy tags to snapshots",
  rds_instance_critical_event_subscription: "critical events of instances are told",
  rds_instance_default_admin: "instances have an administrator's name of their own",
  rds_instance_deletion_protection: "instances have deletion protection",
  rds_instance_deprecated_engine_version: "the engine's version is supported",
  rds_instance_enhanced_monitoring_enabled: "enhanced monitoring",
  rds_instance_event_subscription_parameter_groups: "critical events of parameter groups are told",
  rds_instance_event_subscription_security_groups: [
    "critical events of database security groups are told",
    construction("such groups are of EC2-Classic, which is no more"),
  ],
  rds_instance_extended_support: [
    "no paid extended support",
    anotherWay("supported-version refuses what needs it; the rest is a matter of cost"),
  ],
  rds_instance_iam_authentication_enabled: "IAM authentication of instances",
  rds_instance_inside_vpc: "instances are in a VPC",
  rds_instance_integration_cloudwatch_logs: "instances' logs are exported",
  rds_instance_minor_version_upgrade_enabled: "minor versions of instances are upgraded automatically",
  rds_instance_multi_az: "instances have several zones",
  rds_instance_no_public_access: "instances are not public",
  rds_instance_non_default_port: ["another port than the engine's own", PORT],
  rds_instance_protected_by_backup_plan: "instances are in a backup plan",
  rds_instance_storage_encrypted: "instances are encrypted at rest",
  rds_instance_transport_encrypted: "TLS is forced",
  rds_snapshots_encrypted: "snapshots are encrypted",
  rds_snapshots_public_access: "snapshots are not public",
};

const checkovAlibaba: Rows = {
  CKV_ALI_9: "no whitelist lets everybody in",
  CKV_ALI_20: "instances speak TLS",
  CKV_ALI_22: ["transparent data encryption", TDE],
  CKV_ALI_25: "SQL is audited for at least 180 days",
  CKV_ALI_27: "keys rotate",
  CKV_ALI_28: "keys are enabled",
  CKV_ALI_30: "minor versions are upgraded automatically",
  CKV_ALI_35: "log_duration is on",
  CKV_ALI_36: "log_disconnections is on",
  CKV_ALI_37: "log_connections is on",
  CKV_ALI_38: "SQL is audited",
};

const cisAlibaba: Rows = {
  "3.3": "VPCs have flow logs",
  "3.5": "security groups are fine-grained",
  "6.1": "clients must use TLS",
  "6.2": "no instance is open to the world",
  "6.3": "SQL is audited",
  "6.4": "audits are kept for more than 180 days",
  "6.5": ["transparent data encryption", TDE],
  "6.6": "the encryption's key is the customer's own",
  "6.7": "log_connections is on",
  "6.8": "log_disconnections is on",
  "6.9": "log_duration is on",
};

const prowlerAlibaba: Rows = {
  rds_instance_no_public_access_whitelist: "no whitelist lets everybody in",
  rds_instance_postgresql_log_connections_enabled: "log_connections is on",
  rds_instance_postgresql_log_disconnections_enabled: "log_disconnections is on",
  rds_instance_postgresql_log_duration_enabled: "log_duration is on",
  rds_instance_sql_audit_enabled: "SQL is audited",
  rds_instance_sql_audit_retention: "audits are kept for more than 180 days",
  rds_instance_ssl_enabled: "instances speak TLS",
  rds_instance_tde_enabled: ["transparent data encryption", TDE],
  rds_instance_tde_key_custom: "the encryption's key is the customer's own",
};

const listed = (vendor: Control["vendor"], pack: string, rows: Rows): readonly Control[] =>
  Object.entries(rows).map(([name, row]) => {
    const id = `${pack} ${name}`;
    return typeof row === "string" ? { id, vendor, asks: row } : { id, vendor, asks: row[0], undecided: row[1] };
  });

/**
 * The public controls that concern a PostgreSQL database of RDS and what stands around it: AWS Foundational Security Best
 * Practices (Security Hub), CIS Alibaba Cloud Foundation Benchmark 2.0, Checkov, Trivy, Prowler.
 */
export const controls: readonly Control[] = [
  ...listed("aws", "Security Hub", securityHub),
  ...listed("aws", "Checkov", checkovAws),
  ...listed("aws", "Trivy", trivy),
  ...listed("aws", "Prowler", prowlerAws),
  ...listed("alicloud", "CIS Alibaba", cisAlibaba),
  ...listed("alicloud", "Checkov", checkovAlibaba),
  ...listed("alicloud", "Prowler", prowlerAlibaba),
];
