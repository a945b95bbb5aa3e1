import type { Resource, Value } from "../../../policy/facts/resource";
import { plain } from "../../../policy/facts/resource";
import { type Registered, Secret } from "../../support/program";

/** What a program registered, as the pack is shown it at the end of `up`. */
export function asResources(registered: readonly Registered[]): readonly Resource[] {
  const types = new Map(registered.map(({ urn, type }) => [urn, type]));
  return registered
    .filter(({ custom }) => custom)
    .map(({ urn, type, name, inputs, protect, references }) => ({
      urn,
      type,
      name,
      inputs: plain(opened(inputs)) as Readonly<Record<string, Value>>,
      outputs: {},
      protect,
      references: Object.fromEntries(
        Object.entries(references).map(([input, urns]) => [
          input,
          urns.map((target) => ({ urn: target, type: types.get(target) ?? "" })),
        ]),
      ),
    }));
}

/** A pack sees what is secret. */
function opened(value: unknown): unknown {
  if (value instanceof Secret) return opened(value.value);
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, opened(inner)]));
}
