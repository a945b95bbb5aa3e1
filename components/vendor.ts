import type * as pulumi from "@pulumi/pulumi";
import type { OptionFields } from "./spec/fields";
import type { Spec, VendorName } from "./spec/spec";

/** Where one kind of traffic goes. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** What became of one requested PostgreSQL parameter. */
export interface AppliedParameter {
  readonly requested: string;
  /** What the server runs with; absent when the service decides. */
  readonly applied?: string;
  /** What a change of it costs; "service": the vendor or the cluster manager owns it. */
  readonly change: "reload" | "restart" | "service";
  /** Why `applied` differs from `requested`, or who owns it. */
  readonly reason?: string;
}

/** What the vendor knows the database by: what its own tools and this project's operations are told. */
export interface ClusterIdentity {
  readonly kind: "folder" | "cluster" | "instance";
  /** The cluster's folder on this machine; the identifier of the DB cluster, or of the (primary) instance. */
  readonly id: string;
  /** The folder of the backups, which outlives the cluster; absent where a service keeps them by the cluster's id. */
  readonly backups?: string;
  /** Of the cloud. */
  readonly region?: string;
}

/** Who sets the database up: for operations, never for an application. */
export interface Administrator {
  readonly username: string;
  /** Where a service keeps the password: the name of that secret. */
  readonly passwordSecret?: string;
  readonly password?: string;
}

export type RequirementId = `R${number}`;

/** How one vendor meets one requirement. */
export interface Capability {
  readonly status: "native" | "otherwise" | "not possible";
  readonly note: string;
}

/** What every vendor gives back; these are also the stack's outputs. */
export interface ClusterOutputs {
  readonly writer: pulumi.Output<Endpoint>;
  readonly reader: pulumi.Output<Endpoint>;
  readonly cluster: pulumi.Output<ClusterIdentity>;
  /** Secret where it holds the password itself. Absent where the operating system vouches for the administrator. */
  readonly administrator?: pulumi.Output<Administrator>;
  /** Further ways in, by name: around the pooler, to one member. */
  readonly endpoints?: pulumi.Output<Record<string, Endpoint>>;
  readonly database: pulumi.Output<string>;
  readonly username: pulumi.Output<string>;
  /** Secret. Absent where a service keeps it: then `passwordSecret` names it. */
  readonly password?: pulumi.Output<string>;
  readonly passwordSecret?: pulumi.Output<string>;
  /** The policy an application's own cloud role is given to learn the password, or to log in without one; where there is such a thing. */
  readonly connectPolicy?: pulumi.Output<string>;
  /** PEM; verifies both endpoints. */
  readonly caCertificate: pulumi.Output<string>;
  readonly parameters: pulumi.Output<Record<string, AppliedParameter>>;
  readonly capabilities: pulumi.Output<Record<RequirementId, Capability>>;
}

/** One place the database can live. Each vendor is a folder of the same file names, with this as its `index.ts`. */
export interface Vendor<Options = unknown> {
  readonly name: VendorName;
  /** The vendor's own section of the configuration (`license-db:<name>`): its fields, as data. */
  readonly options: OptionFields<Options>;
  /** Further rules that need the whole spec: each broken one is a message. */
  check(spec: Spec, options: Options): readonly string[];
  /**
   * What only the account knows (credentials, quotas, what is on sale where): asked once, before anything is registered.
   * Each answer that rules the stack out is a message. Does nothing where the stack is previewed without the cloud.
   */
  preflight?(spec: Spec, options: Options): Promise<readonly string[]>;
  /** R1 to R21: native, otherwise, or not possible. */
  capabilities(spec: Spec, options: Options): Record<RequirementId, Capability>;
  /** Registers the resources as children of `parent`. */
  create(spec: Spec, options: Options, parent: pulumi.ComponentResource): ClusterOutputs;
}
