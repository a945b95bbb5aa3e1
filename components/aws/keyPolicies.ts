import type { Partition, Region } from "./regions";
import { domainOf } from "./regions";

/** Whom a key's policy is about. */
export interface KeyPlace {
  readonly region: Pick<Region, "name" | "partition">;
  /** Twelve digits. */
  readonly accountId: string;
  /** The stack's name; its log groups begin with it. */
  readonly name: string;
  /** ARNs of roles that administer the key, beside those that the account's IAM lets. */
  readonly administrators: readonly string[];
}

export type KeyUse = "data" | "secrets" | "logs" | "archive";

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: { readonly AWS: string | readonly string[] } | { readonly Service: string };
  readonly Action: readonly string[];
  /** In a key's policy: this key. */
  readonly Resource: "*";
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface KeyPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/**
 * The policy of one key. Nobody may use a key directly: principals of the account (which of them, IAM says) only through
 * the services that the key is for, and services only for this account. A key's administrators do not read what it keeps.
 */
export function keyPolicy(use: KeyUse, place: KeyPlace): KeyPolicy {
  return {
    Version: "2012-10-17",
    Statement: [administer(place), ...statements[use](place).map((one) => ({ ...one, Effect: "Allow" as const }))],
  };
}

type Allowed = Omit<Statement, "Effect">;

const statements: Readonly<Record<KeyUse, (place: KeyPlace) => readonly Allowed[]>> = {
  // Storage, snapshots, Performance Insights; archives stay encrypted with the key of their database.
  data: (place) => through(place, ["rds", "backup"]),
  // RDS makes the master secret on behalf of whoever makes the database.
  secrets: (place) => through(place, ["secretsmanager", "rds"]),
  logs: (place) => [
    ...through(place, ["sns"]),
    logGroups(place),
    publisher(place, "AlarmsPublish", "cloudwatch.amazonaws.com"),
    publisher(place, "DatabaseEventsPublish", "events.rds.amazonaws.com"),
  ],
  archive: (place) => through(place, ["backup", "rds"]),
};

const ENCRYPT_AND_DECRYPT = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"] as const;

const accountRoot = ({ region, accountId }: KeyPlace): string =>
  `arn:${region.partition satisfies Partition}:iam::${accountId}:root`;

/** All but using it. The account itself is always among them, or a lost role would lock everybody out for ever. */
const administer = (place: KeyPlace): Statement => ({
  Sid: "Administer",
  Effect: "Allow",
  Principal: { AWS: [accountRoot(place), ...place.administrators] },
  Action: [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:Describe*",
    "kms:Disable*",
    "kms:Enable*",
    "kms:Get*",
    "kms:List*",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:Update*",
  ],
  Resource: "*",
});

/** Principals of the account, as far as IAM lets them, through these services of this region. */
function through(place: KeyPlace, services: readonly string[]): readonly Allowed[] {
  const mine = { "kms:CallerAccount": place.accountId, "kms:ViaService": services.flatMap((one) => via(place, one)) };
  const principal = { AWS: accountRoot(place) };
  return [
    {
      Sid: "UseThroughServices",
      Principal: principal,
      Action: ENCRYPT_AND_DECRYPT,
      Resource: "*",
      Condition: { StringEquals: mine },
    },
    {
      Sid: "GrantThroughServices",
      Principal: principal,
      Action: ["kms:CreateGrant"],
      Resource: "*",
      Condition: { StringEquals: mine, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

/** China's services go by either name. */
function via({ region }: KeyPlace, service: string): string[] {
  const names = [`${service}.${region.name}.amazonaws.com`, `${service}.${region.name}.${domainOf(region)}`];
  return [...new Set(names)];
}

/** CloudWatch Logs, for log groups that bear the stack's name. */
function logGroups({ region, accountId, name }: KeyPlace): Allowed {
  const group = (pattern: string) => `arn:${region.partition}:logs:${region.name}:${accountId}:log-group:${pattern}`;
  return {
    Sid: "LogGroups",
    Principal: { Service: `logs.${region.name}.${domainOf(region)}` },
    Action: [...ENCRYPT_AND_DECRYPT, "kms:Describe*"],
    Resource: "*",
    Condition: {
      ArnLike: {
        // "/aws/rds/cluster/NAME/postgresql", "/aws/lambda/NAME-..."; another stack's name may begin with this one's
        "kms:EncryptionContext:aws:logs:arn": [`/aws/*/${name}/*`, `/aws/*/${name}-*`, `${name}-*`].map(group),
      },
    },
  };
}

/** A service that writes to the alert topic for this account. */
const publisher = ({ accountId }: KeyPlace, sid: string, service: string): Allowed => ({
  Sid: sid,
  Principal: { Service: service },
  Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
  Resource: "*",
  Condition: { StringEquals: { "aws:SourceAccount": accountId } },
});
