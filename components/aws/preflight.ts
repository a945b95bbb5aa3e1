import type { Spec } from "../spec/spec";
import type { AwsOptions } from "./options";

export declare function preflight(spec: Spec, options: AwsOptions): Promise<readonly string[]>;
