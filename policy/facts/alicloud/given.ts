import { type Fact, known, lacking, unknown } from "../fact";
import type { Reading } from "../reading";
import type { Reference } from "../resource";

/** The resource itself, as something to point to. */
export const itself = ({ resource: { urn, type } }: Reading): Fact<Reference> =>
  known({ property: "id", text: unknown("id"), to: [{ urn, type }] });

/**
 * Whether a password or the like was written into the program, rather than taken from what makes it.
 *
 * An account cannot be made without one, so that it is given says nothing; where it comes from does.
 */
export function literal(reading: Reading, ...paths: readonly string[]): Fact<boolean> {
  const { references } = reading.resource;
  for (const path of paths) {
    const fact = reading.value(path);
    if (fact.state !== "known" || fact.value === "") continue;
    if (references === undefined) return lacking("where it comes from is told of the whole stack alone");
    if ((references[path] ?? []).length === 0) return known(true);
  }
  return known(false);
}

/** What of several spellings is given, newest first. */
export const newest = <T>(facts: readonly Fact<T>[]): Fact<T> =>
  facts.find(({ state }) => state !== "absent") ?? ({ state: "absent" } as const);
