import { TASK } from "../function/outcome";

/** What the function is told, in its environment: Function Compute keeps that encrypted and shows it to nobody but its administrators. */
export interface Asked {
  /** The primary's name, which its certificate is for. */
  readonly host: string;
  readonly port: string;
  readonly database: string;
  /** The privileged account. */
  readonly username: string;
  readonly password: string;
  readonly bucket: string;
  /** "oss-cn-hangzhou", as OSS names regions. */
  readonly region: string;
  /** "https://oss-cn-hangzhou-internal.aliyuncs.com" */
  readonly endpoint: string;
}

const names: { readonly [field in keyof Asked]: string } = {
  host: "DB_HOST",
  port: "DB_PORT",
  database: "DB_NAME",
  username: "DB_ADMINISTRATOR",
  password: "DB_ADMINISTRATOR_PASSWORD",
  bucket: "ARCHIVE_BUCKET",
  region: "ARCHIVE_REGION",
  endpoint: "ARCHIVE_ENDPOINT",
};

/** As environment variables. */
export function toEnvironment(asked: Asked): Record<string, string> {
  return Object.fromEntries(Object.entries(names).map(([field, name]) => [name, asked[field as keyof Asked]]));
}

/** @throws Error naming the variables that are missing. */
export function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Asked {
  const missing = Object.values(names).filter((name) => !environment[name]);
  if (missing.length > 0) throw new Error(`${missing.join(", ")} is missing in the function's environment`);
  return Object.fromEntries(
    Object.entries(names).map(([field, name]) => [field, environment[name]]),
  ) as unknown as Asked;
}

/** Folders of the bucket: what expires after the archive's retention, and what nothing deletes. */
export const KINDS = ["monthly", "final"] as const;
export type Kind = (typeof KINDS)[number];

/** What an invocation wants. */
export type Wish =
  /** `task`: the asynchronous task it is, whose outcome may be asked for. */
  { readonly dump: Kind; readonly task?: string } | { readonly outcomeOf: string };

/**
 * What an invocation asks for: a dump, by the `payload` of a timer's event, or of what `destroy` or a person sends; or what
 * became of one.
 *
 * @throws Error for anything else.
 */
export function wishOf(event: string): Wish {
  let asked: Record<string, unknown> = {};
  try {
    asked = Object(JSON.parse(event)) as Record<string, unknown>;
  } catch {
    // said below
  }
  const { payload, task, outcomeOf } = asked;
  if (isTask(outcomeOf)) return { outcomeOf };
  const dump = KINDS.find((one) => one === payload);
  if (dump === undefined || (task !== undefined && !isTask(task))) {
    throw new Error(`the event must be {"payload": "monthly"} or {"payload": "final"}`);
  }
  return { dump, ...(task === undefined ? {} : { task }) };
}

const isTask = (value: unknown): value is string => typeof value === "string" && TASK.test(value);
