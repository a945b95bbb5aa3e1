import { field, group, list, type OptionFields } from "../spec/fields";
import { boolean, duration, integer, oneOf, text } from "../spec/kinds";
import type { Seconds, Spec } from "../spec/spec";
import { LOG_RETENTIONS } from "./logs";
import { chosenRegionName } from "./regions";
import { brokenRules } from "./rules";

/** `license-db:aws`: what only AWS needs to be told. */
export interface AwsOptions {
  /** "db.m6gd.xlarge"; without it: the smallest allowed class that has the size. */
  readonly instanceClass?: string;
  readonly storage: {
    readonly type: "gp3" | "io1" | "io2";
    /** io1, io2: needed; gp3: from 400 GiB on. */
    readonly iops?: number;
    /** MB/s; gp3 from 400 GiB on. */
    readonly throughput?: number;
  };
  readonly network: {
    /** Of the VPC that is made. */
    readonly cidr: string;
    /** Zone ids ("euc1-az1") of the subnets that are made; without them the region's first three. */
    readonly zones: readonly string[];
    /** An existing VPC and its isolated subnets, in at least three zones (two for a single instance). */
    readonly vpcId?: string;
    readonly subnetIds: readonly string[];
    /** Make the interface endpoint of Secrets Manager; false where the existing VPC has one. */
    readonly secretsEndpoint: boolean;
  };
  /** RDS Proxy in front. */
  readonly proxy: boolean;
  readonly backups: {
    /** A second region for backups; only a single instance can have one. */
    readonly copyRegion?: string;
    /** Nobody can shorten or delete archives, not even the account's owner; irreversible once the days of grace are over. */
    readonly vaultLock: { readonly enabled: boolean; readonly changeableFor: Seconds };
  };
  /** How long PostgreSQL's log, flow logs and functions' logs are kept. */
  readonly logRetention: Seconds;
  /** ARNs of roles that administer the keys, beside the account itself. */
  readonly keyAdministrators: readonly string[];
  /** Ask the account, before anything is made, whether it can hold this. */
  readonly preflight: boolean;
}

const DAY = 86_400;

const id = (kind: string, what: string) =>
  text({
    type: `${what} id`,
    shape: new RegExp(`^${kind}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`),
    allowed: `the id of a ${what}, such as "${kind}-0123456789abcdef0"`,
    mend: "Write its id, not its name.",
  });

const instanceClass = text({
  type: "instance class",
  shape: /^db\.[a-z0-9]+\.[a-z0-9]+$/,
  allowed: 'the name of an instance class, such as "db.m6gd.xlarge"',
  mend: "Write it as RDS does: db., the family, the size.",
});

const vpcBlock = text({
  type: "CIDR block",
  shape: /^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/,
  allowed: 'an IPv4 block, such as "10.42.0.0/16"',
  mend: "Write an address, a slash and a number of bits.",
});

const zone = text({
  type: "zone id",
  shape: /^[a-z]{2,6}\d-az\d$/,
  allowed: 'the id of an availability zone, such as "euc1-az1"',
  mend: "Write the zone's id, which means the same place in every account; its name does not.",
});

const regionName = text({
  type: "region",
  shape: /^[a-z]{2}(?:-[a-z]+)+-\d$/,
  allowed: 'the name of a region, such as "eu-west-1"',
  mend: "Write the region's code, not its place.",
});

const principal = text({
  type: "ARN",
  shape: /^arn:aws(?:-cn|-us-gov)?:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]+$/,
  allowed: 'the ARN of a role, such as "arn:aws:iam::123456789012:role/keys"',
  mend: "Write the ARN as IAM shows it.",
});

export const awsOptions: OptionFields<AwsOptions> = {
  instanceClass: field(instanceClass, {
    doc: "What each member is made as. Without it: the smallest class with `size` that the topology can be made of.",
    requirement: "R2",
    optional: true,
    example: "db.m6gd.xlarge",
  }),
  storage: group<AwsOptions["storage"]>(
    {
      type: field(oneOf("gp3", "io1", "io2"), { doc: "The volume's type.", default: "gp3" }),
      iops: field(integer({ min: 1, max: 256_000 }), {
        doc: "Operations a second: needed with io1 and io2; with gp3 from 400GB on.",
        optional: true,
        example: "12000",
      }),
      throughput: field(integer({ min: 1, max: 4000 }), {
        doc: "MB a second, with gp3 from 400GB on; not with replicas.",
        optional: true,
        example: "500",
      }),
    },
    { doc: "Each member's volume.", requirement: "R2" },
  ),
  network: group<AwsOptions["network"]>(
    {
      cidr: field(vpcBlock, {
        doc: "The block of the VPC that is made, from /16 to /24. Choose one that no network to be connected has.",
        default: "10.90.0.0/24",
      }),
      zones: list(zone, 6, {
        doc: "The ids of the zones of the subnets that are made. Without them: the region's first three.",
        default: [],
        example: '["euc1-az1", "euc1-az2", "euc1-az3"]',
      }),
      vpcId: field(id("vpc", "VPC"), {
        doc: "An existing VPC to be in, instead of one of its own.",
        optional: true,
        example: "vpc-0123456789abcdef0",
      }),
      subnetIds: list(id("subnet", "subnet"), 20, {
        doc: "The existing VPC's subnets without a way to the internet, in three zones (two for a single instance).",
        default: [],
        example: '["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]',
      }),
      secretsEndpoint: field(boolean, {
        doc: "Make the interface endpoint through which passwords are rotated. False where the existing VPC has one.",
        requirement: "R13",
        default: true,
      }),
    },
    { doc: "Where the database is.", requirement: "R11" },
  ),
  proxy: field(boolean, { doc: "RDS Proxy in front of the database.", requirement: "R5", default: true }),
  backups: group<AwsOptions["backups"]>(
    {
      copyRegion: field(regionName, {
        doc: "A second region that backups are copied to; a single instance alone can have one.",
        optional: true,
        example: "eu-west-1",
      }),
      vaultLock: group<AwsOptions["backups"]["vaultLock"]>(
        {
          enabled: field(boolean, {
            doc: "Lock the archive's vault: once `changeableFor` is over nobody, not even AWS, can delete an archive before its time or take the lock off. The account pays until the last one has expired.",
            default: false,
          }),
          changeableFor: field(duration({ min: 3 * DAY, max: 36_500 * DAY, step: DAY }), {
            doc: "How long the lock can still be taken off.",
            default: "30d",
          }),
        },
        { doc: "A lock on the monthly archive that nobody can open.", requirement: "R14" },
      ),
    },
    { doc: "Further protection of backups.", requirement: "R14" },
  ),
  logRetention: field(duration({ min: DAY, max: 3653 * DAY, step: DAY }), {
    doc: `How long PostgreSQL's log, flow logs and functions' logs are kept. CloudWatch Logs takes ${LOG_RETENTIONS.join(", ")} days.`,
    requirement: "R15",
    default: "365d",
  }),
  keyAdministrators: list(principal, 20, {
    doc: "The roles that administer the keys, beside those the account itself lets.",
    requirement: "R12",
    default: [],
    example: '["arn:aws:iam::123456789012:role/keys"]',
  }),
  preflight: field(boolean, {
    doc: "Ask the account, before anything is made, whether it can hold this.",
    default: true,
  }),
};

/** What RDS, or one of the services around it, would refuse, as sentences. */
export const checkAws = (spec: Spec, options: AwsOptions): readonly string[] =>
  brokenRules({ spec, options, region: chosenRegionName() });
