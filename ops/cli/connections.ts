import pg from "pg";
import type { Endpoint } from "../../components/vendor";
import type { Login } from "../client/login";
import { secretsManager } from "../client/sources";
import { EXIT, OperationError } from "./exit";
import { localCluster } from "./local";
import type { Stack } from "./stack";

export interface ConnectOptions {
  /** @default the application's database */
  readonly database?: string;
  /** "writer": the primary; "reader": a replica. @default "writer" */
  readonly role?: "writer" | "reader";
  /** Milliseconds a statement may take; 0 for no end. @default 30000 */
  readonly statementTimeout?: number;
}

/**
 * A session of its own (no pooler between) as who may do everything the vendor gives its customers: on `local` the
 * superuser, for whom the operating system vouches; on a cloud the administrator. The caller ends it.
 */
export async function connectAsAdministrator(stack: Stack, options: ConnectOptions = {}): Promise<pg.Client> {
  const client = new pg.Client(await administratorConfig(stack, options));
  // What ends a connection fails the statement that runs on it; that is enough.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** What such a session is opened with. Holds the password, where there is one. */
export async function administratorConfig(stack: Stack, options: ConnectOptions = {}): Promise<pg.ClientConfig> {
  const { database = stack.database, statementTimeout = 30_000 } = options;
  const common = { database, application_name: "license-db", connectionTimeoutMillis: 10_000 };
  const limits = statementTimeout === 0 ? {} : { statement_timeout: statementTimeout, query_timeout: statementTimeout };
  const way =
    stack.vendor === "local"
      ? await (await localCluster(stack)).superuser(options.role ?? "writer")
      : { ...direct(stack, options.role ?? "writer"), ...verified(stack), ...(await administratorLogin(stack)) };
  return { ...common, ...limits, ...way };
}

/** Runs work on one such session, and ends it. */
export async function asAdministrator<T>(
  stack: Stack,
  work: (client: pg.Client) => Promise<T>,
  options: ConnectOptions = {},
): Promise<T> {
  const client = await connectAsAdministrator(stack, options);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Around pooler and proxy where there is a way around. */
export function direct({ endpoints, ...stack }: Stack, role: "writer" | "reader"): Endpoint {
  const around = role === "writer" ? endpoints.directWriter : endpoints.directReader;
  return around ?? stack[role];
}

export const verified = ({ caCertificate }: Stack) => ({ ssl: { ca: caCertificate, rejectUnauthorized: true } });

/** Of a cloud's stack: `local` has none, there the operating system vouches for the superuser. */
export async function administratorLogin(stack: Stack): Promise<{ user: string; password: string }> {
  const found = stack.administrator;
  if (found?.password !== undefined) return { user: found.username, password: found.password };
  if (found?.passwordSecret?.startsWith("arn:")) {
    const login: Login = await secretsManager({ secretId: found.passwordSecret }).login(stack.writer);
    return { user: found.username, password: login.password };
  }
  throw new OperationError(
    EXIT.usage,
    `The outputs of stack ${stack.name} tell no administrator: bring it up again with this version (npm run up -- --stack ${stack.name}).`,
  );
}
