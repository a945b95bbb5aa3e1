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
  };
  readonly archive: {
    /** "dump": a monthly pg_dump to an encrypted bucket; "crossRegion": the service's own copies of every backup. */
    readonly method: "dump" | "crossRegion";
    /** Where "crossRegion" copies to. */
    readonly region?: string;
  };
  /** Ask the account, before anything is made, whether it can hold this. */
  readonly preflight: boolean;
}
