import { readFileSync } from "node:fs";
import { OptionsError } from "./errors";
import type { LoginSource } from "./login";
import type { ClientOptions, Endpoint, PoolOptions } from "./options";
import { caFile, iamToken, passwordFile, secretsManager } from "./sources";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the password may come from: exactly one of them is set. */
const passwords: Readonly<Record<string, (value: string, environment: Environment) => string | LoginSource>> = {
  DB_PASSWORD: (value) => value,
  DB_PASSWORD_FILE: passwordFile,
  DB_PASSWORD_SECRET: (secretId) => secretsManager({ secretId }),
  DB_IAM_USER: (username, { AWS_REGION: region }) => iamToken({ username, ...(region ? { region } : {}) }),
};

const poolVariables: Readonly<Record<keyof PoolOptions, string>> = {
  max: "DB_POOL_MAX",
  idleTimeoutMillis: "DB_POOL_IDLE_TIMEOUT",
  connectionTimeoutMillis: "DB_POOL_CONNECTION_TIMEOUT",
};

/**
 * Options from environment variables; see docs/client.md for the list.
 *
 * @throws OptionsError with all that is wrong.
 */
export function fromEnvironment(environment: Environment = process.env): ClientOptions {
  const problems: string[] = [];
  const host = environment.DB_HOST ?? "";
  if (host === "") problems.push("DB_HOST: is not set; it is the host of the stack's output writer");
  const port = portOf("DB_PORT", environment.DB_PORT ?? "5432", problems);

  const set = Object.keys(passwords).filter((name) => (environment[name] ?? "") !== "");
  if (set.length !== 1) {
    const names = Object.keys(passwords).join(", ");
    problems.push(`${set.length === 0 ? "no password" : set.join(" and ")}: exactly one of ${names} must be set`);
  }
  const chosen = set[0] ?? "";
  const password = passwords[chosen]?.(environment[chosen] ?? "", environment) ?? "";

  const file = environment.DB_CA_FILE ?? "";
  const problem = file === "" ? "is not set; it names a file with the stack's output caCertificate" : unreadable(file);
  if (problem !== undefined) problems.push(`DB_CA_FILE: ${problem}`);

  const readers = readersOf(environment, host, problems);
  const pool = poolOf(environment, problems);
  if (problems.length > 0) throw new OptionsError(problems);
  return {
    writer: { host, port },
    readers,
    database: environment.DB_NAME ?? "license_management",
    username: environment.DB_USER ?? "license_app",
    password,
    caCertificate: caFile(file),
    pool,
  };
}

function unreadable(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").includes("-----BEGIN CERTIFICATE-----")
      ? undefined
      : `${file} holds no certificate; it is the text (PEM) of the stack's output caCertificate`;
  } catch (error) {
    return `${file} cannot be read (${(error as NodeJS.ErrnoException).code}); it holds the stack's output caCertificate`;
  }
}

/** DB_READER_HOST is "host", "host:port" or several of them with commas; DB_READER_PORT is the port of those without. */
function readersOf(environment: Environment, writerHost: string, problems: string[]): Endpoint[] {
  const { DB_READER_HOST: hosts, DB_READER_PORT: given } = environment;
  if (!hosts && !given) return [];
  const port = portOf("DB_READER_PORT", given || "5432", problems);
  return (hosts || writerHost)
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .map((one) => {
      const [, host = one, own] = /^(\[.+\]|[^:]+):(\d+)$/.exec(one) ?? [];
      return {
        host: host.replace(/^\[(.*)\]$/, "$1"),
        port: own === undefined ? port : portOf("DB_READER_HOST", own, problems),
      };
    });
}

function poolOf(environment: Environment, problems: string[]): PoolOptions {
  const pool: { -readonly [Key in keyof PoolOptions]: number } = {};
  for (const [option, name] of Object.entries(poolVariables) as [keyof PoolOptions, string][]) {
    const value = environment[name] ?? "";
    if (value === "") continue;
    if (/^\d+$/.test(value)) pool[option] = Number(value);
    else problems.push(`${name}: is "${value}"; allowed: a whole number${option === "max" ? "" : " of milliseconds"}`);
  }
  return pool;
}

function portOf(name: string, value: string, problems: string[]): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    problems.push(`${name}: "${value}" is no port; allowed: 1 to 65535`);
  }
  return port;
}
