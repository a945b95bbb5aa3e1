import type * as rds from "@pulumi/aws/rds";
import type * as pulumi from "@pulumi/pulumi";
import type { Spec } from "../spec/spec";
import type { AppliedParameter } from "../vendor";
import type { Site } from "./site";

/** One parameter as RDS takes it. */
export interface SentParameter {
  readonly name: string;
  /** In PostgreSQL's base unit, without its name; 0 or 1 for off or on. */
  readonly value: string;
  readonly applyMethod: "immediate" | "pending-reboot";
}

export interface AwsParameters {
  /** By name, in alphabetical order. */
  readonly send: readonly SentParameter[];
  readonly report: Readonly<Record<string, AppliedParameter>>;
  /** What the server will run with, as `SHOW` prints it: all that is sent. */
  readonly values: Readonly<Record<string, string>>;
}

export interface ParameterGroup {
  readonly groupName: pulumi.Output<string>;
  readonly resource: rds.ClusterParameterGroup | rds.ParameterGroup;
}

export declare function awsParameters(spec: Spec): AwsParameters;
export declare function createParameters(site: Site): ParameterGroup;
