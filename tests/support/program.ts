import * as pulumi from "@pulumi/pulumi";

/** One resource as the program registered it. */
export interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** URN of the parent; "" for the outermost. */
  readonly parent: string;
  readonly protect: boolean;
  /** Stays where it is when the engine deletes it. */
  readonly retainOnDelete: boolean;
  /** URNs, whether said or implied by an input. */
  readonly dependsOn: readonly string[];
  /** URNs that each input was computed from. */
  readonly references: Readonly<Record<string, readonly string[]>>;
  readonly secretOutputs: readonly string[];
  /** Plain; what was marked secret stands as {@link Secret}. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * A resource by its type, or, where others of its type are otherwise, by type and name without the component's:
 * "aws:kms/key:Key data".
 */
export type Which = string;

/** Whether it is one of them. `component`: the name of what it belongs to, with which its own begins. */
export const isOneOf = (those: readonly Which[], { type, name }: Registered, component: string): boolean =>
  those.includes(type) || those.includes(`${type} ${name.slice(component.length + 1)}`);

/** The first of them that it is, the ones with a name before the ones without: its place among them. */
export function placeOf(those: readonly Which[], { type, name }: Registered, component: string): number {
  const named = those.indexOf(`${type} ${name.slice(component.length + 1)}`);
  return named === -1 ? those.indexOf(type) : named;
}

/** The types of those. */
export const typesOf = (those: readonly Which[]): string[] => [
  ...new Set(those.map((one) => one.split(" ")[0] ?? one)),
];

/** What stands in place of a value that the engine encrypts. */
export class Secret {
  constructor(readonly value: unknown) {}
}

export interface Run {
  readonly resources: readonly Registered[];
  /** The stack's outputs, and which of them the engine encrypts. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly secrets: readonly string[];
}

export interface RunOptions {
  readonly stack: string;
  /** `license-db:` keys, without that prefix. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Other keys, whole: "aws:region". */
  readonly settings?: Readonly<Record<string, string>>;
  /** What a provider would add to a resource's inputs, by type; with the resource's name. */
  readonly outputs: Readonly<
    Record<string, (inputs: Record<string, unknown>, name: string) => Record<string, unknown>>
  >;
  /** A preview: what only creation tells is not known. */
  readonly preview?: boolean;
}

const PROJECT = "license-db";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** The SDK has it, but leaves it out of its types. */
const { waitForRPCs } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

/** Runs the program, index.ts, the way the engine does, and writes down what it registers. */
export async function runProgram({
  stack,
  configuration,
  settings = {},
  outputs,
  preview = false,
}: RunOptions): Promise<Run> {
  const resources: Registered[] = [];
  const values = Object.entries(configuration).map(([key, value]) => [
    `${PROJECT}:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig({ ...settings, ...Object.fromEntries(values) }, []);
  let secretOutputs: readonly string[] = [];
  await pulumi.runtime.setMocks(
    {
      // A preview without a cloud works because nobody is asked anything.
      call: ({ token }) => {
        throw new Error(`${token} is asked while the program runs`);
      },
      newResource: ({ type, name, inputs }) => {
        const made = preview ? {} : (outputs[type]?.(inputs, name) ?? {});
        // As the engine does with what was registered as secret.
        const marked = Object.entries(made).map(([key, value]) => [
          key,
          secretOutputs.includes(key) ? pulumi.secret(value) : value,
        ]);
        return { id: preview ? "" : `${name}-id`, state: { ...inputs, ...Object.fromEntries(marked) } };
      },
    },
    PROJECT,
    stack,
    preview,
  );
  // The mocks are not told of parents, protection and dependencies: listen at the monitor itself.
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request, callback) => {
    secretOutputs = request.getAdditionalsecretoutputsList();
    await register(request, (error, response) => {
      if (response) resources.push(asRegistered(request, response.getUrn()));
      callback(error, response);
    });
  };

  const program = ((await import("../../index")) as unknown as { default: () => Promise<Record<string, unknown>> })
    .default;
  const results = await program();
  const known = await Promise.all(
    Object.entries(results).map(async ([name, value]) => {
      const output = pulumi.output(value) as pulumi.Output<unknown> & { promise(): Promise<unknown> };
      return { name, value: await output.promise(), secret: await pulumi.isSecret(output) };
    }),
  );
  await waitForRPCs();
  return {
    resources,
    outputs: Object.fromEntries(known.map(({ name, value }) => [name, value])),
    secrets: known.filter(({ secret }) => secret).map(({ name }) => name),
  };
}

/** As much of the monitor's protocol as is looked at here. */
interface Request {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getDependenciesList(): string[];
  getPropertydependenciesMap(): { forEach(each: (value: { getUrnsList(): string[] }, input: string) => void): void };
  getAdditionalsecretoutputsList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}
interface Monitor {
  registerResource(
    request: Request,
    callback: (error: unknown, response: { getUrn(): string } | undefined) => void,
  ): Promise<void>;
}

function asRegistered(request: Request, urn: string): Registered {
  const references: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap().forEach((urns, input) => {
    references[input] = urns.getUrnsList();
  });
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    dependsOn: [...new Set([...request.getDependenciesList(), ...Object.values(references).flat()])].sort(),
    references,
    secretOutputs: request.getAdditionalsecretoutputsList(),
    inputs: unwrap(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
  };
}

function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) return new Secret(unwrap(object.value));
  if (object[SIGNATURE] === ARCHIVE) return { archive: Object.keys((object.assets ?? {}) as object) };
  return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, unwrap(inner)]));
}
