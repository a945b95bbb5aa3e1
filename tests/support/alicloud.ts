import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalValue, findParameter } from "../../components/catalogue/parameters";
import { isOneOf, typesOf } from "./program";
import { seedParameters } from "./scenarios";
import type { Expectations } from "./vendors";

const ACCOUNT = "1234567890123456";
export const REGION = "cn-hangzhou";
/** A webhook carries a token, which is nobody's but CloudMonitor's. */
const TOKEN = "T0KEN-of-the-webhook";
const ROBOT = `https://oapi.dingtalk.com/robot/send?access_token=${"0123456789abcdef".repeat(4)}`;
const PASSWORD = "a-generated-password";
const SERVER_KEY = "-----the server's private key-----";

const [primary, reader] = ["alicloud:rds/instance:Instance", "alicloud:rds/readOnlyInstance:ReadOnlyInstance"];
const [account, database] = ["alicloud:rds/rdsAccount:RdsAccount", "alicloud:rds/database:Database"];
const [privilege, proxy] = ["alicloud:rds/accountPrivilege:AccountPrivilege", "alicloud:rds/rdsDbProxy:RdsDbProxy"];
const [policy, copies] = [
  "alicloud:rds/backupPolicy:BackupPolicy",
  "alicloud:rds/rdsInstanceCrossBackupPolicy:RdsInstanceCrossBackupPolicy",
];
const [key, alias] = ["alicloud:kms/key:Key", "alicloud:kms/alias:Alias"];
const [code, trigger] = ["alicloud:fc/v3Function:V3Function", "alicloud:fc/v3Trigger:V3Trigger"];
const invocation = "alicloudfc:index:Invocation";
const way = "alicloud:ecs/securityGroupRule:SecurityGroupRule";
const [role, rights] = ["alicloud:ram/role:Role", "alicloud:ram/policy:Policy"];
const attachment = "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment";
const bucket = "alicloud:oss/bucket:Bucket";
const [unopened, bucketPolicy] = [
  "alicloud:oss/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "alicloud:oss/bucketPolicy:BucketPolicy",
];
const [password, suffix] = ["random:index/randomPassword:RandomPassword", "random:index/randomId:RandomId"];
const contact = "alicloud:cms/alarmContact:AlarmContact";

const order = [
  "alicloud:vpc/network:Network",
  "alicloud:vpc/switch:Switch",
  "alicloud:ecs/securityGroup:SecurityGroup",
  way,
  role,
  key,
  alias,
  suffix,
  `${rights} logs`,
  `${attachment} logs`,
  "alicloud:log/project:Project",
  "alicloud:log/store:Store",
  "alicloud:vpc/flowLog:FlowLog",
  bucket,
  unopened,
  bucketPolicy,
  rights,
  attachment,
  primary,
  reader,
  password,
  account,
  database,
  privilege,
  "alicloud:kms/secret:Secret",
  code,
  trigger,
  `${invocation} set-up`,
  // The archive is there once the database is set up.
  `${code} archive`,
  `${trigger} archive`,
  policy,
  copies,
  proxy,
  contact,
  "alicloud:cms/alarmContactGroup:AlarmContactGroup",
  "alicloud:cms/alarm:Alarm",
  "alicloud:cms/monitorGroup:MonitorGroup",
  "alicloud:cms/monitorGroupInstances:MonitorGroupInstances",
  "alicloud:cms/eventRule:EventRule",
  // It goes before all these.
  `${invocation} final-dump`,
];

/** What the SDK itself knows to be secret of an instance: the private key of its certificate is not among it. */
const sdkSecrets = [
  ...["clientCaCert", "serverCert", "sslCertificate", "sslPassword"],
  ...["tdeCertificate", "tdePassword", "tdePrivateKey"],
];

const host = (name: string) => `${name}.pg.rds.aliyuncs.com`;

/** What Alibaba Cloud makes up. */
const particular: Readonly<
  Record<string, (name: string, inputs: Readonly<Record<string, unknown>>) => Record<string, unknown>>
> = {
  [suffix]: () => ({ hex: "0a1b2c3d" }),
  [password]: () => ({ result: PASSWORD, bcryptHash: "$2a$10$of-it" }),
  [key]: (name) => ({ arn: `acs:kms:${REGION}:${ACCOUNT}:key/${name}` }),
  [role]: (_, { roleName }) => ({ arn: `acs:ram::${ACCOUNT}:role/${String(roleName).toLowerCase()}` }),
  [primary]: (name) => ({ connectionString: host(name), serverKey: SERVER_KEY }),
  [reader]: (name) => ({ connectionString: host(name), port: "5432", serverKey: SERVER_KEY }),
  [proxy]: (name) => ({ dbProxyConnectionString: host(name), dbProxyConnectStringPort: 5432 }),
  "alicloud:cms/alarm:Alarm": () => ({ status: "OK", dimensions: {} }),
  [invocation]: () => ({ tasks: "t1a2b3c4d" }),
};

/** What the function that archives is made of, as far as the program looks into it: no machine has to have PostgreSQL. */
function clientFolder(): string {
  const folder = join(tmpdir(), `license-db-tests-client-${process.getuid?.() ?? 0}`);
  const making = mkdtempSync(`${folder}-`);
  const made = join(making, "client");
  mkdirSync(made);
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02", "latin1");
  header.writeUInt16LE(0x3e, 18);
  for (const program of ["pg_dump", "pg_restore", "ld-linux-x86-64.so.2"]) writeFileSync(join(made, program), header);
  try {
    renameSync(made, folder);
  } catch {
    // An earlier run's is there, and as good.
  }
  rmSync(making, { recursive: true });
  return folder;
}

/** `alicloud:` of a configuration, with what no test can do without. */
export const section = (options: Readonly<Record<string, unknown>> = {}) => ({
  alicloud: { ...options, archive: { client: clientFolder(), ...(options.archive as object | undefined) } },
});

/** Sized by the instance class, or kept for the service's own standby and readers. */
const servicesOwn = ["max_connections", "shared_buffers", "max_wal_senders", "max_replication_slots"];
const settable = (parameters: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !servicesOwn.includes(name)));
const parameters = settable(seedParameters);

const asynchronous = "the service starts with asynchronous replication, and the provider cannot set another";
const sizes = `the service sizes ${servicesOwn.join(", ")}`;

/** What `vendor: alicloud` registers for what is asked. */
export const expectations: Expectations = {
  configuration: {
    ...section(),
    alerts: { contacts: ["dba@example.com", ROBOT, `https://hooks.example.com/${TOKEN}`] },
  },
  settings: { "alicloud:region": REGION, "alicloud:skipRegionValidation": "true" },
  stacks: ["dev", "prod"],
  order,
  sometimes: [reader, proxy, copies, bucket, unopened, bucketPolicy, "alicloud:kms/secret:Secret"],
  kept: [
    primary,
    reader,
    account,
    database,
    // Without these the data cannot be read, or not be reached any more.
    key,
    `${role} encryption`,
    `${rights} encryption`,
    `${attachment} encryption`,
    "alicloud:kms/secret:Secret",
    "alicloud:vpc/network:Network",
    "alicloud:vpc/switch:Switch",
    // Applications have its name.
    proxy,
    policy,
    copies,
    bucket,
    unopened,
    bucketPolicy,
    `${suffix} archive`,
  ],
  needs: {
    [primary]: ["alicloud:ecs/securityGroup:SecurityGroup", "alicloud:vpc/switch:Switch", key, attachment],
    [reader]: [primary, "alicloud:vpc/switch:Switch"],
    [account]: [primary, password],
    [database]: [account],
    [privilege]: [account, database],
    // The service takes no order on an instance that is busy with another.
    [policy]: [primary, privilege],
    [copies]: [policy],
    [proxy]: [primary, reader, privilege, policy],
    [code]: [attachment, privilege, "alicloud:ecs/securityGroup:SecurityGroup"],
    [trigger]: [code],
    // It goes before what a function reaches the database by.
    [invocation]: [trigger, way],
    [bucket]: [key],
    [bucketPolicy]: [unopened],
    "alicloud:cms/alarm:Alarm": ["alicloud:cms/alarmContactGroup:AlarmContactGroup"],
    "alicloud:cms/eventRule:EventRule": ["alicloud:cms/monitorGroup:MonitorGroup"],
  },
  secretOutputs: {
    [password]: ["bcryptHash", "result"],
    [primary]: ["serverKey", ...sdkSecrets],
    [reader]: ["serverKey"],
    [account]: ["accountPassword", "password"],
    "alicloud:kms/secret:Secret": ["secretData"],
    [code]: ["environmentVariables"],
  },
  outputs: Object.fromEntries(
    typesOf(order).map((one) => [one, (inputs, name) => ({ ...particular[one]?.(name, inputs), ...inputs })]),
  ),
  secrets: [TOKEN, ROBOT, PASSWORD, SERVER_KEY],
  refuses: {
    "names and port of its own": /access\.port is 6432.*1000 to 5999/,
    "two networks are let in": /access\.allowedCidrs has fd00::\/8.*IPv4/,
    "backups kept longer, in the evening, without an archive": /backups\.window.*full hour of UTC/,
  },
  otherwise: {
    "production as it stands": {
      holds: { synchronous: false, parameters },
      why: `${asynchronous}; ${sizes}`,
    },
    "development as it stands": { holds: { parameters: { work_mem: "5MB", max_wal_size: "1GB" } }, why: sizes },
    "a stack of its own name is production": {
      holds: { synchronous: false, parameters },
      why: `${asynchronous}; ${sizes}`,
    },
    "five replicas": { holds: { synchronous: false }, why: asynchronous },
    "parameters of its own, written as people write them": {
      holds: { parameters: { ...parameters, work_mem: "32MB", autovacuum_naptime: "20s" } },
      why: `${sizes}; log_statement is the SQL audit's, and jit is not offered`,
    },
    "change capture": { holds: { parameters: { ...parameters, wal_level: "logical" } }, why: sizes },
  },
  scenarios: [
    {
      name: "names of its own, and a port between the service's own",
      stack: "prod",
      configuration: { access: { database: "licenses", username: "app", port: 5999 } },
      holds: { database: "licenses", username: "app", port: 5999, members: 3 },
    },
    {
      name: "two IPv4 networks are let in",
      stack: "prod",
      configuration: { access: { allowedCidrs: ["10.1.0.0/16", "192.168.7.0/24"] } },
      holds: { openTo: ["10.1.0.0/16", "192.168.7.0/24"] },
    },
    {
      name: "backups kept longer, in a full hour of the evening, without an archive",
      stack: "prod",
      configuration: {
        timeZone: "Asia/Shanghai",
        backups: { retention: "30d", pointInTimeRecovery: "14d", archiveRetention: "0", window: "22:30-00:30" },
      },
      holds: { backupsKept: 30, pointInTime: 14, archivesKept: 0, backupAt: "15:00 UTC" },
    },
    {
      name: "copies in another region, a KMS instance, the proxy",
      stack: "prod",
      configuration: section({
        proxy: true,
        encryption: { kmsInstanceId: "kst-hzz65f176a0ogplgq0000", tde: true },
        archive: { method: "crossRegion", region: "cn-shanghai" },
      }),
      holds: { members: 3, protected: true, archivesKept: 365 },
    },
    {
      name: "a standby without replicas",
      stack: "prod",
      configuration: { replicas: 0, synchronousReplication: false },
      holds: { members: 1, protected: true, archivesKept: 365 },
    },
  ],
  furtherOutputs: [],
  splits: ({ members }) => members > 1,

  read(resources) {
    const ofType = <T>(wanted: string): T[] =>
      resources.filter((resource) => resource.type === wanted).map(({ inputs }) => inputs as T);
    const instance = only(ofType<Instance>(primary), "primary");
    const backups = only(ofType<BackupPolicy>(policy), "backup policy");
    const application = only(
      ofType<{ accountName: string; accountType: string }>(account).filter(
        ({ accountType }) => accountType === "Normal",
      ),
      "application's account",
    );
    const rules = ofType<{ lifecycleRules: { id: string; expirations?: { days: number }[] }[] }>(bucket).flatMap(
      ({ lifecycleRules }) => lifecycleRules.filter(({ id }) => id === "monthly"),
    );
    const component = resources[0]?.name.match(/^license-db-(?:prod|dev|team-7)/)?.[0] ?? "";
    const held = resources.filter((resource) => isOneOf(this.kept, resource, component));
    const readers = ofType<Pick<Instance, "deletionProtection" | "securityIps">>(reader);
    const members = [instance, ...readers];
    return {
      // The standby is no member that anybody could read from.
      members: members.length,
      // What the provider cannot ask for is as the service starts: not synchronous.
      synchronous: false,
      protected: held.every(({ protect }) => protect) && members.every(({ deletionProtection }) => deletionProtection),
      finalBackup: ofType<{ on: { destroy?: object } }>(invocation).some(({ on }) => on.destroy !== undefined),
      database: only(ofType<{ dataBaseName: string }>(database), "database").dataBaseName,
      username: application.accountName,
      port: Number(instance.port),
      openTo: [...new Set(members.flatMap(({ securityIps }) => securityIps))].filter((cidr) => cidr !== "127.0.0.1"),
      backupsKept: backups.backupRetentionPeriod,
      // Without a standby the service says nothing of it, and keeps the log as long as the backups.
      pointInTime: backups.logBackupRetentionPeriod ?? backups.backupRetentionPeriod,
      archivesKept: Math.max(
        0,
        ...rules.flatMap(({ expirations = [] }) => expirations.map(({ days }) => days)),
        ...ofType<{ retention: number }>(copies).map(({ retention }) => retention),
      ),
      backupAt: `${backups.preferredBackupTime.slice(0, 5)} UTC`,
      parameters: asShown(instance.parameters),
    };
  },
};

interface Instance {
  readonly deletionProtection: boolean;
  readonly port: string;
  readonly securityIps: readonly string[];
  readonly parameters: readonly Parameter[];
}

interface BackupPolicy {
  readonly backupRetentionPeriod: number;
  readonly logBackupRetentionPeriod?: number;
  readonly preferredBackupTime: string;
}

interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** RDS takes base units without their name; `SHOW` prints units. */
function asShown(sent: readonly Parameter[]): Record<string, string> {
  const shown = sent.map(({ name, value }): [string, string] => {
    const parameter = findParameter(name);
    const read = parameter && canonicalValue(parameter, value);
    if (!read?.ok) throw new Error(`PostgreSQL would not take ${name} = ${value}`);
    return [name, read.value];
  });
  return Object.fromEntries(shown);
}

function only<T>(some: readonly T[], what: string): T {
  const [one, ...others] = some;
  if (one === undefined || others.length > 0) throw new Error(`${some.length} of ${what}, not 1`);
  return one;
}
