import type { Seconds } from "../spec/spec";

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
