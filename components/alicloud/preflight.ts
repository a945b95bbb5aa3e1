import type { Spec } from "../spec/spec";
import type { AlicloudOptions } from "./options";

export declare function preflight(spec: Spec, options: AlicloudOptions): Promise<readonly string[]>;
