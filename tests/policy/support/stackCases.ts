import { type Resource, UNKNOWN, type Value } from "../../../policy/facts/resource";

/** One rule about a stack: one that passes, stacks that do not, and what only `up` can tell. As people write them without our component. */
export interface StackCase {
  readonly rule: string;
  readonly good: readonly Resource[];
  /** By what is wrong. */
  readonly bad: Readonly<Record<string, readonly Resource[]>>;
  readonly undecided: Readonly<Record<string, readonly Resource[]>>;
}

const urnOf = (type: string, name: string): string => `urn:pulumi:prod::test::${type}::${name}`;

/** @param from what a property was computed from: [type, name]. */
function resource(
  type: string,
  name: string,
  inputs: Readonly<Record<string, Value>>,
  from: Readonly<Record<string, readonly [type: string, name: string]>> = {},
): Resource {
  const references = Object.fromEntries(
    Object.entries(from).map(([property, [of, which]]) => [property, [{ urn: urnOf(of, which), type: of }]]),
  );
  return { urn: urnOf(type, name), type, name, inputs, outputs: {}, protect: false, references };
}
/** As RDS made it. */
const made = (one: Resource, outputs: Readonly<Record<string, Value>>): Resource => ({ ...one, outputs });

const [INSTANCE, PLAN] = ["alicloud:rds/instance:Instance", "alicloud:rds/backupPolicy:BackupPolicy"];
const database = resource(INSTANCE, "primary", { engine: "PostgreSQL", engineVersion: "15.0" });
const everyDay = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const plan = (changed: Readonly<Record<string, Value>> = {}, of = "primary"): Resource =>
  resource(
    PLAN,
    "backups",
    {
      instanceId: UNKNOWN,
      preferredBackupPeriods: everyDay,
      backupRetentionPeriod: 15,
      enableBackupLog: true,
      logBackupRetentionPeriod: 7,
      ...changed,
    },
    { instanceId: [INSTANCE, of] },
  );

const repository = (keep: Value): Resource =>
  resource("localpg:index:BackupRepository", "backups", { dailyAt: "01:00", retention: 15, keep });

const [MACHINE, CLUSTER] = ["localpg:index:Machine", "localpg:index:Cluster"];
const machine = (name = "machine"): Resource => resource(MACHINE, name, { encrypted: false });
const cluster = resource(CLUSTER, "cluster", { memberCount: 3, place: UNKNOWN }, { place: [MACHINE, "machine"] });
const limits = { above: 30, for: 0 };
/** R16's, and the contacts. */
const monitoring = (changed: Readonly<Record<string, Value>> = {}, of = "machine"): Resource =>
  resource(
    "localpg:index:Monitoring",
    "monitoring",
    {
      place: UNKNOWN,
      members: ["member-1", "member-2", "member-3"],
      thresholds: { cpu: limits, memory: limits, disk: limits, replicationLag: limits },
      interval: 15,
      contacts: ["https://hooks.example.com/token"],
      ...changed,
    },
    { place: [MACHINE, of] },
  );

const HOOK = "https://hooks.example.com/token";
const ALARMED = "alicloud:cms/alarmContactGroup:AlarmContactGroup";
const contactGroup = (contacts: Value, name = "alerts"): Resource =>
  resource(ALARMED, name, { alarmContactGroupName: name, contacts });
/** It tells the group "alerts". */
const alarm = (name: string, changed: Readonly<Record<string, Value>> = {}): Resource =>
  resource("alicloud:cms/alarm:Alarm", name, {
    project: "acs_rds_dashboard",
    metric: "cpu_usage",
    contactGroups: ["alerts"],
    ...changed,
  });
const rdsEvents = (changed: Readonly<Record<string, Value>> = {}): Resource =>
  resource("alicloud:cms/eventRule:EventRule", "events", {
    eventPattern: { product: "RDS", eventTypeLists: ["*"] },
    contactParameters: [{ contactGroupName: "alerts" }],
    ...changed,
  });
const posted = { webhookParameters: [{ url: HOOK }] };
const [telling, silent] = [alarm("telling", { webhook: HOOK }), alarm("silent")];

const BUCKET = "alicloud:oss/bucket:Bucket";
const bucket = resource(BUCKET, "dumps", { bucket: "dumps" });
const other = resource(BUCKET, "others", { bucket: "others" });
const publicBlock = (blockPublicAccess: Value, of = "dumps"): Resource =>
  resource(
    "alicloud:oss/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "dumps",
    { bucket: UNKNOWN, blockPublicAccess },
    { bucket: [BUCKET, of] },
  );
const secureTransport = (
  effect: string,
  condition: object = { Bool: { "acs:SecureTransport": ["false"] } },
  action = "oss:*",
): string =>
  JSON.stringify({
    Version: "1",
    Statement: [
      {
        Effect: effect,
        Action: [action],
        Principal: ["*"],
        Resource: ["acs:oss:*:*:dumps", "acs:oss:*:*:dumps/*"],
        Condition: condition,
      },
    ],
  });
const bucketPolicy = (policy: Value, of = "dumps"): Resource =>
  resource("alicloud:oss/bucketPolicy:BucketPolicy", "dumps", { bucket: UNKNOWN, policy }, { bucket: [BUCKET, of] });

const GENERATED = ["random:index/randomPassword:RandomPassword", "application"] as const;
const account = (accountPassword: Value, generated: boolean): Resource =>
  resource(
    "alicloud:rds/rdsAccount:RdsAccount",
    "application",
    { dbInstanceId: "pgm-1", accountName: "license_app", accountPassword },
    generated ? { accountPassword: GENERATED } : {},
  );
const secretVersion = (inputs: Readonly<Record<string, Value>>): Resource =>
  resource("aws:secretsmanager/secretVersion:SecretVersion", "application", { secretId: "arn", ...inputs });

const GROUP = "alicloud:ecs/securityGroup:SecurityGroup";
const group = (securityGroupType?: Value): Resource =>
  resource(GROUP, "functions", {
    vpcId: "vpc-1",
    ...(securityGroupType === undefined ? {} : { securityGroupType }),
  });
const drop = (changed: Readonly<Record<string, Value>> = {}, of = "functions"): Resource =>
  resource(
    "alicloud:ecs/securityGroupRule:SecurityGroupRule",
    "nothing-else",
    {
      securityGroupId: UNKNOWN,
      type: "egress",
      policy: "drop",
      ipProtocol: "all",
      portRange: "-1/-1",
      cidrIp: "0.0.0.0/0",
      ...changed,
    },
    { securityGroupId: [GROUP, of] },
  );

const PARAMETERS = "aws:rds/parameterGroup:ParameterGroup";
const tuned = [
  resource(
    "aws:rds/instance:Instance",
    "one",
    { engine: "postgres", parameterGroupName: UNKNOWN },
    {
      parameterGroupName: [PARAMETERS, "own"],
    },
  ),
  resource(PARAMETERS, "own", { family: "postgres15" }),
];
const news = (changed: Readonly<Record<string, Value>> = {}): Resource =>
  resource("aws:rds/eventSubscription:EventSubscription", "news", {
    snsTopic: "arn:aws:sns:eu-central-1:123456789012:alerts",
    sourceType: "db-parameter-group",
    eventCategories: ["configuration change"],
    ...changed,
  });

const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
const unused = resource(SECURITY_GROUP, "database", { vpcId: "vpc-1", description: "The database" });
const user = (inputs: Readonly<Record<string, Value>>, told: boolean): Resource => {
  const one = resource(
    "aws:rds/instance:Instance",
    "one",
    { engine: "postgres", ...inputs },
    {
      vpcSecurityGroupIds: [SECURITY_GROUP, "database"],
    },
  );
  if (told) return one;
  const { references: _, ...alone } = one;
  return alone as Resource;
};

const copy = resource("aws:rds/snapshotCopy:SnapshotCopy", "copy", { targetDbSnapshotIdentifier: "copy" });
const snapshot = resource("aws:rds/clusterSnapshot:ClusterSnapshot", "before", { dbClusterIdentifier: "one" });

export const stackCases: readonly StackCase[] = [
  {
    rule: "alarms",
    good: [machine(), cluster, monitoring()],
    bad: {
      "nothing that watches": [machine(), cluster],
      "what watches another machine": [machine(), machine("another"), cluster, monitoring({}, "another")],
      "no limits": [machine(), cluster, monitoring({ thresholds: {} })],
      "no limits at all": [machine(), cluster, monitoring({ thresholds: null })],
      "no limit of the lag": [
        machine(),
        cluster,
        monitoring({ thresholds: { cpu: limits, memory: limits, disk: limits } }),
      ],
      "a member that nobody watches": [machine(), cluster, monitoring({ members: ["member-1", "member-2"] })],
      "no members": [machine(), cluster, monitoring({ members: [] })],
    },
    undecided: {
      "limits unknown": [machine(), cluster, monitoring({ thresholds: UNKNOWN })],
      "members unknown": [machine(), cluster, monitoring({ members: UNKNOWN })],
    },
  },
  {
    rule: "alerts-reach-somebody",
    good: [machine(), cluster, monitoring()],
    bad: {
      "no contact": [machine(), cluster, monitoring({ contacts: [] })],
      "nothing said of contacts": [machine(), cluster, monitoring({ contacts: null })],
    },
    undecided: { "contacts unknown": [machine(), cluster, monitoring({ contacts: UNKNOWN })] },
  },
  {
    rule: "alerts-reach-somebody",
    good: [contactGroup(["somebody"]), silent, rdsEvents()],
    bad: {
      "nobody in the group": [contactGroup([]), silent, rdsEvents()],
      "nothing said of who is in it": [contactGroup(null), silent],
      "an alarm that tells a group outside the stack": [
        contactGroup(["somebody"]),
        alarm("other", { contactGroups: ["others"] }),
      ],
    },
    undecided: { "who is in it unknown": [contactGroup(UNKNOWN), silent] },
  },
  {
    // Nobody is in the group: each alarm and event rule posts to somebody by itself.
    rule: "alerts-reach-somebody",
    good: [contactGroup([]), telling, alarm("second", { webhook: HOOK }), rdsEvents(posted)],
    bad: {
      "one alarm that does not": [contactGroup([]), telling, silent, rdsEvents(posted)],
      "one whose webhook is empty": [contactGroup([]), telling, alarm("second", { webhook: "" })],
      "one whose webhook is no address": [contactGroup([]), telling, alarm("second", { webhook: "nowhere" })],
      "events that do not": [contactGroup([]), telling, rdsEvents()],
      "events whose webhook has no address": [
        contactGroup([]),
        telling,
        rdsEvents({ webhookParameters: [{ method: "POST" }] }),
      ],
      "events that tell it beside another group": [
        contactGroup([]),
        contactGroup(["somebody"], "others"),
        telling,
        rdsEvents({ contactParameters: [{ contactGroupName: "others" }, { contactGroupName: "alerts" }] }),
      ],
      "nothing that tells the group": [contactGroup([]), alarm("other", { contactGroups: ["others"], webhook: HOOK })],
      "nothing at all": [contactGroup([])],
      "one alarm that does not, though of another nobody knows whom it tells": [
        contactGroup([]),
        silent,
        alarm("second", { webhook: HOOK, contactGroups: [UNKNOWN] }),
      ],
    },
    undecided: {
      "a webhook unknown": [contactGroup([]), telling, alarm("second", { webhook: UNKNOWN })],
      "events' webhooks unknown": [contactGroup([]), telling, rdsEvents({ webhookParameters: UNKNOWN })],
      "an address of them unknown": [contactGroup([]), telling, rdsEvents({ webhookParameters: [{ url: UNKNOWN }] })],
      "whom an alarm tells unknown": [contactGroup([]), telling, alarm("second", { contactGroups: UNKNOWN })],
      "whom events tell unknown": [contactGroup([]), telling, rdsEvents({ contactParameters: UNKNOWN })],
    },
  },
  {
    // Of another program, or made by hand.
    rule: "alerts-reach-somebody",
    good: [alarm("second", { webhook: HOOK })],
    bad: { "a group outside the stack": [silent], "a webhook that is none": [alarm("second", { webhook: "" })] },
    undecided: { "a webhook unknown": [alarm("second", { webhook: UNKNOWN })] },
  },
  {
    rule: "backup-plan",
    good: [database, plan()],
    bad: {
      "no plan": [database],
      "another's plan": [database, resource(INSTANCE, "second", { engine: "PostgreSQL" }), plan({}, "second")],
      "14 days": [database, plan({ backupRetentionPeriod: 14 })],
      "six days a week": [database, plan({ preferredBackupPeriods: everyDay.slice(1) })],
      "no log between backups": [database, plan({ enableBackupLog: false })],
      "six days of log": [database, plan({ logBackupRetentionPeriod: 6 })],
    },
    undecided: { "days unknown": [database, plan({ backupRetentionPeriod: UNKNOWN })] },
  },
  {
    rule: "backups-kept-after",
    good: [repository(true)],
    bad: { "gone with the database": [repository(false)], "nothing said": [repository(null)] },
    undecided: { unknown: [repository(UNKNOWN)] },
  },
  {
    rule: "bucket-blocks-public-access",
    good: [bucket, publicBlock(true)],
    bad: {
      "no block": [bucket],
      "a block that blocks nothing": [bucket, publicBlock(false)],
      "one that says nothing": [bucket, publicBlock(null)],
      "another bucket's": [bucket, other, publicBlock(true, "others")],
    },
    undecided: { unknown: [bucket, publicBlock(UNKNOWN)] },
  },
  {
    rule: "bucket-tls",
    good: [bucket, bucketPolicy(secureTransport("Deny"))],
    bad: {
      "no policy": [bucket],
      "a policy that allows": [bucket, bucketPolicy(secureTransport("Allow"))],
      "one that denies TLS": [
        bucket,
        bucketPolicy(secureTransport("Deny", { Bool: { "acs:SecureTransport": ["true"] } })),
      ],
      "one that denies strangers": [
        bucket,
        bucketPolicy(secureTransport("Deny", { StringNotEquals: { "acs:SourceVpc": ["vpc-1"] } })),
      ],
      "one that denies strangers alone what is not TLS": [
        bucket,
        bucketPolicy(
          secureTransport("Deny", {
            Bool: { "acs:SecureTransport": ["false"] },
            NotIpAddress: { "acs:SourceIp": ["10.0.0.0/8"] },
          }),
        ),
      ],
      "one that denies writing alone": [bucket, bucketPolicy(secureTransport("Deny", undefined, "oss:PutObject"))],
      "one that cannot be read": [bucket, bucketPolicy("{")],
      "another bucket's": [bucket, other, bucketPolicy(secureTransport("Deny"), "others")],
    },
    undecided: { unknown: [bucket, bucketPolicy(UNKNOWN)] },
  },
  {
    rule: "group-closed-outwards",
    good: [group(), drop()],
    bad: {
      "no rule": [group()],
      "another group's": [group(), resource(GROUP, "others", { vpcId: "vpc-1" }), drop({}, "others")],
      "a rule for those who come in": [group(), drop({ type: "ingress" })],
      "a rule for one port": [group(), drop({ ipProtocol: "tcp", portRange: "443/443" })],
      "a rule for some addresses": [group(), drop({ cidrIp: "10.0.0.0/8" })],
      "a rule that accepts": [group(), drop({ policy: "accept" })],
    },
    undecided: {
      "addresses unknown": [group(), drop({ cidrIp: UNKNOWN })],
    },
  },
  {
    rule: "network-group-used",
    good: [unused, user({ vpcSecurityGroupIds: [UNKNOWN] }, true)],
    bad: {
      nobody: [unused],
      "another group's user": [
        unused,
        resource("aws:rds/instance:Instance", "one", { engine: "postgres", vpcSecurityGroupIds: ["sg-2"] }),
      ],
    },
    undecided: { "nobody tells what it was computed from": [unused, user({ vpcSecurityGroupIds: [UNKNOWN] }, false)] },
  },
  {
    rule: "parameter-events",
    good: [...tuned, news()],
    bad: {
      "no subscription": tuned,
      "news of instances": [...tuned, news({ sourceType: "db-instance" })],
      "news of something else": [...tuned, news({ eventCategories: ["failure"] })],
      "a subscription switched off": [...tuned, news({ enabled: false })],
    },
    undecided: { "unknown of what": [...tuned, news({ sourceType: UNKNOWN })] },
  },
  {
    rule: "passwords-generated",
    good: [account(UNKNOWN, true), secretVersion({ secretStringWoVersion: 1 })],
    bad: {
      "an account's, written down": [account("Abc123!!", false)],
      "a secret's, written down": [account(UNKNOWN, true), secretVersion({ secretString: "Abc123!!" })],
    },
    undecided: {},
  },
  {
    rule: "snapshot-encrypted",
    good: [made(snapshot, { storageEncrypted: true }), made(copy, { encrypted: true })],
    bad: {
      "a snapshot in plain text": [made(snapshot, { storageEncrypted: false })],
      "a copy in plain text": [made(copy, { encrypted: false })],
    },
    undecided: { "not made yet": [made(snapshot, { storageEncrypted: UNKNOWN })] },
  },
];
