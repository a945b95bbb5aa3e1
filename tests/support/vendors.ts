import type { VendorName } from "../../components/spec/spec";
import { expectations as alicloud } from "./alicloud";
import { expectations as aws } from "./aws";
import { expectations as local } from "./local";
import type { Registered, RunOptions, Which } from "./program";
import type { Facts, Scenario } from "./scenarios";

/** One vendor's side of the scenarios. */
export interface Expectations {
  /** Beside the scenario's own configuration: what the vendor cannot do without. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Keys that are not the project's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The stacks whose resources stand in tests/component/snapshots. */
  readonly stacks: readonly string[];
  /** Types of the resources, in an order in which each may need those before it, and its like, and none behind it. */
  readonly order: readonly Which[];
  /** Of these, the types that depend on what is asked for. */
  readonly sometimes: readonly string[];
  /** Those that deletion protection keeps: whose loss loses data, and what the engine would delete before it meets them. */
  readonly kept: readonly Which[];
  /** What each resource must have waited for, by type. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
  /** Outputs that are secrets, by type. */
  readonly secretOutputs: Readonly<Record<string, readonly string[]>>;
  /** What the provider adds. */
  readonly outputs: RunOptions["outputs"];
  /** The plain text of secrets that `outputs` or `configuration` make up. */
  readonly secrets: readonly string[];
  /** Scenarios the vendor says no to, by name, and what it says. */
  readonly refuses: Readonly<Record<string, RegExp>>;
  /** What holds instead, by the scenario's name. */
  readonly otherwise: Readonly<Record<string, { readonly holds: Partial<Facts>; readonly why: string }>>;
  /** What only this vendor is asked. */
  readonly scenarios: readonly Scenario[];
  /** Outputs beside those that all vendors have. */
  readonly furtherOutputs: readonly string[];
  /** Whether reads go another way than writes. */
  splits(facts: Facts): boolean;
  read(resources: readonly Registered[]): Facts;
}

/** Every vendor there is must be here; tests/component/scenarios.test.ts sees to it. */
export const expectations: Partial<Record<VendorName, Expectations>> = { local, aws, alicloud };
