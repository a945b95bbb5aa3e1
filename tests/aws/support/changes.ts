import { createHash } from "node:crypto";

/** One change of the configuration, and what `up` would do for it, and nothing else. */
export interface Change {
  /** `license-db:` keys, put over the stack's own. */
  readonly change: Readonly<Record<string, unknown>>;
  /**
   * "update rds/cluster:Cluster cluster"; resources that differ only in their number count once: "cpu-N". Or why the
   * engine refuses.
   */
  readonly does: readonly string[] | RegExp;
  /** What it stands for in `npm test`; the others are previewed by `npm run test:long` alone. */
  readonly kind?: "deferred" | "in place" | "made and deleted" | "refused" | "of no resource";
}

const cluster = "rds/cluster:Cluster cluster";
const instance = "rds/instance:Instance instance";
const clusterGroup = "rds/clusterParameterGroup:ClusterParameterGroup parameters-15";
const instanceGroup = "rds/parameterGroup:ParameterGroup parameters-15";
const pooled = "rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup proxy";
const plan = "backup/plan:Plan archive";
const updates = (...resources: readonly string[]) => resources.map((resource) => `update ${resource}`);
const alarm = (name: string) => `cloudwatch/metricAlarm:MetricAlarm ${name}`;
const dashboard = "cloudwatch/dashboard:Dashboard dashboard";
const rule = (name: string) => `vpc/securityGroupIngressRule:SecurityGroupIngressRule ${name}`;
const keys = ["data", "secrets", "logs", "archive"].map((use) => `kms/key:Key ${use}-key`);
const logs = ["flow-log", "postgresql-log", "rotation", "set-up", "proxy"].map(
  (name) => `cloudwatch/logGroup:LogGroup ${name}`,
);
const rotations = ["master", "application"].map((name) => `secretsmanager/secretRotation:SecretRotation ${name}`);

/** As clusters are told of in cluster.test.ts. */
export const contacts = {
  mail: "dba@example.com",
  webhook: "https://hooks.example.com/T0KEN-of-the-webhook",
};
/** Addresses stay out of names. */
const contact = (address: string) =>
  `sns/topicSubscription:TopicSubscription alerts-${createHash("sha256").update(address).digest("hex").slice(0, 8)}`;

/** Protection is what says no; nothing of it is begun. */
const refused = /(unable to replace|cannot be deleted)[\s\S]*protect/;

/** Of a stack with production's defaults. */
export const clusterChanges: readonly Change[] = [
  { change: { engine: { version: "15.17" } }, does: updates(cluster), kind: "deferred" },
  {
    // The announcement of a major version does nothing to the database; see "an upgrade".
    change: { engine: { upgradeTo: "17" } },
    does: [...updates(cluster), "create rds/clusterParameterGroup:ClusterParameterGroup parameters-17"],
  },
  {
    change: { size: { storage: "300GB" } },
    does: updates(cluster, alarm("disk-N"), alarm("wal-disk-N"), alarm("slot-lag"), dashboard),
  },
  { change: { size: { vcpu: 8, memory: "32GB" } }, does: updates(cluster, alarm("memory-N"), dashboard) },
  { change: { aws: { instanceClass: "db.r6gd.xlarge" } }, does: updates(cluster, alarm("memory-N"), dashboard) },
  // Another topology is another database.
  { change: { replicas: 0, synchronousReplication: false }, does: refused, kind: "refused" },
  { change: { synchronousReplication: false }, does: [] },
  { change: { parameters: { work_mem: "32MB" } }, does: updates(clusterGroup), kind: "in place" },
  {
    change: { parameters: { max_connections: "300" } },
    does: updates(clusterGroup, alarm("connections-N"), dashboard, pooled),
  },
  { change: { parameters: { wal_level: "logical" } }, does: updates(clusterGroup) },
  {
    change: { access: { allowedCidrs: ["10.1.0.0/16", "10.2.0.0/16"] } },
    does: ["database", "proxy"].flatMap((group) => [
      `create ${rule(`${group}-from-10.2.0.0-16`)}`,
      `delete ${rule(`${group}-from-fd00..-8`)}`,
    ]),
    kind: "made and deleted",
  },
  {
    change: { access: { allowedSecurityGroups: [] } },
    does: ["database", "proxy"].map((group) => `delete ${rule(`${group}-from-sg-N`)}`),
  },
  { change: { access: { database: "licenses" } }, does: refused },
  { change: { pool: { clientConnections: 500 } }, does: [] },
  { change: { pool: { serverConnections: 60 } }, does: updates(pooled) },
  {
    change: { pool: { application: { size: 10, idleTimeout: "60s", connectionTimeout: "5s" } } },
    does: [],
    kind: "of no resource",
  },
  { change: { backups: { retention: "30d" } }, does: updates(cluster) },
  { change: { backups: { pointInTimeRecovery: "14d" } }, does: [] },
  { change: { backups: { window: "04:30-05:30" } }, does: updates(cluster, plan) },
  { change: { backups: { archiveRetention: "730d" } }, does: updates(plan) },
  // Archives are not given up beside something else.
  { change: { backups: { archiveRetention: "0" } }, does: refused },
  {
    change: { backups: { finalBackup: false } },
    does: [...updates(cluster), "delete random:index/randomId:RandomId final-snapshot"],
  },
  { change: { backups: { recoveryPointObjective: "10m" } }, does: [] },
  { change: { encryption: { keyRotation: "180d" } }, does: updates(...keys) },
  { change: { encryption: { passwordRotation: "30d" } }, does: updates(...rotations) },
  { change: { alerts: { thresholds: { cpu: { above: 70 } } } }, does: updates(alarm("cpu-N"), dashboard) },
  { change: { alerts: { contacts: [contacts.mail] } }, does: [`delete ${contact(contacts.webhook)}`] },
  { change: { maintenance: { window: "Sat 03:00-05:00" } }, does: updates(cluster) },
  { change: { maintenance: { minorVersions: "automatic" } }, does: updates(cluster) },
  { change: { timeZone: "Asia/Shanghai" }, does: updates(cluster) },
  { change: { deletionProtection: false }, does: updates(cluster, "secretsmanager/secret:Secret application") },
  { change: { aws: { network: { cidr: "10.91.0.0/24" } } }, does: refused },
  // The same three, in another order.
  { change: { aws: { network: { zones: ["euc1-az3", "euc1-az1", "euc1-az2"] } } }, does: [] },
  { change: { aws: { proxy: false } }, does: refused },
  {
    change: { aws: { backups: { vaultLock: { enabled: true, changeableFor: "7d" } } } },
    does: ["create backup/vaultLockConfiguration:VaultLockConfiguration archive"],
  },
  { change: { aws: { logRetention: "180d" } }, does: updates(...logs) },
  { change: { aws: { keyAdministrators: ["arn:aws:iam::123456789012:role/keys"] } }, does: updates(...keys) },
  { change: { aws: { preflight: false } }, does: [] },
];

/** Of a stack with development's defaults. */
export const instanceChanges: readonly Change[] = [
  {
    change: { size: { storage: "40GB" } },
    does: updates(instance, alarm("disk-N"), alarm("wal-disk-N"), alarm("slot-lag"), dashboard),
  },
  {
    change: { size: { storage: "400GB" }, aws: { storage: { iops: 13_000, throughput: 600 } } },
    does: updates(instance, alarm("disk-N"), alarm("wal-disk-N"), alarm("slot-lag"), alarm("disk-io-N"), dashboard),
  },
  {
    change: { aws: { backups: { copyRegion: "eu-west-1" } } },
    does: [
      "create rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication copy",
      "create kms/key:Key copy-key",
      "create kms/alias:Alias copy-key",
    ],
  },
  { change: { size: { memory: "8GB" } }, does: updates(instance, alarm("memory-N"), dashboard, instanceGroup) },
  { change: { highAvailability: true }, does: updates(instance) },
  { change: { backups: { retention: "14d" } }, does: updates(instance) },
  { change: { parameters: { work_mem: "8MB" } }, does: updates(instanceGroup) },
  { change: { maintenance: { minorVersions: "planned" } }, does: updates(instance) },
];

/** Fields whose change is shown elsewhere, or is none. */
export const elsewhere: Readonly<Record<string, string>> = {
  vendor: "another vendor is another database, made beside this one; the gate and protection refuse to delete it",
  environment: "says only whose defaults fill the fields that are left out",
  "access.username": "cluster.test.ts: another name for the application",
  "access.port": "the proxy has but one port: tests/unit/aws/options.test.ts refuses another",
  "encryption.atRest": "false is refused: tests/unit/aws/options.test.ts",
  tags: "cluster.test.ts: many changes at once, each resource with a tag among them",
  "aws.storage.type": "cluster.test.ts: a change of the volume's type",
  "aws.network.vpcId": "another VPC is another database; offline.test.ts has one that exists",
  "aws.network.subnetIds": "as aws.network.vpcId",
  "aws.network.secretsEndpoint": "as aws.network.vpcId: without one of its own the VPC needs it",
};

/** Alarms "cpu-1", "cpu-2" -> "cpu-N", ids of security groups "sg-N"; each once, sorted. */
export const grouped = (steps: readonly { readonly op: string; readonly resource: string }[]): string[] =>
  [
    ...new Set(
      steps.map(
        ({ op, resource }) =>
          `${op} ${resource.replace(/(MetricAlarm .*)-\d$/, "$1-N").replace(/-sg-[0-9a-f]+$/, "-sg-N")}`,
      ),
    ),
  ].sort();
