import type { Spec } from "../spec/spec";
import type { AlicloudOptions } from "./options";

/** "Basic": one member. "HighAvailability": a primary and a standby that nobody reads from; read-only instances beside it. */
export type Category = "Basic" | "HighAvailability";

export declare function categoryOf(spec: Pick<Spec, "highAvailability">): Category;
/** The class of the primary, as `instanceType` of rds.Instance takes it; the rules refuse a spec that has none. */
export declare function primaryClass(spec: Spec, options: AlicloudOptions): string;
/** The class of the readers, as `instanceType` of rds.ReadOnlyInstance takes it. */
export declare function readOnlyClass(spec: Spec, options: AlicloudOptions): string;
/** "cloud_essd", "cloud_essd2", "cloud_essd3": `dbInstanceStorageType`. */
export declare function storageType(options: AlicloudOptions): string;
/** GB: `instanceStorage`. */
export declare function storageGb(spec: Spec): number;
