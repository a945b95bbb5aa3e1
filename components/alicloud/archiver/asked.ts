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

/**
 * Which kind of dump an invocation asks for: `payload` of a timer's event, or of what a person sends.
 *
 * @throws Error for anything else.
 */
export function kindOf(event: string): Kind {
  let payload: unknown;
  try {
    payload = (JSON.parse(event) as { payload?: unknown }).payload;
  } catch {
    // said below
  }
  const kind = KINDS.find((one) => one === payload);
  if (kind === undefined) throw new Error(`the event must be {"payload": "monthly"} or {"payload": "final"}`);
  return kind;
}
