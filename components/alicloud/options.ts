import { field, group, list, type OptionFields } from "../spec/fields";
import { boolean, oneOf, text } from "../spec/kinds";

export { checkAlicloud } from "./check";

/** `license-db:alicloud`: what only Alibaba Cloud needs to be told. */
export interface AlicloudOptions {
  /** "pg.x4.large.2c"; without it: the smallest allowed class that has the size. */
  readonly instanceClass?: string;
  /** "pgro.x4.large.1c"; without it: the read-only class of the same size. */
  readonly readOnlyClass?: string;
  readonly storage: {
    /** Of the ESSD. PL2 needs 500 GB, PL3 1500 GB. */
    readonly performanceLevel: "PL1" | "PL2" | "PL3";
  };
  readonly network: {
    /** Of the VPC that is made. */
    readonly cidr: string;
    /** Zone ids ("cn-hangzhou-h"): the primary's, the standby's, then those the replicas take turns in. */
    readonly zones: readonly string[];
    /** An existing VPC, and its vswitches in the order of `zones`. */
    readonly vpcId?: string;
    readonly vswitchIds: readonly string[];
  };
  /** The database proxy: a further endpoint that splits reads from writes; without TLS that a client can verify. */
  readonly proxy: boolean;
  readonly encryption: {
    /** Transparent data encryption as well; it cannot be switched off again. */
    readonly tde: boolean;
    /** A KMS instance, where there is one: keys live in it, and it rotates the passwords. */
    readonly kmsInstanceId?: string;
    /** An existing key of the region, in place of those that are made. */
    readonly keyId?: string;
    /** The existing role that RDS uses keys as, in place of the one that is made; an account has one. */
    readonly roleArn?: string;
    /** "2026-11-22": passwords are made anew when it changes. */
    readonly passwordsSince?: string;
  };
  readonly archive: {
    /** "dump": a monthly pg_dump to an encrypted bucket; "crossRegion": the service's own copies of every backup. */
    readonly method: "dump" | "crossRegion";
    /** Where "crossRegion" copies to. */
    readonly region?: string;
    /** Folder with pg_dump, pg_restore and their libraries for Linux x86-64, which "dump" runs with. */
    readonly client?: string;
  };
  /** PEM file with the regions' authorities, beside ApsaraDB's root. */
  readonly caFile?: string;
  /** Ask the account, before anything is made, whether it can hold this. */
  readonly preflight: boolean;
}

/** A text of one shape, shown by an example. */
const shaped = (type: string, shape: RegExp, example: string) =>
  text({ type, shape, allowed: `${type}, such as "${example}"`, mend: `Write ${type}.` });

const instanceClass = shaped("an instance class", /^pg(ro)?(\.[a-z0-9]{1,12}){2,3}$/, "pg.x4.large.2c");
const zone = shaped("a zone id", /^[a-z]{2}(-[a-z0-9]+){1,4}$/, "cn-hangzhou-h");
const region = shaped("a region id", /^[a-z]{2}(-[a-z0-9]+){1,3}$/, "cn-shanghai");
const vpcId = shaped("a VPC id", /^vpc-[a-z0-9]{1,40}$/, "vpc-bp1opxu1zkhn00g0000");
const vswitchId = shaped("a vswitch id", /^vsw-[a-z0-9]{1,40}$/, "vsw-bp1ddbrxdlrcbim460000");
const block = shaped("a block of IPv4 addresses", /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, "10.42.0.0/16");
const kmsInstanceId = shaped("a KMS instance id", /^kst-[a-z0-9]{6,40}$/, "kst-hzz65f176a0ogplgq0000");
const keyId = shaped(
  "a key id",
  /^(key-[a-z0-9]{6,40}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  "key-hzz62f1cb66fa42qo0000",
);
const roleArn = shaped(
  "the ARN of a role",
  /^acs:ram::\d{8,20}:role\/[A-Za-z0-9.-]{1,64}$/,
  "acs:ram::1234567890123456:role/aliyunrdsinstanceencryptiondefaultrole",
);

const day = text({
  type: "a day",
  shape: /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  allowed: 'a day, such as "2026-11-22"',
  mend: "Write a day, in a file of YAML between quotes: without them it is a time there.",
});
const folder = text({ type: "folder", shape: /^\S(.*\S)?$/, allowed: "the path of a folder", mend: "Write its path." });
const file = text({ type: "file", shape: /^\S(.*\S)?$/, allowed: "the path of a file", mend: "Write its path." });

export const alicloudOptions: OptionFields<AlicloudOptions> = {
  instanceClass: field(instanceClass, {
    doc: "The class of the primary and its standby. Without it: the smallest dedicated class that has `size` (a general one only where neither high availability nor encryption with an own key is asked for).",
    requirement: "R2",
    optional: true,
    example: "pg.x4.large.2c",
  }),
  readOnlyClass: field(instanceClass, {
    doc: "The class of each replica. Without it: the read-only class with the primary's vCPU and memory.",
    requirement: "R3",
    optional: true,
    example: "pgro.x4.large.1c",
  }),
  storage: group<AlicloudOptions["storage"]>(
    {
      performanceLevel: field(oneOf("PL1", "PL2", "PL3"), {
        doc: "Of the ESSD: PL1 from 20GB on, PL2 from 500GB, PL3 from 1500GB.",
        default: "PL1",
      }),
    },
    { doc: "Storage.", requirement: "R2" },
  ),
  network: group<AlicloudOptions["network"]>(
    {
      cidr: field(block, {
        doc: "Of the VPC that is made; from /12 to /22. It cannot change later.",
        default: "10.42.0.0/16",
      }),
      zones: list(zone, 12, {
        doc: "The primary's zone, the standby's, then those the replicas take turns in first. Without them: the region's first three, or one for a database without a standby.",
        requirement: "R3",
        default: [],
        example: '["cn-hangzhou-h", "cn-hangzhou-i", "cn-hangzhou-j"]',
      }),
      vpcId: field(vpcId, {
        doc: "An existing VPC, in place of one that is made.",
        optional: true,
        example: "vpc-bp1opxu1zkhn00g0000",
      }),
      vswitchIds: list(vswitchId, 12, {
        doc: "The existing VPC's vswitches, one for each of `zones` and in their order.",
        default: [],
        example: '["vsw-bp1ddbrxdlrcbim460000", "vsw-bp1ddbrxdlrcbim461111"]',
      }),
    },
    { doc: "Where the database lives.", requirement: "R11" },
  ),
  proxy: field(boolean, {
    doc: "The service's database proxy as a further endpoint, which parts reads from writes. Clients cannot verify its certificate: `writer` and `reader` stay the instances' own.",
    requirement: "R5",
    default: false,
  }),
  encryption: group<AlicloudOptions["encryption"]>(
    {
      tde: field(boolean, {
        doc: "Transparent data encryption beside the disks' own. The server restarts for it, and it can never be switched off.",
        default: false,
      }),
      kmsInstanceId: field(kmsInstanceId, {
        doc: "A KMS instance (sold apart): keys are made in it, with a rotation of their own, and it rotates the passwords. Without it the key is the one default key that an account has in a region.",
        optional: true,
        example: "kst-hzz65f176a0ogplgq0000",
      }),
      keyId: field(keyId, {
        doc: "An existing key, in place of those that are made: for the second stack of an account in a region without a KMS instance. Its rotation is its owner's.",
        optional: true,
        example: "key-hzz62f1cb66fa42qo0000",
      }),
      roleArn: field(roleArn, {
        doc: "The account's role `AliyunRDSInstanceEncryptionDefaultRole`, where it is there already (another stack made it, or RDS's console). Without it the stack makes it.",
        optional: true,
        example: "acs:ram::1234567890123456:role/aliyunrdsinstanceencryptiondefaultrole",
      }),
      passwordsSince: field(day, {
        doc: "The day the passwords are of. Another day makes other passwords, and `up` says when they are older than `encryption.passwordRotation`. With a KMS instance the application's password is KMS's to change, and this is the administrator's.",
        requirement: "R13",
        optional: true,
        example: "2026-11-22",
      }),
    },
    { doc: "Keys and passwords.", requirement: "R12" },
  ),
  archive: group<AlicloudOptions["archive"]>(
    {
      method: field(oneOf("dump", "crossRegion"), {
        doc: "`dump`: every month a pg_dump to an encrypted bucket. `crossRegion`: the service keeps a copy of every daily backup in another region instead; its older documents exclude encrypted disks.",
        default: "dump",
      }),
      region: field(region, {
        doc: "Where `crossRegion` copies to.",
        optional: true,
        example: "cn-shanghai",
      }),
      client: field(folder, {
        doc: "Where `dump` has PostgreSQL's client from: a folder with `pg_dump`, `pg_restore` and all their libraries for Linux x86-64 (docs/alicloud.md has the command that makes one). Without it: this machine's PostgreSQL 15, on Linux x86-64.",
        optional: true,
        example: "./client",
      }),
    },
    { doc: "The archive that is kept for `backups.archiveRetention`.", requirement: "R14" },
  ),
  caFile: field(file, {
    doc: "A PEM file with the authorities of the regions, `ApsaraDB-CA-Chain.pem`: clients need its region's where the server sends its own certificate alone. ApsaraDB's root must vouch for them.",
    requirement: "R12",
    optional: true,
    example: "ApsaraDB-CA-Chain.pem",
  }),
  preflight: field(boolean, {
    doc: "Ask the account, before anything is made, whether it can hold this: credentials, classes on sale, roles, existing vswitches. A preview without the cloud (`alicloud:skipRegionValidation`) asks nothing.",
    default: true,
  }),
};
