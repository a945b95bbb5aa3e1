import type { Expectations } from "../../components/spec/expectations";
import type { VendorName } from "../../components/spec/spec";
import type { Administrator, AppliedParameter, Capability, ClusterIdentity, Endpoint } from "../../components/vendor";
import { openSession, secretOutputs } from "../setup/session";
import { reporterForHere } from "../setup/terminal";
import { EXIT, OperationError } from "./exit";

/** A stack that is up, as its outputs tell of it. Secrets are in it: never print it whole. */
export interface Stack {
  readonly name: string;
  readonly vendor: VendorName;
  readonly cluster: ClusterIdentity;
  readonly administrator?: Administrator;
  readonly writer: Endpoint;
  readonly reader: Endpoint;
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  readonly database: string;
  readonly username: string;
  readonly password?: string;
  readonly passwordSecret?: string;
  /** PEM; verifies every endpoint. */
  readonly caCertificate: string;
  /** Absent of a stack that an older version brought up. */
  readonly expectations?: Expectations;
  readonly parameters: Readonly<Record<string, AppliedParameter>>;
  readonly capabilities: Readonly<Record<string, Capability>>;
}

/** The outputs without which no operation knows where to go. */
const NEEDED = ["vendor", "cluster", "writer", "reader", "database", "username", "caCertificate"] as const;

/** Reads a stack's outputs, secrets included, through the engine. Throws `OperationError`. */
export async function openStack(name: string): Promise<Stack> {
  const outputs = await readOutputs(name);
  const missing = NEEDED.filter((output) => outputs[output] === undefined);
  if (missing.length > 0) {
    throw new OperationError(
      EXIT.usage,
      missing.length === NEEDED.length
        ? `Stack ${name} has no outputs yet: bring it up first (npm run up -- --stack ${name}).`
        : `Stack ${name} lacks the outputs ${missing.join(", ")}: it was brought up by an older version. Bring it up again (npm run up -- --stack ${name}); nothing of its data changes by that.`,
    );
  }
  return { endpoints: {}, parameters: {}, capabilities: {}, ...outputs, name } as Stack;
}

async function readOutputs(name: string): Promise<Record<string, unknown>> {
  const session = await openSession(reporterForHere(), name);
  try {
    return await secretOutputs(session, name);
  } catch (error) {
    throw new OperationError(EXIT.usage, `Stack ${name} cannot be read. ${(error as Error).message}`);
  }
}

/** For what only one kind of vendor can do. */
export function requireVendor(stack: Stack, vendors: readonly VendorName[], instead: string): void {
  if (vendors.includes(stack.vendor)) return;
  throw new OperationError(
    EXIT.usage,
    `Stack ${stack.name} is on ${stack.vendor}; this is done by this command on ${vendors.join(" and ")} only. ${instead}`,
  );
}
