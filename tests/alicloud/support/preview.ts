import { silent } from "../../../components/local/tools/reporter";
import { type Preview, readPreview } from "../../../ops/gate/preview";
import { Offline } from "../../../ops/policy/offline";
import { targets } from "../../../ops/policy/targets";
import { section } from "../../support/alicloud";

export type Configuration = Readonly<Record<string, unknown>>;

/** A stack of this program on Alibaba Cloud for the real engine and the real provider, and for nobody's account. */
export async function open(stack: "dev" | "prod"): Promise<Offline> {
  const target = targets.find((one) => one.vendor === "alicloud" && one.stack === stack);
  if (!target) throw new Error(`ops/policy/targets.ts has no ${stack} on alicloud`);
  return Offline.open(target, silent);
}

/**
 * The stack's configuration with `license-db:` keys of one's own, which come without that prefix.
 * @param settings further keys, whole; undefined takes one away
 */
export const configured = (offline: Offline, configuration: Configuration, settings: Configuration = {}) =>
  Object.fromEntries(
    Object.entries({
      ...offline.config,
      "license-db:alicloud": section().alicloud,
      ...Object.fromEntries(Object.entries(configuration).map(([key, value]) => [`license-db:${key}`, value])),
      ...settings,
    }).filter(([, value]) => value !== undefined),
  );

/** What the engine would do, without what is none of the program's: the stack itself, the providers. */
export async function preview(offline: Offline): Promise<Preview> {
  const { stdout, stderr } = await offline.preview();
  if (stdout === "") throw new Error(stderr);
  const { steps, failures } = readPreview(stdout);
  return { steps: steps.filter(({ type }) => !type.startsWith("pulumi:")), failures };
}
