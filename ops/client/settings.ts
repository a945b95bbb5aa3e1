import { OptionsError } from "./errors";
import type { ClientOptions, Endpoint, Settings } from "./options";

interface Rule {
  readonly option: string;
  readonly value: (settings: Settings) => unknown;
  readonly allowed: string;
  readonly is: (value: unknown) => boolean;
}

const number = (least: number, also?: number) => (value: unknown) =>
  typeof value === "number" && (value === also || (Number.isFinite(value) && value >= least));
const whole = (least: number) => (value: unknown) => Number.isInteger(value) && Number(value) >= least;
const text = (value: unknown) => typeof value === "string" && value !== "";
const isEndpoint = (value: unknown): boolean => {
  const { host, port } = (value ?? {}) as Partial<Endpoint>;
  return text(host) && Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535;
};

const MILLISECONDS = "milliseconds, 0 or more";
const ENDPOINT = "{ host, port } with a port from 1 to 65535";

const rules: readonly Rule[] = [
  { option: "writer", value: ({ writer }) => writer, allowed: ENDPOINT, is: isEndpoint },
  {
    option: "readers",
    value: ({ readers }) => readers,
    allowed: `a list of ${ENDPOINT}`,
    is: (value) => Array.isArray(value) && value.every(isEndpoint),
  },
  { option: "database", value: ({ database }) => database, allowed: "the database's name", is: text },
  { option: "username", value: ({ username }) => username, allowed: "the role's name", is: text },
  {
    option: "pool.max",
    value: ({ pool }) => pool.max,
    allowed: "a whole number from 1",
    is: whole(1),
  },
  {
    option: "pool.idleTimeoutMillis",
    value: ({ pool }) => pool.idleTimeoutMillis,
    allowed: MILLISECONDS,
    is: number(0),
  },
  {
    option: "pool.connectionTimeoutMillis",
    value: ({ pool }) => pool.connectionTimeoutMillis,
    allowed: MILLISECONDS,
    is: number(0),
  },
  { option: "retryFor", value: ({ retryFor }) => retryFor, allowed: MILLISECONDS, is: number(0) },
  { option: "statementTimeout", value: (all) => all.statementTimeout, allowed: MILLISECONDS, is: number(0) },
  { option: "maxQueue", value: ({ maxQueue }) => maxQueue, allowed: "a whole number from 0", is: whole(0) },
  {
    option: "maxLag",
    value: ({ maxLag }) => maxLag,
    allowed: "milliseconds, 100 or more, or Infinity (a single read asks for less with { maxLag } or { after })",
    is: number(100, Number.POSITIVE_INFINITY),
  },
  {
    option: "maxLifetime",
    value: ({ maxLifetime }) => maxLifetime,
    allowed: "milliseconds, 1000 or more, or 0",
    is: number(1_000, 0),
  },
  { option: "loginPatience", value: ({ loginPatience }) => loginPatience, allowed: MILLISECONDS, is: number(0) },
];

/** Options with every default in place. @throws OptionsError with all that is wrong. */
export function settle(options: ClientOptions): Settings {
  const { pool, password, caCertificate } = options;
  const max = pool?.max ?? 20;
  const settings: Settings = {
    writer: options.writer,
    readers: options.readers ?? [],
    database: options.database,
    username: options.username,
    password,
    caCertificate: typeof caCertificate === "string" ? () => caCertificate : caCertificate,
    pool: {
      max,
      idleTimeoutMillis: pool?.idleTimeoutMillis ?? 30_000,
      connectionTimeoutMillis: pool?.connectionTimeoutMillis ?? 2_000,
    },
    retryFor: options.retryFor ?? 60_000,
    statementTimeout: options.statementTimeout ?? 60_000,
    maxQueue: options.maxQueue ?? 10 * max,
    maxLag: options.maxLag ?? 10_000,
    maxLifetime: options.maxLifetime ?? 1_800_000,
    loginPatience: options.loginPatience ?? 15_000,
    onEvent: options.onEvent ?? (() => {}),
    applicationName: options.applicationName ?? "license-db",
  };
  const problems = rules.flatMap(({ option, value, allowed, is }) => {
    const given = value(settings);
    return is(given) ? [] : [`${option}: is ${shown(given)}; allowed: ${allowed}`];
  });
  if (!text(password) && typeof (password as { login?: unknown } | undefined)?.login !== "function") {
    problems.push("password: is neither a password nor a source of one; see passwordFile, secretsManager, iamToken");
  }
  if (typeof caCertificate === "string" && !caCertificate.includes("-----BEGIN CERTIFICATE-----")) {
    problems.push("caCertificate: holds no certificate; it is the text (PEM) of the stack's output caCertificate");
  }
  if (caCertificate === undefined) {
    problems.push("caCertificate: is missing, and without it nobody knows whether the server is the right one");
  }
  if (problems.length > 0) throw new OptionsError(problems);
  return settings;
}

const shown = (value: unknown): string =>
  typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "missing");
