import type { Mutant } from "./mutants";

/** Why a broken thing is let pass. */
interface Reason {
  /** Types, without their module: "Cluster", "rds.Instance" where two vendors have it. */
  readonly of: RegExp;
  /** Path, and how it was broken: "port zero". A place in a list is written "#". */
  readonly what: RegExp;
  readonly why: string;
  /** Of which resources alone. */
  readonly named?: RegExp;
}

const any = /./;
const reason = (of: RegExp, what: RegExp, why: string): Reason => ({ of, what, why });

const GATE = "a resource that goes is the destructive-change gate's to refuse";
const NAMES = "a name, a description, a tag: it protects nothing";
const SIZES = "size, speed or cost";
const REFUSED = "the service or its provider refuses that: nothing is made";
const OUTSIDE = "something outside the stack, which is not this program's to judge";
const DEFAULT = "left out, it is what it was";
const BROKEN = "it does not work then, which is noticed, and lets nobody in";
const TUNING = "a parameter of memory, planner or log detail (R6 to R8): slower, and no less safe";
const EXTRA = "beside what R16 and R17 ask for";

/** In order; the first that fits counts. */
export const survivors: readonly Reason[] = [
  // Before the names, of which they look like two
  reason(
    /^Cluster$/,
    /^(masterUsername|caCertificateIdentifier) changed$/,
    "any but the known bad ones will do: the administrator's usual names, expired authorities",
  ),

  // Of every type
  reason(
    any,
    /^(tags|description|describe|name|region|displayName|lang)(\.[\w-]+)? (removed|changed|led elsewhere)$/,
    NAMES,
  ),
  reason(
    any,
    /^(\w*(Name|Identifier|Description)|alias|id|bucket|functionName|databaseName|ruleName) (changed|removed)$/i,
    NAMES,
  ),
  reason(
    any,
    /^(skipDestroy|revokeRulesOnDelete|forceDetachPolicies|force|forceDelete|publish|dryRun) switched/,
    "how the provider goes about a deletion or an update",
  ),

  // Databases
  reason(/^(Cluster|Instance|ReadOnlyInstance)$/, /^ removed$/, GATE),
  reason(
    /^(Cluster|Instance|ReadOnlyInstance)$/,
    /^(allocatedStorage|instanceStorage|storageType|dbInstanceStorageType|instanceType|dbClusterInstanceClass|storageAutoScale|burstingEnabled|coldDataEnabled|instanceChargeType|autoRenew|performanceInsightsRetentionPeriod|monitoringRoleArn|pgBouncerEnabled) /,
    SIZES,
  ),
  reason(
    /^(Cluster|Instance|ReadOnlyInstance)$/,
    /^(forceRestart|applyImmediately|upgradeDbInstanceKernelVersion|enable(Global|Local)WriteForwarding|dbIsIgnoreCase|engineLifecycleSupport) /,
    "when and how a change is carried out, or a feature without a door of its own",
  ),
  reason(/^Cluster$/, /^enableHttpEndpoint /, "the Data API asks for IAM rights and the secret; nobody has them by it"),
  reason(
    /^(Cluster|Instance)$/,
    /^autoMinorVersionUpgrade (flipped|removed)$/,
    "R17: minor versions are reviewed every quarter (setting `planned`)",
  ),
  reason(
    /^(Cluster|Instance|ReadOnlyInstance)$/,
    /^engine(Version)? (changed|removed|huge)$/,
    `another engine or version: ${REFUSED}`,
  ),
  reason(/^(Cluster|Instance)$/, /^port /, "a port hides nothing; R10's is the program's own choice"),
  reason(
    /^(Cluster|Instance)$/,
    /(kmsKeyId|KmsKeyId|encryptionKey) led elsewhere$/,
    `a key of the account: ${OUTSIDE}`,
  ),
  reason(
    /^(Cluster|Instance|ReadOnlyInstance)$/,
    /^(dbClusterParameterGroupName|dbSubnetGroupName|vpcSecurityGroupIds\.#|securityGroupIds\.#|vpcId|vswitchId|roleArn|finalSnapshotIdentifier) led elsewhere$/,
    OUTSIDE,
  ),
  reason(/^(Cluster|Instance)$/, /^(skipFinalSnapshot|allowMajorVersionUpgrade|haConfig) removed$/, DEFAULT),
  reason(
    /^(Instance|ReadOnlyInstance)$/,
    /^caType (changed|removed)$/,
    "a certificate of the service, or of the customer's own",
  ),
  reason(/^Instance$/, /^(roleArn|vpcId) removed$/, REFUSED),
  reason(
    /^(Instance|ReadOnlyInstance)$/,
    /^zoneId(SlaveA)? (changed|removed)$/,
    "another zone; that there are two is asked, their names the service checks",
  ),
  reason(/^(Instance|ReadOnlyInstance)$/, /^security(Ips|GroupIds)(\.#)? (removed|emptied)$/, "fewer are let in"),
  reason(
    /^Instance$/,
    /^pgHbaConfs\.#\.(address|database|mask|option|priorityId|user) /,
    "the row holds for everybody already: less is let in",
  ),

  // Parameters
  reason(/ParameterGroup$/, /^ removed$|^family /, GATE),
  reason(
    /^(Instance|ReadOnlyInstance|Cluster|ClusterParameterGroup)$/,
    /^parameters\.(?!(log_connections|log_disconnections|log_duration|password_encryption|archive_mode|archive_command|rds\.force_ssl|rds\.accepted_password_auth_method|listen_addresses)[. ])/,
    TUNING,
  ),
  reason(
    /^(ClusterParameterGroup)$/,
    /^parameters\.[\w.]+\.applyMethod /,
    "when a parameter takes hold, not what it is",
  ),
  reason(
    /^(Instance|ReadOnlyInstance|ClusterParameterGroup)$/,
    /^parameters\.password_encryption(\.\w+)? /,
    "what is stored; accepted is what rds.accepted_password_auth_method says",
  ),

  // Networks
  reason(
    /^(Vpc|Subnet|SecurityGroup|RouteTable|RouteTableAssociation|Network|Switch|SubnetGroup|Vault)$/,
    /^ removed$/,
    GATE,
  ),
  reason(
    /^(Vpc|Subnet|Network|Switch)$/,
    /^cidrBlock |^(availabilityZoneId|zoneId) (changed|removed)$/,
    "addresses and places of the network's own: whoever is let in is said elsewhere",
  ),
  reason(
    /^(Vpc|Subnet|Network|Switch)$/,
    /^(enable|assign|map|ipv6|isDefault|classicLink|systemRouteTable)\w* (switched|flipped|removed)/,
    "names and addresses inside the network, which has no way to the internet",
  ),
  reason(
    /^(Subnet|Switch|SecurityGroup|RouteTable|RouteTableAssociation|VpcEndpoint)$/,
    /^(vpcId|routeTableId|subnetId) (led elsewhere|removed)$/,
    `${OUTSIDE}, or ${REFUSED}`,
  ),
  reason(
    /^(RouteTable|DefaultSecurityGroup)$/,
    /^(routes|ingress|egress) removed$/,
    "without routes or rules nothing goes through",
  ),
  reason(/^SecurityGroup$/, /^innerAccess switched/, "refused beside innerAccessPolicy"),
  reason(/^SubnetGroup$/, /^subnetIds\.# led elsewhere$/, OUTSIDE),
  reason(/Rule$/, /^ removed$/, "a way less"),
  reason(
    /^SecurityGroup\w*Rule$/,
    /^(referencedSecurityGroupId|securityGroupId) (led elsewhere|removed)$/,
    "another group: groups are named one by one, and none is everybody",
  ),
  reason(
    /^SecurityGroupEgressRule$/,
    /^(fromPort|toPort|ipProtocol) /,
    "to a group of the stack alone, which says itself who gets in",
  ),
  reason(
    /^SecurityGroup\w*Rule$/,
    /^(nicType|priority|type|policy|ipProtocol|portRange|cidrIp) /,
    `an order among rules, a way less, or ${REFUSED}`,
  ),
  reason(
    /^VpcEndpoint$/,
    /^(autoAccept|privateDnsEnabled|securityGroupIds(\.#)?|serviceName|subnetIds(\.#)?|vpcEndpointType|ipAddressType) /,
    BROKEN,
  ),
  reason(/^FlowLog$/, /./, "where the log goes, and how often; that there is one, of all traffic, is asked"),

  // Keys and secrets
  reason(
    /^(Key|Alias|Secret|Store|Project|LogGroup|Database|RdsAccount|AccountPrivilege|ParameterGroup)$/,
    /^ removed$/,
    GATE,
  ),
  reason(/^Key$/, /^(isEnabled|rotationPeriodInDays|deletionWindowInDays) (removed|switched on)$/, DEFAULT),
  reason(
    /^Key$/,
    /^(customerMasterKeySpec|keySpec|keyUsage|multiRegion|bypassPolicyLockoutSafetyCheck) /,
    "of another kind it encrypts nothing here: RDS refuses it",
  ),
  reason(/^Alias$/, /./, "a key's other name; everything here names the key itself"),
  reason(
    /^(Secret|Vault|LogGroup|Topic|Bucket)$/,
    /(kmsKeyId|kmsKeyArn|kmsMasterKeyId|kmsMasterKeyID) led elsewhere$/,
    `a key of the account: ${OUTSIDE}`,
  ),
  reason(/^Secret$/, /^(forceOverwriteReplicaSecret|recoveryWindowInDays) (switched|removed)/, DEFAULT),
  reason(
    /^SecretRotation$/,
    /^(rotateImmediately|rotationEnabled|rotationLambdaArn) (flipped|removed|switched on|led elsewhere)$/,
    "when it begins, and by whom: a function that is none fails, and that is told",
  ),
  reason(
    /^SecretRotation$/,
    /^ removed$|^secretId |^rotationEnabled switched off$/,
    "the administrator's secret: RDS rotates it every week by itself",
  ),
  reason(
    /^RdsAccount$/,
    /^(accountPassword|accountType|dbInstanceId|accountName|checkPolicy|resetPermissionFlag) /,
    `another account, fewer rights, or ${REFUSED}`,
  ),
  reason(
    /^(Database|AccountPrivilege)$/,
    /./,
    "what the application finds; rights beyond its own database there are none to give",
  ),

  // What watches
  {
    of: /^(MetricAlarm|Alarm)$/,
    what: /./,
    named: /^license-db-prod-(?!cpu|memory|disk-(\d|primary|reader)|replication-lag)/,
    why: EXTRA,
  },
  reason(
    /^(MetricAlarm|Alarm)$/,
    /^(alarmDescription|okActions(\.#)?|treatMissingData|datapointsToAlarm|silenceTime|webhook|actionsEnabled switched on|enabled switched on) ?/,
    "how it is told, how often, and that it is over",
  ),
  reason(/^Alarm$/, /^contactGroups\.# led elsewhere$/, "it posts to a webhook by itself, whoever else is told"),
  reason(
    /^Alarm$/,
    /^(escalations\w+\.(comparisonOperator|times)|period) removed$/,
    "CloudMonitor's own: above, three times, within what R16 lets it last",
  ),
  reason(/^MetricAlarm$/, /^metricQueries\.#( removed|\.(id|expression|label) removed|\.returnData )/, REFUSED),
  reason(/^(Dashboard|MonitorGroup|MonitorGroupInstances)$/, /./, "what people look at; alarms do not hang on it"),
  reason(/^EventSubscription$/, /./, EXTRA),
  reason(
    /^EventRule$/,
    /^(silenceTime|webhookParameters|contactParameters|ruleName|groupId|status|eventPattern)/,
    `how often and by what further ways it is told; ${DEFAULT}; whose group it is CloudMonitor alone knows`,
  ),
  reason(
    /^(AlarmContact|AlarmContactGroup|TopicSubscription)$/,
    /./,
    "one contact of several, or an address that nobody can tell from a right one",
  ),
  reason(/^Topic$/, /^(contentBasedDeduplication|fifoTopic|signatureVersion) /, "how messages are sent"),
  reason(/^TopicPolicy$/, /./, "without it the topic is its account's alone"),

  // Backups and archives
  reason(
    /^Plan$/,
    /^rules\.#\.(completionWindow|startWindow|ruleName|scheduleExpressionTimezone|recoveryPointTags)/,
    "when a backup starts in its night, and its labels",
  ),
  reason(
    /^Plan$/,
    /^rules\.#\.(enableContinuousBackup|lifecycle(\.deleteAfter)?) removed$/,
    "left out: none, and for ever",
  ),
  reason(/^Plan$/, /^rules\.#\.targetVaultName /, `a vault of the account: ${OUTSIDE}`),
  reason(/^Selection$/, /^iamRoleArn /, BROKEN),
  reason(/^(Vault|Bucket)$/, /^forceDestroy removed$/, DEFAULT),
  reason(
    /^BackupPolicy$/,
    /^(enableBackupLog|logBackupRetentionPeriod) (removed|huge)$|^(enableIncrementDataBackup|enablePitrProtection|logBackup) switched|^preferredBackupTime /,
    `${DEFAULT}; or the hour of the backup`,
  ),
  reason(/^Bucket$/, /^lifecycleRule/, "kept longer, or parts of uploads that never ended"),
  reason(
    /^Bucket$/,
    /^(bucket|storageClass|loggingIsenable|serverSideEncryptionRule\.kmsMasterKeyId) /,
    `${NAMES}; ${OUTSIDE}`,
  ),
  reason(/^LogGroup$/, /^deletionProtectionEnabled /, "beyond what logs are asked for"),
  reason(
    /^Store$/,
    /^(appendMeta|autoSplit|maxSplitShardCount|shardCount|projectName|logstoreName|enableWebTracking switched off)/,
    SIZES,
  ),
  reason(/^Store$/, /^encryptConf\.(encryptType|userCmkInfo\.(arn|regionId)) /, BROKEN),
  reason(/^Store$/, /^encryptConf\.userCmkInfo\.cmkKeyId led elsewhere$/, OUTSIDE),
  reason(/^Project$/, /^projectName /, NAMES),

  // What runs beside the database
  reason(
    /^(Function|V3Function|Invocation|V3Trigger|CloudFormationStack)$/,
    /./,
    `${BROKEN}; what it may do is its role's, and asked there`,
  ),
  reason(
    /^(Policy|Role|RolePolicy|RolePolicyAttachment|Selection)$/,
    /^ removed$|^(policy|policyDocument|role|roleName|policyArn|policyName|policyType|rotateStrategy) (removed|led elsewhere|changed)$/,
    `fewer rights, or ${OUTSIDE}`,
  ),

  // Ways in
  reason(/^(Proxy|ProxyEndpoint|ProxyTarget|ProxyDefaultTargetGroup|RdsDbProxy)$/, /^ removed$/, GATE),
  reason(/^(Proxy|ProxyEndpoint)$/, /^(auths|engineFamily|roleArn|targetRole|dbProxyName|vpcSubnetIds)/, BROKEN),
  reason(
    /^(Proxy|ProxyEndpoint)$/,
    /^(idleClientTimeout |debugLogging removed|vpcSecurityGroupIds\.# led elsewhere)/,
    `${SIZES}, ${DEFAULT}, or ${OUTSIDE}`,
  ),
  reason(/^(ProxyTarget|ProxyDefaultTargetGroup)$/, /./, BROKEN),

  // One machine
  reason(
    /^(ApplicationDatabase|CertificateAuthority|EntryPoint|BackupRepository|Cluster|Machine|Monitoring)$/,
    /^place|^members|^ removed$/,
    "where the parts find each other; wrong, nothing starts",
  ),
  reason(
    /^Cluster$/,
    /^(cidrs|database|username|listen|memberCount|synchronous)/,
    "fewer are let in; more members; the provider sees to the rest",
  ),
  reason(/^(ApplicationDatabase|CertificateAuthority|EntryPoint)$/, /./, BROKEN),
  reason(/^(BackupRepository)$/, /^(dailyAt|timeZone) /, "the hour of the backup"),
  reason(/^(BackupRepository|Cluster)$/, /^major /, `${REFUSED}: the data says which major version it is of`),
  reason(/^Monitoring$/, /^thresholds\.(?!(cpu|memory|disk|replicationLag)[. ])/, EXTRA),
  reason(/^Monitoring$/, /^thresholds\.\w+\.for zero$/, "it fires sooner: when anybody looks next"),
  reason(
    /^Monitoring$/,
    /^contacts\.# /,
    "one contact of several, or an address that nobody can tell from a right one",
  ),
  reason(/^Monitoring$/, /^mail\./, "how mail is handed over; that there is a server is asked"),
  reason(
    /^Monitoring$/,
    /^(retention|storage|database) /,
    "which figures are kept for people to look at, and how long",
  ),
  reason(/^Monitoring$/, /^required /, "where its programs cannot be had, `up` says so, or fails"),
  reason(/^Machine$/, /^encrypted /, "exempt: a folder is encrypted only where the machine's file system is"),
  reason(/^Machine$/, /./, "where on the machine it lies"),
];

/** "Instance", "port zero" -> why it survives, or undefined. */
export function whyOf({ type, path, how, resource }: Mutant): { reason: Reason } | undefined {
  const short = type.split(":").pop() ?? type;
  const what = `${path.replace(/\.\d+(?=\.|$)/g, ".#")} ${how}`;
  const found = survivors.find(
    (one) => one.of.test(short) && one.what.test(what) && (one.named?.test(resource) ?? true),
  );
  return found && { reason: found };
}
