import { readFile } from "node:fs/promises";
import { OptionsError } from "./errors";
import type { Login, LoginSource } from "./login";

/** Milliseconds. A token of RDS is good for fifteen minutes. */
const TOKEN_AGE = 600_000;

/** A password that lies in a file, as orchestrators mount secrets; whoever rotates it writes the file anew. */
export const passwordFile = (path: string): LoginSource => ({
  async login() {
    return { password: (await readFile(path, "utf8")).replace(/\r?\n$/, "") };
  },
});

/** A CA file, read anew when a server cannot be verified: `caCertificate: caFile("/etc/license-db/ca.pem")`. */
export const caFile = (path: string) => (): Promise<string> => readFile(path, "utf8");

export interface SecretOptions {
  /** ARN or name: the stack's output `passwordSecret`. */
  readonly secretId: string;
  /** @default the ARN's, else as the AWS SDK finds it */
  readonly region?: string;
}

/**
 * AWS Secrets Manager: JSON with `username` and `password`, as RDS's rotations write it. Needs the package
 * @aws-sdk/client-secrets-manager beside this one, and the rights of the stack's `connectPolicy`.
 */
export function secretsManager({ secretId, region = regionOf(secretId) }: SecretOptions): LoginSource {
  let ask: (() => Promise<string | undefined>) | undefined;
  return {
    async login() {
      ask ??= await secretsClient(secretId, region);
      return parseSecret((await ask()) ?? "", secretId);
    },
  };
}

async function secretsClient(secretId: string, region: string | undefined): Promise<() => Promise<string | undefined>> {
  const sdk = await optional("@aws-sdk/client-secrets-manager", () => import("@aws-sdk/client-secrets-manager"));
  const client = new sdk.SecretsManagerClient(region === undefined ? {} : { region });
  return async () => (await client.send(new sdk.GetSecretValueCommand({ SecretId: secretId }))).SecretString;
}

/** Never says what it found: it is a secret. */
function parseSecret(text: string, secretId: string): Login {
  let found: Partial<Record<"username" | "password", unknown>> = {};
  try {
    found = JSON.parse(text) ?? {};
  } catch {
    // said below
  }
  const { username, password } = found;
  if (typeof password !== "string") {
    throw new OptionsError([`the secret ${secretId} is not JSON with a "password": is it the output passwordSecret?`]);
  }
  return { password, ...(typeof username === "string" ? { username } : {}) };
}

export interface IamOptions {
  /** The role for tokens: another one than the password's. */
  readonly username: string;
  /** @default as the AWS SDK finds it (AWS_REGION) */
  readonly region?: string;
}

/**
 * A token of AWS IAM in place of a password, for the cluster's own endpoints: the proxy takes none. Needs the package
 * @aws-sdk/rds-signer beside this one, and the rights of the stack's `connectPolicy`.
 */
export const iamToken = ({ username, region }: IamOptions): LoginSource => ({
  maxAge: TOKEN_AGE,
  async login({ host, port }) {
    const { Signer } = await optional("@aws-sdk/rds-signer", () => import("@aws-sdk/rds-signer"));
    const signer = new Signer({ hostname: host, port, username, ...(region === undefined ? {} : { region }) });
    return { username, password: await signer.getAuthToken() };
  },
});

/** arn:aws:secretsmanager:REGION:…; undefined from what is no ARN. */
export const regionOf = (arn: string): string | undefined => /^arn:[^:]+:[^:]+:([^:]+):/.exec(arn)?.[1];

/** A cloud's SDK, which only who is in that cloud installs. */
async function optional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    throw new OptionsError([`the package ${name} is missing: npm install ${name}`]);
  }
}
