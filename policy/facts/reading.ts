import { parseDocument } from "./document";
import { absent, type Fact, known, map, unknown } from "./fact";
import type { Document, Figure, Owned, VendorName } from "./kinds";
import { at, hasUnknown, type Reference, type Resource, type Value } from "./resource";

/** One resource's inputs, property by property. Paths are the resource type's own: "rules.0.lifecycle.deleteAfter". */
export class Reading {
  constructor(
    readonly resource: Resource,
    readonly vendor: VendorName,
  ) {}

  /** What every fact begins with. */
  get owned(): Owned {
    const { urn, type, name } = this.resource;
    return { vendor: this.vendor, urn, type, name };
  }

  value(path: string): Fact<Value> {
    return at(this.resource.inputs, path);
  }
  /** As it was given: rules ask for `true` or `false` itself, so that no string passes for one. */
  flag(path: string): Fact<boolean> {
    return this.value(path) as Fact<boolean>;
  }
  figure(path: string): Fact<Figure> {
    return this.value(path);
  }
  /** "" counts as absent: providers send it for what was left out. */
  text(path: string): Fact<string> {
    const fact = this.value(path);
    if (fact.state !== "known") return fact;
    return fact.value === "" ? absent : known(String(fact.value));
  }
  /** A list as a whole; unknown as soon as one of its items is. */
  texts(path: string): Fact<readonly string[]> {
    const fact = this.value(path);
    if (fact.state !== "known") return fact;
    if (hasUnknown(fact.value)) return unknown(path);
    return known(Array.isArray(fact.value) ? fact.value.map(String) : [String(fact.value)]);
  }
  /** Paths of a list's items; absent and unknown lists have none, which `value` tells apart. */
  items(path: string): readonly string[] {
    const fact = this.value(path);
    if (fact.state !== "known" || !Array.isArray(fact.value)) return [];
    return fact.value.map((_, index) => `${path}.${index}`);
  }
  reference(path: string): Fact<Reference> {
    const text = this.text(path);
    return text.state === "absent" || text.state === "lacking" ? text : known(this.pointing(path, text));
  }
  /** A list of ids. Unknown as a whole only where nobody tells what it was computed from, either. */
  references(path: string): Fact<readonly Reference[]> {
    const fact = this.value(path);
    if (fact.state === "unknown") return known([this.pointing(path, fact)]);
    if (fact.state !== "known") return fact;
    const list = Array.isArray(fact.value) ? fact.value : [fact.value];
    return known(
      list.map((_, index) => this.pointing(path, this.text(Array.isArray(fact.value) ? `${path}.${index}` : path))),
    );
  }
  /** The vendor's JSON: a policy document. */
  document(path: string): Fact<Document> {
    const fact = this.value(path);
    return fact.state === "known" && hasUnknown(fact.value) ? unknown(path) : map(fact, parseDocument);
  }
  /** Whether anything is given. */
  given(path: string): Fact<boolean> {
    const fact = this.value(path);
    return known(fact.state !== "absent" && !(fact.state === "known" && fact.value === ""));
  }
  tags(...paths: readonly string[]): Fact<Readonly<Record<string, unknown>>> {
    const found = paths.map((path) => this.value(path)).find((fact) => fact.state !== "absent");
    return (found ?? absent) as Fact<Readonly<Record<string, unknown>>>;
  }

  private pointing(path: string, text: Fact<string>): Reference {
    const property = path.split(".")[0] ?? path;
    const { references } = this.resource;
    return { property: path, text, to: references ? (references[property] ?? []) : undefined };
  }
}

/** Names by which others may point to a resource: what `up` made of it, or what it was given. */
export function identities({ inputs, outputs }: Resource): ReadonlySet<string> {
  const found = new Set<string>();
  const names = [
    "id",
    "arn",
    "name",
    "identifier",
    "clusterIdentifier",
    "keyId",
    "aliasName",
    "arnId",
    "clusterMembers",
    "alarmContactGroupName",
  ];
  for (const values of [inputs, outputs]) {
    for (const name of names) {
      const value = values[name];
      if (typeof value === "string" && value !== "") found.add(value);
      if (Array.isArray(value)) for (const one of value) if (typeof one === "string") found.add(one);
    }
  }
  return found;
}
