import type { Spec } from "../spec/spec";
import type { AppliedParameter } from "../vendor";

export interface AlicloudParameters {
  /** What the instances are given, in the form the service reports it back; by name, in alphabetical order. */
  readonly send: readonly { readonly name: string; readonly value: string }[];
  readonly report: Readonly<Record<string, AppliedParameter>>;
  /** What is sent, as `SHOW` prints it. */
  readonly values: Readonly<Record<string, string>>;
}

export declare function alicloudParameters(spec: Spec): AlicloudParameters;
