/**
 * What a resource's property says, and how sure that is.
 *
 * "absent" was left out, or is null: the vendor's default holds. "unknown" was given, but only `up` will tell what it is.
 * "lacking" is what the vendor has no such thing as: nothing can be asked of it, and `why` stands in the coverage table.
 * A reader never turns one of these into another, and never into a value that would pass.
 */
export type Fact<T> =
  | { readonly state: "known"; readonly value: T }
  | { readonly state: "absent" }
  | { readonly state: "unknown"; readonly what: string }
  | { readonly state: "lacking"; readonly why: string };

export const known = <T>(value: T): Fact<T> => ({ state: "known", value });
export const absent: Fact<never> = { state: "absent" };
/** `what`: the property's path, "rules.0.lifecycle.deleteAfter". */
export const unknown = (what: string): Fact<never> => ({ state: "unknown", what });
export const lacking = (why: string): Fact<never> => ({ state: "lacking", why });

/** The fact with another value; absent, unknown and lacking stay as they are. */
export function map<T, U>(fact: Fact<T>, into: (value: T) => U): Fact<U> {
  return fact.state === "known" ? known(into(fact.value)) : fact;
}

/** For a property whose default is documented by the vendor: what being left out means. */
export function orElse<T, U>(fact: Fact<T>, value: U): Fact<T | U> {
  return fact.state === "absent" ? known(value) : fact;
}

/** The value where it is known. */
export const knownValue = <T>(fact: Fact<T>): T | undefined => (fact.state === "known" ? fact.value : undefined);
