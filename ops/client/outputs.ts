import { OptionsError } from "./errors";
import type { LoginSource } from "./login";
import type { ClientOptions, Endpoint, PoolOptions } from "./options";
import { iamToken, regionOf, secretsManager } from "./sources";

/** The stack's outputs as far as they matter here: `pulumi stack output --json`. */
export interface StackOutputs {
  readonly writer: Endpoint;
  readonly reader: Endpoint;
  readonly endpoints?: Readonly<Record<string, Endpoint>>;
  readonly database: string;
  readonly username: string;
  readonly password?: string;
  readonly passwordSecret?: string;
  readonly caCertificate: string;
  readonly pool?: PoolOptions;
}

export interface OutputOptions {
  /** Instead of what the outputs say. @default the output's password or secret, else the variable DB_PASSWORD */
  readonly password?: string | LoginSource;
  /** Log in with tokens of AWS IAM, around the proxy. @default false */
  readonly iam?: boolean;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What the engine prints in place of a secret without --show-secrets. */
const HIDDEN = "[secret]";

/**
 * Options from the outputs of a stack of any vendor.
 *
 * @throws OptionsError when they are not those of this program, or hold no way to a password.
 */
export function fromOutputs(outputs: StackOutputs, options: OutputOptions = {}): ClientOptions {
  const missing = (["writer", "reader", "database", "username", "caCertificate"] as const).filter(
    (name) => outputs?.[name] === undefined,
  );
  if (missing.length > 0) {
    throw new OptionsError([
      `the outputs lack ${missing.join(", ")}: they are those of \`pulumi stack output --json\`, after an \`up\` that went well`,
    ]);
  }
  const { database, caCertificate, pool } = outputs;
  return {
    ...(options.iam ? byToken(outputs) : byPassword(outputs, options)),
    database,
    caCertificate,
    ...(pool === undefined ? {} : { pool }),
  };
}

type Way = Pick<ClientOptions, "writer" | "readers" | "username" | "password">;

function byPassword(outputs: StackOutputs, { password, environment = process.env }: OutputOptions): Way {
  const { writer, username } = outputs;
  const found = password ?? plain(outputs) ?? stored(outputs) ?? environment.DB_PASSWORD;
  if (found === undefined || found === "") throw new OptionsError([howToGive(outputs)]);
  return { writer, readers: readersOf(outputs), username, password: found };
}

/** The roles for tokens are named after the one with the password. */
function byToken(outputs: StackOutputs): Way {
  const { passwordSecret, endpoints = {} } = outputs;
  const region = regionOf(passwordSecret ?? "");
  if (region === undefined) {
    throw new OptionsError(["iam: only stacks on AWS take tokens, and the output passwordSecret tells their region"]);
  }
  const username = `${outputs.username}_iam`;
  const reader = endpoints.directReader ?? (endpoints.directWriter ? undefined : outputs.reader);
  return {
    writer: endpoints.directWriter ?? outputs.writer,
    readers: reader === undefined ? [] : [reader],
    username,
    password: iamToken({ username, region }),
  };
}

/** Each replica by itself where it has an endpoint of its own ("reader-1", …), else the one for all of them. */
function readersOf({ reader, endpoints = {} }: StackOutputs): Endpoint[] {
  const own = Object.entries(endpoints).filter(([name]) => /^reader-\d+$/.test(name));
  return own.length > 0 ? own.map(([, endpoint]) => endpoint) : [reader];
}

const plain = ({ password }: StackOutputs): string | undefined => (password === HIDDEN ? undefined : password);

const stored = ({ passwordSecret }: StackOutputs): LoginSource | undefined =>
  passwordSecret?.startsWith("arn:") ? secretsManager({ secretId: passwordSecret }) : undefined;

const howToGive = ({ passwordSecret }: StackOutputs): string =>
  passwordSecret === undefined
    ? "password: the outputs do not show it; set DB_PASSWORD, or give { password }"
    : `password: give { password: { login: async () => ({ password: … }) } } that reads the secret ${passwordSecret} from its store`;
