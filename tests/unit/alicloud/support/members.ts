import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import { createInstances, type Instances } from "../../../../components/alicloud/instances";
import { createKeys } from "../../../../components/alicloud/keys";
import { createLogs } from "../../../../components/alicloud/logs";
import { createNetwork } from "../../../../components/alicloud/network";
import { createProxy, type EntryPoint } from "../../../../components/alicloud/proxy";
import { createSecrets, type Secrets } from "../../../../components/alicloud/secrets";
import { configured, type Raw } from "./configured";
import { type Made, registeredBy } from "./registered";

const SECRET = "4dabf18193072939515e22adb298388d";

/** What the mocks are not told of a resource. */
export interface Wish {
  readonly protect: boolean;
  readonly retain: boolean;
  readonly ignored: readonly string[];
  readonly secretOutputs: readonly string[];
  /** Names of what it waits for, whether said or implied by an input. */
  readonly after: readonly string[];
  /** As the engine is told: what is secret stands inside its mark. */
  readonly sent: Readonly<Record<string, unknown>>;
}

export interface Members {
  readonly made: readonly (Made & Wish)[];
  readonly instances: Instances;
  readonly secrets: Secrets;
  readonly proxy: EntryPoint;
  /** What it said on the way. */
  readonly warnings: readonly string[];
  one(type: string, name?: string): Made & Wish;
}

interface Request {
  getType(): string;
  getName(): string;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getIgnorechangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getDependenciesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> };
}

/** Network, keys, instances, secrets and proxy of a stack, under mocks. */
export async function members(stack: string, raw: Raw = {}): Promise<Members> {
  const wishes = new Map<string, Wish>();
  const warnings: string[] = [];
  const warn = vi.spyOn(pulumi.log, "warn").mockImplementation(async (message) => void warnings.push(message));
  const { made, given } = await registeredBy(
    (site) => {
      const monitor = pulumi.runtime.getMonitor() as unknown as {
        registerResource(request: Request, callback: unknown): unknown;
      };
      const register = monitor.registerResource.bind(monitor);
      monitor.registerResource = (request, callback) => {
        wishes.set(`${request.getType()} ${request.getName()}`, {
          protect: request.getProtect() ?? false,
          retain: request.getRetainondelete() ?? false,
          ignored: request.getIgnorechangesList(),
          secretOutputs: request.getAdditionalsecretoutputsList(),
          after: request.getDependenciesList().map((urn) => urn.split("::").pop() ?? ""),
          sent: request.getObject().toJavaScript(),
        });
        return register(request, callback);
      };
      const network = createNetwork(site);
      const keys = createKeys(site);
      const instances = createInstances(site, network, keys);
      const secrets = createSecrets(site, network, keys, instances, createLogs(site, network, keys));
      return { instances, secrets, proxy: createProxy(site, network, instances, secrets, { ready: [] }) };
    },
    configured(stack, raw),
  );
  warn.mockRestore();
  const whole = made.map((one) => {
    const wish = wishes.get(`${one.type} ${one.name}`);
    if (!wish) throw new Error(`${one.type} ${one.name} was not seen`);
    return { ...one, ...wish };
  });
  return {
    made: whole,
    warnings,
    ...given,
    one(type, name) {
      const found = whole.filter(
        (each) => each.type === type && (name === undefined || each.name.endsWith(`-${name}`)),
      );
      const [only] = found;
      if (found.length !== 1 || !only) throw new Error(`${found.length} resources are ${type} ${name ?? ""}`);
      return only;
    },
  };
}

/** Whether a value is marked as secret where it is sent to the engine. */
export const isMarked = (value: unknown): boolean =>
  typeof value === "object" && value !== null && SECRET in (value as Record<string, unknown>);
