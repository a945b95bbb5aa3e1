import { absent, type Fact, known, knownValue, lacking, map, orElse, unknown } from "../fact";
import type {
  AnyFact,
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

const key: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const fact: Key = {
    kind: "key",
    ...reading.owned,
    symmetric: map(
      orElse(reading.text("customerMasterKeySpec"), "SYMMETRIC_DEFAULT"),
      (spec) => spec === "SYMMETRIC_DEFAULT",
    ),
    enabled: orElse(reading.flag("isEnabled"), true),
    rotates: orElse(reading.flag("enableKeyRotation"), false),
    rotationDays: orElse(reading.figure("rotationPeriodInDays"), 365),
    deletionWindowDays: orElse(reading.figure("deletionWindowInDays"), 30),
    deletionProtection: lacking("KMS has a waiting time instead"),
    policy: reading.document("policy"),
  };
  return [fact];
};

/** Encrypts as the key it is a copy of, and rotates with it. */
const replicaKey: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const ofThePrimary = lacking("the key it is a copy of says it");
  const fact: Key = {
    kind: "key",
    ...reading.owned,
    symmetric: ofThePrimary,
    enabled: orElse(reading.flag("enabled"), true),
    rotates: ofThePrimary,
    rotationDays: ofThePrimary,
    deletionWindowDays: orElse(reading.figure("deletionWindowInDays"), 30),
    deletionProtection: lacking("KMS has a waiting time instead"),
    policy: reading.document("policy"),
  };
  return [fact];
};

const secret: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const fact: Secret = {
    kind: "secret",
    ...reading.owned,
    key: reading.reference("kmsKeyId"),
    recoveryDays: orElse(reading.figure("recoveryWindowInDays"), 30),
    policy: reading.document("policy"),
  };
  return [fact];
};

const secretVersion: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const given = [reading.given("secretString"), reading.given("secretBinary")];
  const fact: SecretValue = {
    kind: "secretValue",
    ...reading.owned,
    secret: reading.reference("secretId"),
    given: known(given.some((one) => one.state === "known" && one.value)),
  };
  return [fact];
};

const secretRotation: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  if (knownValue(reading.flag("rotationEnabled")) === false) return [];
  const rules = reading.value("rotationRules");
  const fact: SecretRotation = {
    kind: "secretRotation",
    ...reading.owned,
    secret: reading.reference("secretId"),
    days: rules.state === "unknown" ? rules : rotationDays(reading),
  };
  return [fact];
};

/** "rate(30 days)" is as good; a cron expression is not, for its longest wait is not plain to see. */
function rotationDays(reading: Reading): Fact<Figure> {
  const days = reading.figure("rotationRules.automaticallyAfterDays");
  if (days.state !== "absent") return days;
  return map(reading.text("rotationRules.scheduleExpression"), (text) => {
    const [, count] = /^rate\((\d+) days?\)$/.exec(text) ?? [];
    return count === undefined ? text : Number(count);
  });
}

const role: Reader = (resource): readonly AnyFact[] => {
  const reading = new Reading(resource, "aws");
  const fact: Role = { kind: "role", ...reading.owned, trust: reading.document("assumeRolePolicy") };
  const inline = reading
    .items("inlinePolicies")
    .filter((path) => reading.value(`${path}.policy`).state !== "absent")
    .map((path) => permissions(reading, "identity", reading.document(`${path}.policy`)));
  const managed = reading
    .items("managedPolicyArns")
    .map((path) => ({ ...permissions(reading, "identity", absent), attached: reading.text(path) }));
  const hidden = (["inlinePolicies", "managedPolicyArns"] as const)
    .filter((path) => reading.value(path).state === "unknown")
    .map((path) => permissions(reading, "identity", unknown(path)));
  return [fact, ...inline, ...managed, ...hidden];
};

function permissions(reading: Reading, on: Permissions["on"], document: Permissions["document"]): Permissions {
  return { kind: "permissions", ...reading.owned, on, document, attached: absent, guards: absent };
}

/** A policy document as a resource: of an identity, or at the door of what `guards` names. */
const policy =
  (on: Permissions["on"], guards?: string): Reader =>
  (resource) => {
    const reading = new Reading(resource, "aws");
    const fact = permissions(reading, on, reading.document("policy"));
    return [guards === undefined ? fact : { ...fact, guards: reading.reference(guards) }];
  };

const attachment: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  return [{ ...permissions(reading, "identity", absent), attached: reading.text("policyArn") }];
};

const lambda: Reader = (resource) => {
  const reading = new Reading(resource, "aws");
  const fact: CloudFunction = {
    kind: "function",
    ...reading.owned,
    inNetwork: known(reading.value("vpcConfig").state !== "absent"),
    environmentKeys: map(orElse(reading.value("environment.variables"), {}), (variables) =>
      typeof variables === "object" && variables !== null ? Object.keys(variables) : [],
    ),
    key: reading.reference("kmsKeyArn"),
    public: known(false),
  };
  return [fact];
};

/** What opens a function to others. */
const opened =
  (isPublic: (reading: Reading) => Fact<boolean>): Reader =>
  (resource) => {
    const reading = new Reading(resource, "aws");
    const elsewhere = lacking("the function itself says it");
    const fact: CloudFunction = {
      kind: "function",
      ...reading.owned,
      inNetwork: elsewhere,
      environmentKeys: elsewhere,
      key: elsewhere,
      public: isPublic(reading),
    };
    return [fact];
  };

export const identities: Readers = {
  "aws:kms/key:Key": key,
  "aws:kms/replicaKey:ReplicaKey": replicaKey,
  "aws:kms/keyPolicy:KeyPolicy": policy("key", "keyId"),
  "aws:secretsmanager/secret:Secret": secret,
  "aws:secretsmanager/secretVersion:SecretVersion": secretVersion,
  "aws:secretsmanager/secretRotation:SecretRotation": secretRotation,
  "aws:secretsmanager/secretPolicy:SecretPolicy": policy("secret", "secretArn"),
  "aws:iam/role:Role": role,
  "aws:iam/policy:Policy": policy("identity"),
  "aws:iam/rolePolicy:RolePolicy": policy("identity"),
  "aws:iam/userPolicy:UserPolicy": policy("identity"),
  "aws:iam/groupPolicy:GroupPolicy": policy("identity"),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": attachment,
  "aws:iam/userPolicyAttachment:UserPolicyAttachment": attachment,
  "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": attachment,
  "aws:iam/policyAttachment:PolicyAttachment": attachment,
  "aws:lambda/function:Function": lambda,
  "aws:lambda/functionUrl:FunctionUrl": opened((reading) =>
    map(reading.text("authorizationType"), (type) => type !== "AWS_IAM"),
  ),
  "aws:lambda/permission:Permission": opened((reading) => {
    const scoped = ["sourceAccount", "sourceArn", "principalOrgId"].some(
      (name) => reading.value(name).state !== "absent",
    );
    return map(reading.text("principal"), (principal) => principal === "*" && !scoped);
  }),
};
