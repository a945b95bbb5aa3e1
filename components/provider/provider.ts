import { isDeepStrictEqual } from "node:util";
import type {
  CheckFailure,
  CheckResult,
  CreateResult,
  DiffResult,
  Provider,
  ReadResult,
  UpdateResult,
} from "@pulumi/pulumi/provider";
import { progressFor } from "./progress";
import type { ManagedResource } from "./resource";
import { conceal, hasUnknown, reveal } from "./secrets";

type Properties = Record<string, unknown>;
// The engine hands over untyped properties; each resource's own `check` is what makes them its inputs.
type AnyResource = ManagedResource<Properties, Properties>;

/** What a provider of this project's is made of. */
interface Definition {
  /** "localpg": before the first colon of its type tokens. */
  readonly name: string;
  /** A `ManagedResource` by its type token. */
  readonly resources: Readonly<Record<string, unknown>>;
  /** What to say to whoever imports one by its id. */
  readonly importing: string;
}

/** Speaks the engine's protocol for all resources: secrets, comparison with the recorded state, drift. */
export class ResourceProvider implements Provider {
  readonly version = "0.1.0";

  constructor(private readonly definition: Definition) {}

  async check(urn: string, olds: Properties, news: Properties): Promise<CheckResult> {
    const resource = this.resourceOf(urn);
    const known = Object.fromEntries(
      Object.entries(reveal(news) as Properties).filter(([, value]) => !hasUnknown(value)),
    );
    const before = reveal(olds) as Properties;
    const isNew = Object.keys(before).length === 0;
    const failures = (await resource.check?.(known, isNew ? undefined : before)) ?? [];
    return { inputs: news, failures: failures as CheckFailure[] };
  }

  async diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    const resource = this.resourceOf(urn);
    const state = reveal(olds) as Properties;
    const wanted = reveal(news) as Properties;
    const changed = Object.keys(wanted).some((key) => !isDeepStrictEqual(wanted[key], state[key]));
    const drift = await resource.drift(state);
    for (const line of drift) progressFor(urn).warn(`${line}; up mends it`);
    for (const line of (await resource.alarms?.(state)) ?? []) progressFor(urn).warn(line);
    return { changes: changed || drift.length > 0 };
  }

  async create(urn: string, inputs: Properties): Promise<CreateResult> {
    const resource = this.resourceOf(urn);
    const plain = reveal(inputs) as Properties;
    const { id, outputs } = await resource.create(plain, progressFor(urn));
    return { id, outs: this.state(resource, plain, outputs, []) };
  }

  async read(id: string, urn: string, props?: Properties): Promise<ReadResult> {
    const resource = this.resourceOf(urn);
    const state = reveal(props ?? {}) as Properties;
    if (Object.keys(state).length === 0) {
      throw new Error(this.definition.importing);
    }
    return { id, props: this.state(resource, state, {}, await resource.drift(state)) };
  }

  async update(_id: string, urn: string, olds: Properties, news: Properties): Promise<UpdateResult> {
    const resource = this.resourceOf(urn);
    const plain = reveal(news) as Properties;
    const outputs = await resource.update(reveal(olds) as Properties, plain, progressFor(urn));
    return { outs: this.state(resource, plain, outputs, []) };
  }

  async delete(_id: string, urn: string, props: Properties): Promise<void> {
    await this.resourceOf(urn).delete(reveal(props) as Properties, progressFor(urn));
  }

  private resourceOf(urn: string): AnyResource {
    const { name, resources } = this.definition;
    const type = urn.split("::")[2]?.split("$").pop() ?? "";
    const found = resources[type];
    if (!found) throw new Error(`${name} has no resource type "${type}"; it has ${Object.keys(resources).join(", ")}`);
    return found as AnyResource;
  }

  private state(resource: AnyResource, inputs: Properties, outputs: Properties, drift: string[]): Properties {
    return conceal({ ...inputs, ...outputs, drift }, resource.secrets);
  }
}
