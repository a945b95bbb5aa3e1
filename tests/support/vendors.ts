import type { VendorName } from "../../components/spec/spec";
import { expectations as local } from "./local";
import type { Registered, RunOptions } from "./program";
import type { Facts } from "./scenarios";

/** One vendor's side of the scenarios. */
export interface Expectations {
  /** Beside the scenario's own configuration: what the vendor cannot do without. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Types of the resources, in an order in which each may need those before it and none behind it. */
  readonly order: readonly string[];
  /** Those that deletion protection keeps: whose loss loses data, and what the engine would delete before it meets them. */
  readonly kept: readonly string[];
  /** What each resource must have waited for, by type. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
  /** Outputs that are secrets, by type. */
  readonly secretOutputs: Readonly<Record<string, readonly string[]>>;
  /** What the provider adds. */
  readonly outputs: RunOptions["outputs"];
  /** The plain text of every secret that `outputs` makes up. */
  readonly secrets: readonly string[];
  read(resources: readonly Registered[]): Facts;
}

/** Every vendor there is must be here; tests/component/scenarios.test.ts sees to it. */
export const expectations: Partial<Record<VendorName, Expectations>> = { local };
