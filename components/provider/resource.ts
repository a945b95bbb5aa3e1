import type { Progress } from "./progress";

/** Inputs that would do harm: which, and why, with what to do instead. */
export interface Refusal {
  readonly property: string;
  readonly reason: string;
}

/**
 * One kind of thing that a provider of this project's keeps as its inputs say.
 *
 * `create` and `update` bring it to what the inputs say from whatever state they find it in: nothing, half
 * made by an `up` that was killed, running, or stopped by a reboot. So the same work finishes, heals and changes.
 */
export interface ManagedResource<Inputs extends object = never, Outputs extends object = object> {
  readonly secrets: readonly (keyof Inputs | keyof Outputs)[];
  /** Asked before anything is changed; `olds` is absent when the resource is new. Unknown inputs are left out. */
  check?(news: Partial<Inputs>, olds: Partial<Inputs> | undefined): Promise<Refusal[]> | Refusal[];
  create(news: Inputs, progress: Progress): Promise<{ id: string; outputs: Outputs }>;
  /** How the living thing differs from its recorded state, as sentences; empty when it does not. */
  drift(state: Inputs & Outputs): Promise<string[]>;
  /** What a person has to look into because `update` cannot mend it, as sentences with what to do. */
  alarms?(state: Inputs & Outputs): Promise<string[]>;
  update(state: Inputs & Outputs, news: Inputs, progress: Progress): Promise<Outputs>;
  delete(state: Inputs & Outputs, progress: Progress): Promise<void>;
}
