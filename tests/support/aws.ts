import { canonicalValue, findParameter } from "../../components/catalogue/parameters";
import { isOneOf } from "./program";
import type { Expectations } from "./vendors";

const ACCOUNT = "123456789012";
const REGION = "eu-central-1";
/** A webhook carries a token, which is nobody's but the topic's. */
const TOKEN = "T0KEN-of-the-webhook";

const [cluster, instance] = ["aws:rds/cluster:Cluster", "aws:rds/instance:Instance"];
const [clusterGroup, instanceGroup] = [
  "aws:rds/clusterParameterGroup:ClusterParameterGroup",
  "aws:rds/parameterGroup:ParameterGroup",
];
const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const invocation = "aws:lambda/invocation:Invocation";
const plan = "aws:backup/plan:Plan";

const order = [
  "aws:ec2/vpc:Vpc",
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/securityGroup:SecurityGroup",
  ingress,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  "aws:ec2/vpcEndpoint:VpcEndpoint",
  "aws:kms/key:Key",
  "aws:kms/alias:Alias",
  "random:index/randomId:RandomId",
  "aws:cloudwatch/logGroup:LogGroup",
  "aws:iam/role:Role",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  clusterGroup,
  instanceGroup,
  "aws:rds/subnetGroup:SubnetGroup",
  "aws:sns/topic:Topic",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:sns/topicSubscription:TopicSubscription",
  cluster,
  instance,
  "aws:backup/vault:Vault",
  "aws:cloudwatch/metricAlarm:MetricAlarm",
  "aws:cloudwatch/dashboard:Dashboard",
  "aws:backup/vaultPolicy:VaultPolicy",
  plan,
  "aws:backup/selection:Selection",
  "aws:secretsmanager/secret:Secret",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/policy:Policy",
  "aws:ec2/flowLog:FlowLog",
  "aws:lambda/function:Function",
  invocation,
  "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
  "aws:secretsmanager/secretRotation:SecretRotation",
  "aws:rds/proxy:Proxy",
  "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
  "aws:rds/proxyTarget:ProxyTarget",
  "aws:rds/proxyEndpoint:ProxyEndpoint",
  "aws:rds/eventSubscription:EventSubscription",
];

/** What AWS makes up for a resource of any kind. */
const answers = (service: string, name: string) => ({
  arn: `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`,
  // Where the program names nothing, Pulumi does.
  name: `${name}-1a2b3c4`,
});
const masterUserSecrets = [{ secretArn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:rds!master` }];
const host = (name: string) => `${name}.0123456789ab.${REGION}.rds.amazonaws.com`;

const particular: Readonly<Record<string, (name: string) => Record<string, unknown>>> = {
  "random:index/randomId:RandomId": () => ({ hex: "0a1b2c3d" }),
  "aws:ec2/securityGroup:SecurityGroup": () => ({ ownerId: ACCOUNT }),
  "aws:ec2/vpc:Vpc": () => ({ ownerId: ACCOUNT }),
  "aws:ec2/vpcEndpoint:VpcEndpoint": (name) => ({ dnsEntries: [{ dnsName: `${name}.vpce.amazonaws.com` }] }),
  "aws:kms/key:Key": (name) => ({ keyId: name }),
  [cluster]: (name) => ({
    port: 5432,
    endpoint: host(`${name}.cluster`),
    readerEndpoint: host(`${name}.cluster-ro`),
    clusterResourceId: "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    clusterMembers: [3, 1, 2].map((number) => `${name}-instance-${number}`),
    masterUserSecrets,
  }),
  [instance]: (name) => ({
    port: 5432,
    address: host(name),
    resourceId: "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    masterUserSecrets,
  }),
  "aws:rds/proxy:Proxy": (name) => ({ endpoint: host(`${name}.proxy`) }),
  "aws:rds/proxyEndpoint:ProxyEndpoint": (name) => ({ endpoint: host(`${name}.endpoint.proxy`) }),
  "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": (name) => ({
    outputs: { RotationLambdaARN: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}` },
  }),
};

/** What `vendor: aws` registers for what is asked. */
export const expectations: Expectations = {
  configuration: { alerts: { contacts: ["dba@example.com", `https://hooks.example.com/${TOKEN}`] } },
  // As whoever previews without an account.
  settings: { "aws:region": REGION, "aws:skipCredentialsValidation": "true" },
  stacks: ["dev", "prod"],
  order,
  sometimes: [
    ...[cluster, clusterGroup, instance, instanceGroup],
    "random:index/randomId:RandomId",
    ...["vault:Vault", "vaultPolicy:VaultPolicy", "plan:Plan", "selection:Selection"].map((one) => `aws:backup/${one}`),
    ...["proxy:Proxy", "proxyTarget:ProxyTarget", "proxyEndpoint:ProxyEndpoint"].map((one) => `aws:rds/${one}`),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
  ],
  kept: [
    cluster,
    instance,
    // Without these the data cannot be read, or not be reached any more.
    "aws:kms/key:Key",
    "aws:secretsmanager/secret:Secret",
    "aws:ec2/vpc:Vpc",
    "aws:ec2/subnet:Subnet",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:cloudwatch/logGroup:LogGroup postgresql-log",
    // Applications have its name.
    "aws:rds/proxy:Proxy",
    "aws:backup/vault:Vault",
    "aws:backup/vaultPolicy:VaultPolicy",
    "aws:iam/role:Role archive",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment archive",
  ],
  needs: {
    [cluster]: [
      "aws:rds/subnetGroup:SubnetGroup",
      clusterGroup,
      "aws:kms/key:Key",
      // RDS would make them itself, without key and end; or not be let write into them.
      "aws:cloudwatch/logGroup:LogGroup",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "aws:ec2/securityGroup:SecurityGroup",
    ],
    [instance]: [
      "aws:rds/subnetGroup:SubnetGroup",
      instanceGroup,
      "aws:kms/key:Key",
      "aws:cloudwatch/logGroup:LogGroup",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ],
    "aws:lambda/function:Function": ["aws:iam/rolePolicy:RolePolicy", "aws:cloudwatch/logGroup:LogGroup"],
    // The function reaches Secrets Manager through the endpoint, and the database through the groups' rules.
    [invocation]: [
      "aws:ec2/vpcEndpoint:VpcEndpoint",
      ingress,
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    ],
    // The role must be in the database before its password is rotated, or pooled.
    "aws:secretsmanager/secretRotation:SecretRotation": [invocation],
    "aws:rds/proxy:Proxy": [invocation, "aws:iam/rolePolicy:RolePolicy", "aws:secretsmanager/secret:Secret"],
    "aws:rds/proxyTarget:ProxyTarget": ["aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup"],
    "aws:backup/selection:Selection": [plan, "aws:iam/rolePolicyAttachment:RolePolicyAttachment"],
  },
  secretOutputs: { [cluster]: ["masterPassword", "masterPasswordWo"], [instance]: ["password", "passwordWo"] },
  outputs: Object.fromEntries(
    order.map((one) => [
      one,
      (inputs, name) => ({ ...answers(one.split(/[:/]/)[1] ?? "", name), ...particular[one]?.(name), ...inputs }),
    ]),
  ),
  secrets: [TOKEN],
  refuses: {
    "five replicas": /replicas.*5/s,
    "names and port of its own": /6432.*proxy|proxy.*6432/is,
  },
  otherwise: {
    "speed before safety of the last commit": {
      holds: { synchronous: true },
      why: "a Multi-AZ DB cluster always waits for one of its readers",
    },
    "backups kept longer, in the evening, without an archive": {
      holds: { backupAt: "14:30 UTC" },
      why: "RDS's windows are in UTC",
    },
  },
  scenarios: [
    {
      name: "names and port of its own, without a proxy",
      stack: "prod",
      configuration: { access: { database: "licenses", username: "app", port: 6432 }, aws: { proxy: false } },
      holds: { database: "licenses", username: "app", port: 6432, members: 3 },
    },
    {
      name: "a single instance with a standby",
      stack: "prod",
      configuration: { replicas: 0, synchronousReplication: false },
      holds: { members: 1, synchronous: true, protected: true, archivesKept: 365 },
    },
  ],
  furtherOutputs: [],
  splits: ({ members }) => members > 1,

  read(resources) {
    const ofType = <T>(wanted: string): T[] =>
      resources.filter((resource) => resource.type === wanted).map(({ inputs }) => inputs as T);
    const database = only(ofType<Database>(cluster).concat(ofType<Database>(instance)), "database");
    const clustered = database.dbClusterInstanceClass !== undefined;
    const asked = JSON.parse(only(ofType<{ input: string }>(invocation), invocation).input) as {
      database: string;
      username: string;
    };
    // Whoever is let in is let in to the proxy, where there is one, and to the database.
    const open = ofType<{ cidrIpv4?: string; cidrIpv6?: string }>(ingress).flatMap(
      ({ cidrIpv4, cidrIpv6 }) => cidrIpv4 ?? cidrIpv6 ?? [],
    );
    const rules = ofType<{ rules: { lifecycle: { deleteAfter: number } }[] }>(plan).flatMap((one) => one.rules);
    const component = resources[0]?.name.match(/^license-db-(?:prod|dev|team-7)/)?.[0] ?? "";
    const held = resources.filter((resource) => isOneOf(this.kept, resource, component));
    return {
      members: clustered ? 3 : 1,
      synchronous: clustered || database.multiAz === true,
      protected: held.every(({ protect }) => protect) && database.deletionProtection,
      finalBackup: !database.skipFinalSnapshot && database.finalSnapshotIdentifier !== undefined,
      database: asked.database,
      username: asked.username,
      port: database.port,
      openTo: [...new Set(open)],
      backupsKept: database.backupRetentionPeriod,
      // RDS keeps what recovery to a point in time needs as long as the backups.
      pointInTime: database.backupRetentionPeriod,
      archivesKept: Math.max(0, ...rules.map(({ lifecycle }) => lifecycle.deleteAfter)),
      backupAt: `${(database.preferredBackupWindow ?? database.backupWindow ?? "").slice(0, 5)} UTC`,
      parameters: asShown(only(ofType<Group>(clusterGroup).concat(ofType<Group>(instanceGroup)), "parameter group")),
    };
  },
};

interface Database {
  readonly dbClusterInstanceClass?: string;
  readonly multiAz?: boolean;
  readonly deletionProtection: boolean;
  readonly skipFinalSnapshot: boolean;
  readonly finalSnapshotIdentifier?: string;
  readonly port: number;
  readonly backupRetentionPeriod: number;
  readonly preferredBackupWindow?: string;
  readonly backupWindow?: string;
}

interface Group {
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

/** RDS takes base units and 0 or 1; `SHOW` prints units and off or on. */
function asShown({ parameters }: Group): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const { name, value } of parameters) {
    const parameter = findParameter(name);
    // RDS's own ("rds.force_ssl") are not PostgreSQL's.
    if (!parameter) continue;
    const read = canonicalValue(parameter, parameter.vartype === "bool" ? (value === "1" ? "on" : "off") : value);
    if (!read.ok) throw new Error(`PostgreSQL would not take ${name} = ${value}`);
    shown[name] = read.value;
  }
  const capture = parameters.find(({ name }) => name === "rds.logical_replication");
  return { ...shown, wal_level: capture?.value === "1" ? "logical" : "replica" };
}

function only<T>(some: readonly T[], what: string): T {
  const [one, ...others] = some;
  if (one === undefined || others.length > 0) throw new Error(`${some.length} of ${what}, not 1`);
  return one;
}
