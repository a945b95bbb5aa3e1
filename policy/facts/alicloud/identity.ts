import { absent, type Fact, known, knownValue, lacking, map, orElse, unknown } from "../fact";
import type {
  AnyFact,
  BackupCoverage,
  CloudFunction,
  Figure,
  Key,
  Permissions,
  Role,
  Secret,
  SecretRotation,
  SecretValue,
} from "../kinds";
import type { Reader, Readers } from "../reader";
import { Reading } from "../reading";
import { itself, literal, newest } from "./given";

const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** "365d", "31536000s" -> 365; what is no duration stays what it is. */
export const days = (fact: Fact<string>): Fact<Figure> =>
  map(fact, (text) => {
    const [, count, unit] = /^(\d+)([dhms])$/.exec(text) ?? [];
    return count === undefined || unit === undefined ? text : (Number(count) * (SECONDS[unit] ?? 0)) / 86_400;
  });

const key: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const fact: Key = {
    kind: "key",
    ...reading.owned,
    symmetric: map(orElse(reading.text("keySpec"), "Aliyun_AES_256"), (spec) => /^Aliyun_(AES|SM4)/.test(spec)),
    enabled: newest<boolean>([
      map(newest([reading.text("status"), reading.text("keyState")]), (status) => status === "Enabled"),
      reading.flag("isEnabled"),
      known(true),
    ]),
    rotates: map(orElse(reading.text("automaticRotation"), "Disabled"), (rotation) => rotation === "Enabled"),
    rotationDays: days(reading.text("rotationInterval")),
    deletionWindowDays: newest([reading.figure("pendingWindowInDays"), reading.figure("deletionWindowInDays")]),
    deletionProtection: map(orElse(reading.text("deletionProtection"), "Disabled"), (set) => set === "Enabled"),
    policy: newest([
      reading.document("policy"),
      lacking("without one of its own, RAM of the key's account says who uses it"),
    ]),
  };
  return [fact];
};

const secret: Reader = (resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "alicloud");
  const fact: Secret = {
    kind: "secret",
    ...reading.owned,
    key: reading.reference("encryptionKeyId"),
    recoveryDays:
      knownValue(reading.flag("forceDeleteWithoutRecovery")) === true
        ? known(0)
        : orElse(reading.figure("recoveryWindowInDays"), 30),
    policy: reading.document("policy"),
  };
  const value: SecretValue = {
    kind: "secretValue",
    ...reading.owned,
    secret: itself(reading),
    given: literal(reading, "secretData"),
  };
  const rotation: SecretRotation = {
    kind: "secretRotation",
    ...reading.owned,
    secret: itself(reading),
    days: days(reading.text("rotationInterval")),
  };
  return [fact, value, ...(knownValue(reading.flag("enableAutomaticRotation")) === true ? [rotation] : [])];
};

const role: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const fact: Role = {
    kind: "role",
    ...reading.owned,
    trust: newest([reading.document("assumeRolePolicyDocument"), reading.document("document")]),
  };
  return [fact];
};

const policy: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  const document = newest([
    reading.document("policyDocument"),
    reading.document("document"),
    reading.document("statements"),
  ]);
  return [permissions(reading, "identity", document)];
};

/** Custom policies are resources themselves. */
const attachment: Reader = (resource) => {
  const reading = new Reading(resource, "alicloud");
  if (knownValue(reading.text("policyType")) === "Custom") return [];
  return [{ ...permissions(reading, "identity", absent), attached: reading.text("policyName") }];
};

export function permissions(
  reading: Reading,
  on: Permissions["on"],
  document: Permissions["document"],
  guards: Permissions["guards"] = absent,
): Permissions {
  return { kind: "permissions", ...reading.owned, on, document, attached: absent, guards };
}

const handler: Reader = (resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "alicloud");
  const environment = reading.value("environmentVariables");
  const fact: CloudFunction = {
    kind: "function",
    ...reading.owned,
    inNetwork: inNetwork(reading),
    environmentKeys: map(orElse(environment, {}), (variables) =>
      typeof variables === "object" && variables !== null ? Object.keys(variables) : [],
    ),
    key: lacking("Function Compute encrypts a function's environment by itself"),
    public: lacking("its triggers say it"),
  };
  // What it works on: whoever dumps a database is told where it is, and where the dumps go.
  const works: BackupCoverage = {
    kind: "backupCoverage",
    ...reading.owned,
    plan: itself(reading),
    covers: environment.state === "absent" ? known([]) : reading.references("environmentVariables"),
  };
  return [fact, works];
};

/** A function in a VPC reaches the internet past it, too, unless that is switched off. */
function inNetwork(reading: Reading): Fact<boolean> {
  const vpc = newest([reading.value("vpcConfig.vpcId"), reading.value("vpcConfig.vswitchIds")]);
  if (vpc.state === "absent") return known(false);
  return map(orElse(reading.flag("internetAccess"), true), (internet) => internet === false);
}

/** A trigger that lets in whoever knows the address, or a timer that makes something a plan. */
const trigger: Reader = (resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "alicloud");
  const type = reading.text("triggerType");
  const configuration = reading.text("triggerConfig");
  if (type.state === "known" && type.value === "timer") return [timer(reading, configuration)];
  if (type.state === "known" && type.value !== "http") return [];
  const elsewhere = lacking("the function itself says it");
  const fact: CloudFunction = {
    kind: "function",
    ...reading.owned,
    inNetwork: elsewhere,
    environmentKeys: elsewhere,
    key: elsewhere,
    public: type.state === "unknown" ? unknown("triggerType") : map(configuration, (text) => !asksWho(text)),
  };
  return [fact];
};

function asksWho(configuration: string): boolean {
  const { authType } = readJson(configuration);
  return authType === "function" || authType === "jwt";
}

/** What is done every month by a function is a plan; what it works on says {@link handler}. */
function timer(reading: Reading, configuration: Fact<string>): AnyFact {
  const read = map(configuration, readJson);
  const runs = map(read, ({ cronExpression, enable }) => (enable === false ? "" : String(cronExpression ?? "")));
  return {
    kind: "backupPlan",
    ...reading.owned,
    of: reading.reference("functionName"),
    schedules: known([
      {
        when: runs,
        every: map(runs, frequency),
        keptDays: lacking("the bucket it is written to says it"),
        continuous: known(false),
        vault: reading.reference("functionName"),
      },
    ]),
    vault: reading.reference("functionName"),
    outlives: known(true),
  };
}

/** "CRON_TZ=Europe/Berlin 0 30 1 1 * *": second, minute, hour, day, month, weekday. */
export function frequency(expression: string): "day" | "week" | "month" | "other" {
  const fields = expression
    .replace(/^CRON_TZ=\S+\s+/, "")
    .trim()
    .split(/\s+/);
  const [, , , day, month, weekday] = fields;
  if (fields.length !== 6 || month !== "*" || day === undefined || weekday === undefined) return "other";
  const anyDay = day === "*" || day === "?";
  const anyWeekday = weekday === "*" || weekday === "?";
  if (/^([1-9]|1\d|2[0-8])$/.test(day) && anyWeekday) return "month";
  if (anyDay && /^[0-6A-Z]+$/i.test(weekday)) return "week";
  return anyDay && anyWeekday ? "day" : "other";
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export const identities: Readers = {
  "alicloud:kms/key:Key": key,
  "alicloud:kms/secret:Secret": secret,
  "alicloud:ram/role:Role": role,
  "alicloud:ram/policy:Policy": policy,
  "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment": attachment,
  "alicloud:ram/userPolicyAttachment:UserPolicyAttachment": attachment,
  "alicloud:ram/groupPolicyAttachment:GroupPolicyAttachment": attachment,
  "alicloud:fc/v3Function:V3Function": handler,
  "alicloud:fc/v3Trigger:V3Trigger": trigger,
};
