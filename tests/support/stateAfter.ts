import { randomUUID } from "node:crypto";
import { type Registered, Secret } from "./program";

/** What the engine writes where a preview does not know a value. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Where a value is encrypted, this and more stand in its place. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

interface Made {
  readonly type: string;
  readonly urn: string;
  readonly custom?: boolean;
  readonly parent: string;
  readonly protect?: boolean;
  readonly inputs: Record<string, unknown>;
  readonly provider: string;
}

export interface State {
  readonly resources: readonly { readonly urn: string; readonly type: string; readonly [key: string]: unknown }[];
}

/**
 * The state that a stack would have once it is up: what a real provider made of the program's inputs in a preview, and
 * where that knows nothing, what the mocks made up.
 *
 * @param events of a preview of a stack that is not there yet.
 * @param mocked the same stack under mocks.
 * @param outputs what creation adds.
 * @param providers configuration of the default providers, by package.
 */
export function stateAfter(
  events: string,
  mocked: readonly Registered[],
  outputs: (type: string, inputs: Record<string, unknown>, name: string) => object,
  providers: Readonly<Record<string, object>>,
): State {
  const twins = new Map(mocked.map((one) => [`${one.type} ${one.name}`, one]));
  const made = events.split("\n").flatMap((line): Made[] => {
    const event =
      line === "" ? {} : (JSON.parse(line) as { resOutputsEvent?: { metadata: { op: string; new: Made } } });
    const { op, new: state } = event.resOutputsEvent?.metadata ?? {};
    return op === "create" && state !== undefined ? [state] : [];
  });
  const ids = new Map<string, string>();
  const withId = (provider: string) => {
    if (provider === "") return {};
    const urn = provider.slice(0, provider.lastIndexOf("::"));
    ids.set(urn, ids.get(urn) ?? randomUUID());
    return { provider: `${urn}::${ids.get(urn)}` };
  };
  const children = distinct(made).map(({ urn, type, custom, parent, protect, inputs, provider }) => {
    const name = urn.split("::").slice(3).join("::");
    const twin = twins.get(`${type} ${name}`);
    const known = filled(inputs, twin?.inputs ?? {}) as Record<string, unknown>;
    return {
      ...{ urn, type, custom: custom ?? false, ...(parent === "" ? {} : { parent }) },
      ...(protect ? { protect } : {}),
      ...(custom
        ? {
            id: `${name}-id`,
            inputs: known,
            outputs: { ...known, ...outputs(type, known, name) },
            ...withId(provider),
          }
        : {}),
    };
  });
  const own = [...ids].map(([urn, id]) => {
    const [, , type = "", name = ""] = urn.split("::");
    const version = /_(\d+)_(\d+)_(\d+)$/.exec(name)?.slice(1).join(".");
    const config = { ...(version === undefined ? {} : { version }), ...providers[type.split(":")[2] ?? ""] };
    return { urn, type, custom: true, id, inputs: config, outputs: config };
  });
  return { resources: [...own, ...children] };
}

/** The engine tells of a component twice: when it is registered, and with its outputs. */
const distinct = (made: readonly Made[]): Made[] => [...new Map(made.map((one) => [one.urn, one])).values()];

function filled(value: unknown, from: unknown): unknown {
  const given = from instanceof Secret ? from.value : from;
  if (value === UNKNOWN) return plain(given);
  if (Array.isArray(value)) return value.map((one, at) => filled(one, Array.isArray(given) ? given[at] : undefined));
  if (typeof value !== "object" || value === null) return value;
  if ((value as Record<string, unknown>)[SIGNATURE] === SECRET) return plain(given);
  const other = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, other[key])]));
}

function plain(value: unknown): unknown {
  if (value instanceof Secret) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value ?? "made-up";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
