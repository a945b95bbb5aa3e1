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
    this.outputs = withShortTraces(() => args.vendor.create(args.spec, args.options, this));
    this.registerOutputs(this.outputs);
  }
}

/** Frames: where an error was thrown, and who called. */
const SHORT = 4;

/**
 * Runs it with short stack traces. The SDK takes one for every property of every resource, in case its promise is never
 * kept, and looks each frame up in source maps: a quarter of a program's time. Where a resource was made, which the
 * engine is told, is a trace of its own, as long as ever.
 */
function withShortTraces<T>(run: () => T): T {
  const { stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = SHORT;
    return run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
