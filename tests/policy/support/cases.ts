import { UNKNOWN, type Value } from "../../../policy/facts/resource";

type Inputs = Readonly<Record<string, Value>>;

/** One rule about one resource: one that passes, and what breaks it. As people write it without our component. */
export interface Case {
  readonly rule: string;
  readonly type: string;
  readonly good: Inputs;
  /** Each replaces some of `good`; null takes a property out. */
  readonly bad: readonly Inputs[];
  /** Types that are bad whatever they say. */
  readonly badTypes?: readonly string[];
}

const KEY = "arn:aws:kms:eu-central-1:123456789012:key/1";
const SERVICE_KEY = "arn:aws:kms:eu-central-1:123456789012:alias/aws/rds";

const CLUSTER = "aws:rds/cluster:Cluster";
const INSTANCE = "aws:rds/instance:Instance";
const cluster: Inputs = {
  engine: "postgres",
  engineVersion: "15",
  dbClusterInstanceClass: "db.m6gd.xlarge",
  allocatedStorage: 200,
  storageEncrypted: true,
  kmsKeyId: KEY,
  performanceInsightsEnabled: true,
  performanceInsightsKmsKeyId: KEY,
  dbSubnetGroupName: "subnets",
  vpcSecurityGroupIds: ["sg-1"],
  backupRetentionPeriod: 15,
  deletionProtection: true,
  skipFinalSnapshot: false,
  finalSnapshotIdentifier: "last",
  deleteAutomatedBackups: false,
  iamDatabaseAuthenticationEnabled: true,
  masterUsername: "licensemaster",
  manageMasterUserPassword: true,
  masterUserSecretKmsKeyId: KEY,
  caCertificateIdentifier: "rds-ca-rsa2048-g1",
  enabledCloudwatchLogsExports: ["postgresql"],
  monitoringInterval: 60,
  autoMinorVersionUpgrade: true,
  copyTagsToSnapshot: true,
  tags: { owner: "licenses" },
  preferredMaintenanceWindow: "sat:18:00-sat:20:00",
  preferredBackupWindow: "16:00-17:00",
  dbClusterParameterGroupName: "own",
};
const instance: Inputs = {
  engine: "postgres",
  engineVersion: "15.15",
  instanceClass: "db.m6g.xlarge",
  publiclyAccessible: false,
  multiAz: true,
};

/** What is no number of days that anybody means. */
const NO_DAYS: readonly Value[] = [
  0,
  -1,
  -15,
  null,
  "15",
  "",
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  0.5,
  1e9,
  true,
  [],
];
const each = (name: string, values: readonly Value[]): Inputs[] => values.map((value) => ({ [name]: value }));

const ofCluster = (rule: string, ...bad: Inputs[]): Case => ({ rule, type: CLUSTER, good: cluster, bad });

const GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup";
const settings: Readonly<Record<string, string>> = {
  "rds.force_ssl": "1",
  "rds.accepted_password_auth_method": "scram",
  password_encryption: "scram-sha-256",
  log_connections: "1",
  log_disconnections: "1",
  log_min_duration_statement: "1000",
  hot_standby_feedback: "1",
  max_wal_senders: "10",
  max_replication_slots: "10",
};
const parameters = (changed: Readonly<Record<string, string | undefined>> = {}): Inputs => ({
  family: "postgres15",
  parameters: Object.entries({ ...settings, ...changed }).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value, applyMethod: "immediate" }],
  ),
});
const ofParameters = (rule: string, ...bad: Readonly<Record<string, string | undefined>>[]): Case => ({
  rule,
  type: GROUP,
  good: parameters(),
  bad: bad.map((changed) => parameters(changed)),
});

const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const ingress: Inputs = {
  securityGroupId: "sg-1",
  cidrIpv4: "10.0.0.0/16",
  ipProtocol: "tcp",
  fromPort: 5432,
  toPort: 5432,
  description: "PostgreSQL from the applications",
};
const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
const group: Inputs = {
  description: "The database",
  vpcId: "vpc-1",
  ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: ["10.0.0.0/16"], description: "PostgreSQL" }],
  egress: [{ protocol: "tcp", fromPort: 443, toPort: 443, securityGroups: ["sg-2"], description: "Secrets" }],
};
const inline = (list: "ingress" | "egress", changed: Readonly<Record<string, Value>>): Inputs => {
  const [first] = group[list] as readonly Readonly<Record<string, Value>>[];
  return { [list]: [{ ...first, ...changed }] };
};

const statement = (changed: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::123456789012:root" },
        Action: "kms:*",
        Resource: "*",
        ...changed,
      },
    ],
  });
const OPEN_DOCUMENTS: readonly Inputs[] = [
  { Principal: "*" },
  { Principal: { AWS: "*" } },
  { Principal: { AWS: ["arn:aws:iam::123456789012:root", "*"] } },
  { Principal: undefined, NotPrincipal: { AWS: "arn:aws:iam::123456789012:root" } },
  { Principal: "*", Condition: { Bool: { "aws:SecureTransport": "true" } } },
  { Principal: "*", Condition: { StringNotEquals: { "aws:PrincipalAccount": "1" } } },
  { Principal: "*", Condition: { StringEqualsIfExists: { "aws:SourceAccount": "1" } } },
].map((changed) => ({ policy: statement(changed) }));
const UNREADABLE: readonly Inputs[] = [{ policy: "{" }, { policy: "[]" }, { policy: "{}" }];

const KEY_TYPE = "aws:kms/key:Key";
const key: Inputs = {
  enableKeyRotation: true,
  rotationPeriodInDays: 365,
  deletionWindowInDays: 30,
  policy: statement({}),
};

const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const alarm: Inputs = {
  metricName: "CPUUtilization",
  namespace: "AWS/RDS",
  statistic: "Average",
  comparisonOperator: "GreaterThanThreshold",
  threshold: 80,
  period: 60,
  evaluationPeriods: 5,
  dimensions: { DBInstanceIdentifier: "database" },
  alarmActions: ["arn:aws:sns:eu-central-1:123456789012:alerts"],
};

/** As the program writes them for one machine. */
const thresholds = {
  cpu: { above: 80, for: 300 },
  memory: { above: 85, for: 180 },
  disk: { above: 85, for: 0 },
  replicationLag: { above: 30, for: 0 },
  connections: { above: 80, for: 300 },
};

const plan = (rule: Readonly<Record<string, Value>>): Inputs => ({
  rules: [
    {
      ruleName: "monthly",
      targetVaultName: "vault",
      schedule: "cron(0 6 1 * ? *)",
      lifecycle: { deleteAfter: 365 },
      ...rule,
    },
  ],
});
const trust = (changed: Readonly<Record<string, unknown>>): Inputs => ({
  assumeRolePolicy: statement({ Principal: { Service: "rds.amazonaws.com" }, Action: "sts:AssumeRole", ...changed }),
});
const rights = (changed: Readonly<Record<string, unknown>>): Inputs => ({
  policy: statement({
    Principal: undefined,
    Action: ["rds-db:connect"],
    Resource: "arn:aws:rds-db:*:*:dbuser:x/y",
    ...changed,
  }),
});

const APSARA = "alicloud:rds/instance:Instance";
const asksByTls: Value = {
  type: "hostssl",
  priorityId: 1,
  database: "all",
  user: "all",
  address: "all",
  method: "md5",
};
const apsara: Inputs = {
  engine: "PostgreSQL",
  engineVersion: "15.0",
  category: "HighAvailability",
  sslAction: "Open",
  pgHbaConfs: [asksByTls],
  sqlCollectorStatus: "Enabled",
  sqlCollectorConfigValue: 180,
  autoUpgradeMinorVersion: "Auto",
};
const ofApsara = (rule: string, ...bad: Inputs[]): Case => ({ rule, type: APSARA, good: apsara, bad });
/** pg_hba.conf, whose first row asks everybody for what RDS asks for by itself. */
const rows = (...others: readonly Readonly<Record<string, Value>>[]): Inputs => ({
  pgHbaConfs: [asksByTls, ...others.map((other) => ({ ...(asksByTls as object), ...other }))],
});

const scramOnly: Value = {
  authScheme: "SECRETS",
  secretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:one",
  iamAuth: "DISABLED",
  clientPasswordAuthType: "POSTGRES_SCRAM_SHA_256",
};
const login = (changed: Readonly<Record<string, Value>>): Inputs => ({
  auths: [{ ...(scramOnly as object), ...changed }],
});

const CLUSTER_HERE = "localpg:index:Cluster";
const archiving: Readonly<Record<string, Value>> = {
  archive_mode: "on",
  archive_command: "pgbackrest --stanza=license archive-push %p",
};
const here = (changed: Readonly<Record<string, Value>> = {}): Inputs => ({
  memberCount: 3,
  parameters: { ...archiving, ...changed },
});

/** A case at least for each rule about a resource, on a vendor that has it. */
export const cases: readonly Case[] = [
  ofCluster("storage-encrypted", ...each("storageEncrypted", [false, null, "true", 1, "false"])),
  {
    rule: "storage-encrypted",
    type: INSTANCE,
    good: { ...instance, storageEncrypted: true },
    bad: each("storageEncrypted", [false, null]),
  },
  ofCluster("storage-key-own", ...each("kmsKeyId", [null, "", SERVICE_KEY, "alias/aws/rds"])),
  ofCluster("insights-key-own", ...each("performanceInsightsKmsKeyId", [null, "", SERVICE_KEY])),
  ofCluster("insights-enabled", ...each("performanceInsightsEnabled", [false, null, "true"])),
  {
    rule: "database-not-public",
    type: INSTANCE,
    good: instance,
    bad: each("publiclyAccessible", [true, "false", "true"]),
  },
  {
    rule: "database-not-public",
    type: "aws:rds/clusterInstance:ClusterInstance",
    good: { engine: "aurora-postgresql", clusterIdentifier: "one", publiclyAccessible: false },
    bad: each("publiclyAccessible", [true]),
  },
  ofCluster("database-in-network", ...each("dbSubnetGroupName", [null, ""])),
  ofCluster("database-network-groups", ...each("vpcSecurityGroupIds", [null, []])),
  ofCluster("backup-retention", ...each("backupRetentionPeriod", [...NO_DAYS, 14, 1])),
  {
    rule: "backup-retention",
    type: INSTANCE,
    good: { ...instance, backupRetentionPeriod: 35 },
    bad: each("backupRetentionPeriod", [...NO_DAYS, 7]),
  },
  ofCluster("point-in-time-recovery", ...each("backupRetentionPeriod", [...NO_DAYS, 6])),
  ofCluster("deletion-protection", ...each("deletionProtection", [false, null, "true"])),
  ofCluster(
    "final-backup",
    ...each("skipFinalSnapshot", [true, "false"]),
    ...each("finalSnapshotIdentifier", [null, ""]),
  ),
  ofCluster("backups-outlive-database", ...each("deleteAutomatedBackups", [true, null])),
  ofCluster("identity-login", ...each("iamDatabaseAuthenticationEnabled", [false, null])),
  ofCluster("admin-name", ...each("masterUsername", ["postgres", "admin", "Admin", null])),
  ofCluster(
    "admin-password-managed",
    { manageMasterUserPassword: false },
    { manageMasterUserPassword: null, masterPassword: "x" },
    { masterPassword: "x" },
  ),
  ofCluster("admin-password-key-own", ...each("masterUserSecretKmsKeyId", [null, "alias/aws/secretsmanager"])),
  ofCluster("certificate-authority", ...each("caCertificateIdentifier", ["rds-ca-2019", null, ""])),
  ofCluster("logs-exported", ...each("enabledCloudwatchLogsExports", [[], null, ["upgrade"]])),
  ofCluster("enhanced-monitoring", ...each("monitoringInterval", [0, null, 300, "60", -1, Number.NaN])),
  ofCluster(
    "supported-version",
    ...each("engineVersion", ["15.4", "15.14", "14", "14.99", "", null, "latest", "fifteen"]),
  ),
  ofCluster("no-surprise-major-upgrade", ...each("allowMajorVersionUpgrade", [true, "false"])),
  ofCluster("copies-tags", ...each("copyTagsToSnapshot", [false, null])),
  ofCluster("tagged", ...each("tags", [{}, null])),
  { rule: "failover", type: INSTANCE, good: instance, bad: each("multiAz", [false, null, "true"]) },
  ofCluster(
    "maintenance-window",
    ...each("preferredMaintenanceWindow", [
      null,
      "mon:18:00-mon:20:00",
      "sat:18:00-sun:20:00",
      "sat:18:00-sat:18:00",
      "whenever",
    ]),
  ),
  ofCluster("backup-window", ...each("preferredBackupWindow", [null, "18:30-19:00", "17:30-18:30", "at night"])),
  ofCluster("parameter-group-own", ...each("dbClusterParameterGroupName", [null, "default.postgres15"])),

  ofParameters("tls-forced", { "rds.force_ssl": "0" }, { "rds.force_ssl": undefined }, { "rds.force_ssl": "" }),
  ofParameters(
    "scram-passwords",
    { "rds.accepted_password_auth_method": "md5+scram" },
    { "rds.accepted_password_auth_method": undefined },
    { password_encryption: "md5" },
  ),
  ofParameters("log-connections", { log_connections: "0" }, { log_connections: undefined }),
  ofParameters("log-disconnections", { log_disconnections: "0" }, { log_disconnections: undefined }),
  ofParameters("log-durations", { log_min_duration_statement: "-1" }, { log_min_duration_statement: undefined }),
  ofParameters(
    "replication-parameters",
    { hot_standby_feedback: "0" },
    { hot_standby_feedback: undefined },
    { wal_level: "minimal" },
    { max_wal_senders: "2" },
    { max_replication_slots: "0" },
    { max_replication_slots: "many" },
  ),

  {
    rule: "proxy-tls",
    type: "aws:rds/proxy:Proxy",
    good: { engineFamily: "POSTGRESQL", requireTls: true },
    bad: each("requireTls", [false, null, "true"]),
  },
  {
    rule: "proxy-log-quiet",
    type: "aws:rds/proxy:Proxy",
    good: { engineFamily: "POSTGRESQL" },
    bad: each("debugLogging", [true, "false"]),
  },
  {
    rule: "proxy-network-groups",
    type: "aws:rds/proxy:Proxy",
    good: { engineFamily: "POSTGRESQL", vpcSecurityGroupIds: ["sg-1"] },
    bad: each("vpcSecurityGroupIds", [null, []]),
  },

  {
    rule: "key-rotates",
    type: KEY_TYPE,
    good: key,
    bad: [
      ...each("enableKeyRotation", [false, null]),
      ...each("rotationPeriodInDays", [...NO_DAYS.filter((one) => one !== null), 366]),
    ],
  },
  { rule: "key-enabled", type: KEY_TYPE, good: key, bad: each("isEnabled", [false, "true"]) },
  { rule: "key-deletion-delayed", type: KEY_TYPE, good: key, bad: each("deletionWindowInDays", [7, 0, -1, "30"]) },
  { rule: "key-policy", type: KEY_TYPE, good: key, bad: [{ policy: null }, ...OPEN_DOCUMENTS, ...UNREADABLE] },

  {
    rule: "ingress-narrow",
    type: INGRESS,
    good: ingress,
    bad: [
      ...each("cidrIpv4", [
        "0.0.0.0/0",
        "0.0.0.0/1",
        "10.0.0.0/7",
        "11.0.0.0/8",
        "8.8.8.8/32",
        "everybody",
        "10.0.0.0/33",
      ]),
      { cidrIpv4: null, cidrIpv6: "::/0" },
      { cidrIpv6: "2001:db8::/32" },
    ],
  },
  {
    rule: "ingress-narrow",
    type: SECURITY_GROUP,
    good: group,
    bad: [
      inline("ingress", { cidrBlocks: ["10.0.0.0/16", "0.0.0.0/0"] }),
      inline("ingress", { ipv6CidrBlocks: ["::/0"] }),
    ],
  },
  {
    rule: "ingress-narrow",
    type: "aws:ec2/securityGroupRule:SecurityGroupRule",
    good: { type: "ingress", protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: ["10.0.0.0/8"] },
    bad: each("cidrBlocks", [["0.0.0.0/0"]]),
  },
  {
    rule: "ingress-ports",
    type: INGRESS,
    good: ingress,
    bad: [
      { ipProtocol: "-1", fromPort: null, toPort: null },
      { fromPort: 0, toPort: 65_535 },
      { fromPort: null, toPort: null },
    ],
  },
  {
    rule: "egress-narrow",
    type: SECURITY_GROUP,
    good: group,
    bad: [inline("egress", { cidrBlocks: ["0.0.0.0/0"] }), inline("egress", { ipv6CidrBlocks: ["::/0"] })],
  },
  { rule: "network-rule-described", type: INGRESS, good: ingress, bad: each("description", [null, "", " "]) },
  {
    rule: "network-group-described",
    type: SECURITY_GROUP,
    good: group,
    bad: each("description", [null, "", "Managed by Pulumi"]),
  },
  {
    rule: "subnet-private",
    type: "aws:ec2/subnet:Subnet",
    good: { vpcId: "vpc-1" },
    bad: each("mapPublicIpOnLaunch", [true, "false"]),
  },
  {
    rule: "subnets-several",
    type: "aws:rds/subnetGroup:SubnetGroup",
    good: { subnetIds: ["a", "b", "c"] },
    bad: each("subnetIds", [[], ["a"], ["a", "b"], null]),
  },
  {
    rule: "no-internet-route",
    type: "aws:ec2/routeTable:RouteTable",
    good: { routes: [{ cidrBlock: "10.0.0.0/8", gatewayId: "local" }] },
    bad: [{ routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: "igw-1" }] }],
  },
  {
    rule: "no-internet-route",
    type: "aws:ec2/route:Route",
    good: { destinationCidrBlock: "10.0.0.0/8", transitGatewayId: "tgw-1" },
    bad: [{ transitGatewayId: null, gatewayId: "igw-1" }],
  },
  {
    rule: "flow-log-complete",
    type: "aws:ec2/flowLog:FlowLog",
    good: { vpcId: "vpc-1", trafficType: "ALL" },
    bad: each("trafficType", ["REJECT", "ACCEPT", null]),
  },

  {
    rule: "vault-key-own",
    type: "aws:backup/vault:Vault",
    good: { kmsKeyArn: KEY },
    bad: each("kmsKeyArn", [null, "", "alias/aws/backup"]),
  },
  {
    rule: "vault-kept",
    type: "aws:backup/vault:Vault",
    good: { kmsKeyArn: KEY },
    bad: each("forceDestroy", [true, "false"]),
  },
  {
    rule: "copied-backups-retention",
    type: "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    good: { sourceDbInstanceArn: "arn", retentionPeriod: 15 },
    bad: each("retentionPeriod", [...NO_DAYS, 7]),
  },
  {
    rule: "no-continuous-archive",
    type: "aws:backup/plan:Plan",
    good: plan({}),
    bad: [plan({ enableContinuousBackup: true })],
  },
  {
    rule: "snapshot-private",
    type: "aws:rds/snapshot:Snapshot",
    good: { dbInstanceIdentifier: "one" },
    bad: each("sharedAccounts", [["all"], ["210987654321"]]),
  },
  {
    rule: "snapshot-private",
    type: "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy",
    good: { kmsKeyId: KEY },
    bad: each("sharedAccounts", [["all"]]),
  },

  { rule: "alarm-enabled", type: ALARM, good: alarm, bad: each("actionsEnabled", [false, "true"]) },
  { rule: "alarm-tells", type: ALARM, good: alarm, bad: each("alarmActions", [null, []]) },
  {
    rule: "alarm-thresholds",
    type: ALARM,
    good: alarm,
    bad: [
      ...each("threshold", [81, 0, -1, null, "80", Number.NaN]),
      ...each("evaluationPeriods", [6, 0, null]),
      { comparisonOperator: "LessThanThreshold" },
      { period: 300 },
    ],
  },
  {
    rule: "alarm-thresholds",
    type: ALARM,
    good: {
      ...alarm,
      metricName: "FreeableMemory",
      comparisonOperator: "LessThanThreshold",
      threshold: 2 ** 31,
      evaluationPeriods: 3,
    },
    bad: [{ comparisonOperator: "GreaterThanThreshold" }, { threshold: 0 }, { evaluationPeriods: 4 }],
  },
  {
    rule: "alarm-thresholds",
    type: "localpg:index:Monitoring",
    good: { thresholds, interval: 15 },
    bad: [
      ...each("thresholds", [
        ...[81, 0, -1, null, "80", Number.NaN].map((above) => ({ ...thresholds, cpu: { above, for: 300 } })),
        ...[301, -1, null, "300"].map((time) => ({ ...thresholds, cpu: { above: 80, for: time } })),
        { ...thresholds, memory: { above: 86, for: 180 } },
        { ...thresholds, memory: { above: 85, for: 181 } },
        { ...thresholds, disk: { above: 86, for: 0 } },
        { ...thresholds, replicationLag: { above: 31, for: 0 } },
        { ...thresholds, disk: null },
      ]),
      // Where an alert has no time, it is how often anybody looks.
      ...each("interval", [301, 0, -1, null, "15"]),
    ],
  },
  {
    rule: "alert-target-encrypted",
    type: "aws:sns/topic:Topic",
    good: { kmsMasterKeyId: KEY },
    bad: each("kmsMasterKeyId", [null, "", "alias/aws/sns"]),
  },
  {
    rule: "alert-target-policy",
    type: "aws:sns/topic:Topic",
    good: { policy: statement({}) },
    bad: [...OPEN_DOCUMENTS, ...UNREADABLE],
  },
  {
    rule: "event-subscription-enabled",
    type: "aws:rds/eventSubscription:EventSubscription",
    good: { snsTopic: "arn", sourceType: "db-cluster" },
    bad: [...each("enabled", [false, "true"]), { snsTopic: null }, { snsTopic: "" }],
  },
  {
    rule: "event-subscription-enabled",
    type: "alicloud:cms/eventRule:EventRule",
    good: { eventPattern: { product: "RDS" }, contactParameters: [{ contactGroupName: "alerts" }] },
    bad: [
      ...each("contactParameters", [null, [], [{ level: "4" }]]),
      ...each("status", ["DISABLED"]),
      ...each("eventPattern", [{ product: "RDS", levelLists: ["INFO"] }]),
    ],
  },
  {
    rule: "event-subscription-enabled",
    type: "alicloud:cms/eventRule:EventRule",
    good: { eventPattern: { product: "RDS" }, webhookParameters: [{ url: "https://hooks.example.com/token" }] },
    bad: each("webhookParameters", [null, [], [{ method: "POST" }], [{ url: "" }], [{ url: "nowhere" }]]),
  },

  {
    rule: "secret-key-own",
    type: "aws:secretsmanager/secret:Secret",
    good: { kmsKeyId: KEY },
    bad: each("kmsKeyId", [null, "", "alias/aws/secretsmanager"]),
  },
  {
    rule: "secret-recoverable",
    type: "aws:secretsmanager/secret:Secret",
    good: { recoveryWindowInDays: 30 },
    bad: each("recoveryWindowInDays", [0, -1, "30", 3]),
  },
  {
    rule: "secret-policy",
    type: "aws:secretsmanager/secret:Secret",
    good: { policy: statement({}) },
    bad: [...OPEN_DOCUMENTS, ...UNREADABLE],
  },
  {
    rule: "secret-not-given",
    type: "aws:secretsmanager/secretVersion:SecretVersion",
    good: { secretId: "arn", secretStringWoVersion: 1 },
    bad: [{ secretString: "x" }, { secretBinary: "eA==" }],
  },
  {
    rule: "secret-rotation-period",
    type: "aws:secretsmanager/secretRotation:SecretRotation",
    good: { secretId: "arn", rotationRules: { automaticallyAfterDays: 90 } },
    bad: [...NO_DAYS, 91].map((automaticallyAfterDays) => ({ rotationRules: { automaticallyAfterDays } })),
  },
  {
    rule: "log-key-own",
    type: "aws:cloudwatch/logGroup:LogGroup",
    good: { kmsKeyId: KEY },
    bad: each("kmsKeyId", [null, ""]),
  },
  {
    rule: "log-retention",
    type: "aws:cloudwatch/logGroup:LogGroup",
    good: { retentionInDays: 365 },
    bad: each("retentionInDays", [...NO_DAYS, 30]),
  },
  {
    rule: "role-trust",
    type: "aws:iam/role:Role",
    good: trust({}),
    bad: [
      trust({ Principal: "*" }),
      trust({ Principal: { AWS: "*" } }),
      trust({ Principal: undefined }),
      trust({ Action: "*" }),
      { assumeRolePolicy: null },
      { assumeRolePolicy: "{" },
    ],
  },
  {
    rule: "least-rights",
    type: "aws:iam/policy:Policy",
    good: rights({}),
    bad: [
      rights({ Action: "*" }),
      rights({ Action: "rds:*" }),
      rights({ Resource: "*" }),
      rights({ Action: undefined, NotAction: "iam:*" }),
      rights({ Resource: undefined, NotResource: "x" }),
      { policy: "{" },
    ],
  },
  {
    rule: "least-rights",
    type: "aws:iam/role:Role",
    good: { ...trust({}), inlinePolicies: [{ name: "one", ...rights({}) }] },
    bad: [
      {
        inlinePolicies: [
          { name: "one", ...rights({}) },
          { name: "two", ...rights({ Action: "*" }) },
        ],
      },
    ],
  },
  {
    rule: "no-admin-attached",
    type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    good: { role: "one", policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole" },
    bad: each("policyArn", [
      "arn:aws:iam::aws:policy/AdministratorAccess",
      "arn:aws:iam::aws:policy/AmazonRDSFullAccess",
    ]),
  },
  {
    rule: "resource-policy-closed",
    type: "aws:sns/topicPolicy:TopicPolicy",
    good: { arn: "arn", policy: statement({}) },
    bad: [...OPEN_DOCUMENTS, ...UNREADABLE],
  },
  {
    rule: "resource-policy-closed",
    type: "aws:ec2/vpcEndpoint:VpcEndpoint",
    good: { serviceName: "com.amazonaws.eu-central-1.secretsmanager", policy: statement({}) },
    bad: [{ policy: null }, ...OPEN_DOCUMENTS],
  },
  {
    rule: "function-closed",
    type: "aws:lambda/functionUrl:FunctionUrl",
    good: { functionName: "f", authorizationType: "AWS_IAM" },
    bad: each("authorizationType", ["NONE", null]),
  },
  {
    rule: "function-closed",
    type: "aws:lambda/permission:Permission",
    good: { principal: "*", sourceAccount: "123456789012" },
    bad: each("sourceAccount", [null]),
  },
  {
    rule: "bucket-private",
    type: "aws:s3/bucket:Bucket",
    good: {},
    bad: each("acl", ["public-read", "public-read-write", "authenticated-read"]),
  },
  { rule: "bucket-kept", type: "aws:s3/bucket:Bucket", good: {}, bad: each("forceDestroy", [true, "false"]) },
  // What Alibaba Cloud has as well, or alone.
  ofApsara("tls-offered", ...each("sslAction", ["Close", "open", "", null])),
  {
    rule: "tls-offered",
    type: "alicloud:rds/readOnlyInstance:ReadOnlyInstance",
    good: { masterDbInstanceId: "pgm-1", sslEnabled: 1 },
    bad: each("sslEnabled", [0, "1", true, null]),
  },
  ofApsara(
    "tls-on-database",
    ...each("sslAction", ["Close", null]),
    ...each("pgHbaConfs", [null, []]),
    rows({ type: "host" }),
    rows({ type: "hostnossl" }),
    rows({ type: null }),
  ),
  ofApsara("login-asks-who", rows({ method: "trust" }), rows({ method: "password" }), rows({ method: null })),
  ofApsara("audit-enabled", ...each("sqlCollectorStatus", ["Disabled", "enabled", null])),
  ofApsara("audit-retention", ...each("sqlCollectorConfigValue", [...NO_DAYS, 30, 179])),
  {
    rule: "audit-retention",
    type: "alicloud:das/sqlLogConfig:SqlLogConfig",
    good: { instanceId: "pgm-1", sqlLogEnable: true, retention: 180 },
    bad: each("retention", [...NO_DAYS, 30]),
  },
  ofApsara("minor-upgrades", ...each("autoUpgradeMinorVersion", ["Never", "auto", null])),
  {
    rule: "wal-archived",
    type: CLUSTER_HERE,
    good: here(),
    bad: [
      ...["off", "perhaps", "", null].map((archive_mode) => here({ archive_mode })),
      ...["/bin/true", "", null].map((archive_command) => here({ archive_command })),
    ],
  },
  {
    rule: "wal-archived",
    type: CLUSTER_HERE,
    good: here({ archive_mode: "always" }),
    bad: [here({ archive_mode: "off" })],
  },
  {
    rule: "proxy-scram",
    type: "aws:rds/proxy:Proxy",
    good: { engineFamily: "POSTGRESQL", auths: [scramOnly] },
    bad: [login({ clientPasswordAuthType: "POSTGRES_MD5" }), login({ clientPasswordAuthType: null })].flatMap((one) => [
      one,
      { auths: [scramOnly, ...(one.auths as readonly Value[])] },
    ]),
  },
  {
    rule: "proxy-not-public",
    type: "localpg:index:EntryPoint",
    good: { cidrs: ["10.0.0.0/8"] },
    bad: [],
    badTypes: [
      "alicloud:rds/dbProxyPublic:DbProxyPublic",
      "alicloud:rds/connection:Connection",
      "alicloud:rds/dbInstanceEndpointAddress:DbInstanceEndpointAddress",
    ],
  },
  {
    rule: "account-not-superuser",
    type: "alicloud:rds/rdsAccount:RdsAccount",
    good: { dbInstanceId: "pgm-1", accountName: "license_app", accountType: "Normal" },
    bad: each("accountType", ["Super", "super", "Sysadmin"]),
  },
  {
    rule: "function-in-network",
    type: "alicloud:fc/v3Function:V3Function",
    good: { functionName: "f", internetAccess: false, vpcConfig: { vpcId: "vpc-1", vswitchIds: ["vsw-1"] } },
    bad: [...each("internetAccess", [true, "false", null]), ...each("vpcConfig", [{}, null])],
  },
  {
    rule: "function-in-network",
    type: "aws:lambda/function:Function",
    good: { runtime: "nodejs22.x", vpcConfig: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] } },
    bad: each("vpcConfig", [null]),
  },
  {
    rule: "log-key-own",
    type: "alicloud:log/store:Store",
    good: { logstoreName: "flow", encryptConf: { enable: true, userCmkInfo: { cmkKeyId: "key-1" } } },
    bad: each("encryptConf", [
      null,
      { enable: true },
      { userCmkInfo: { cmkKeyId: "key-1" } },
      { enable: false, userCmkInfo: { cmkKeyId: "key-1" } },
      { enable: "true", userCmkInfo: { cmkKeyId: "key-1" } },
    ]),
  },
  {
    rule: "log-not-public",
    type: "alicloud:log/store:Store",
    good: { logstoreName: "flow", enableWebTracking: false },
    bad: each("enableWebTracking", [true, "false", 0]),
  },
  {
    rule: "contact-has-address",
    type: "alicloud:cms/alarmContact:AlarmContact",
    good: { alarmContactName: "somebody", channelsMail: "somebody@example.com" },
    bad: each("channelsMail", [null, ""]),
  },
  {
    rule: "contact-has-address",
    type: "localpg:index:Monitoring",
    good: { contacts: ["https://hooks.example.com/token", "dba@example.com"], mail: { host: "smtp.example.com" } },
    // Nobody takes mail without a server.
    bad: [...each("contacts", [[""], ["https://hooks.example.com/token", ""]]), ...each("mail", [null, { port: 587 }])],
  },
  {
    rule: "bucket-encrypted",
    type: "alicloud:oss/bucket:Bucket",
    good: { serverSideEncryptionRule: { sseAlgorithm: "KMS", kmsMasterKeyId: "key-1" } },
    bad: each("serverSideEncryptionRule", [
      null,
      { sseAlgorithm: "KMS" },
      { sseAlgorithm: "AES256", kmsMasterKeyId: "key-1" },
      { sseAlgorithm: "none", kmsMasterKeyId: "key-1" },
      { sseAlgorithm: "KMS", kmsMasterKeyId: "alias/acs/oss" },
    ]),
  },
  {
    rule: "bucket-versioned",
    type: "alicloud:oss/bucket:Bucket",
    good: { versioning: { status: "Enabled" } },
    bad: each("versioning", [null, {}, { status: "Suspended" }, { status: "enabled" }]),
  },
  {
    rule: "bucket-versioned",
    type: "alicloud:oss/bucketVersioning:BucketVersioning",
    good: { bucket: "dumps", status: "Enabled" },
    bad: each("status", ["Suspended"]),
  },
];

/** The inputs with others in their place. */
export function changed(inputs: Inputs, by: Inputs): Inputs {
  return Object.fromEntries(Object.entries({ ...inputs, ...by }).filter(([, value]) => value !== null));
}

export const unknownAt = (inputs: Inputs, ...names: readonly string[]): Inputs => ({
  ...inputs,
  ...Object.fromEntries(names.map((name) => [name, UNKNOWN])),
});
