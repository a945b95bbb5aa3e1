import * as pulumi from "@pulumi/pulumi";
import type { Spec } from "./spec/spec";
import type { ClusterOutputs, Vendor } from "./vendor";

export interface LicenseDbClusterArgs<Options> {
  /** What is asked for; see `parseSpec`. */
  readonly spec: Spec;
  /** Where it shall live; see `loadVendor`. */
  readonly vendor: Vendor<Options>;
  /** The vendor's own section of the configuration. */
  readonly options: Options;
}

/**
 * One highly available, backed up, watched and locked down PostgreSQL 15, wherever it lives.
 *
 * The children differ from vendor to vendor; the outputs do not.
 *
 * @caution The component's name and the spec's name are in the name of every child: changing either makes Pulumi see
 * a new database and delete the old one (which deletion protection then refuses).
 */
export class LicenseDbCluster<Options = unknown> extends pulumi.ComponentResource {
  readonly outputs: ClusterOutputs;

  constructor(name: string, args: LicenseDbClusterArgs<Options>, options?: pulumi.ComponentResourceOptions) {
    super("license-db:index:LicenseDbCluster", name, {}, options);
    this.outputs = args.vendor.create(args.spec, args.options, this);
    this.registerOutputs(this.outputs);
  }
}
