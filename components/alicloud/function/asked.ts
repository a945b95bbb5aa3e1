/** What the function is told, in its environment: Function Compute keeps that encrypted and shows it to nobody but its administrators. */
export interface Asked {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** The application's account. */
  readonly username: string;
  /** Separated by commas. */
  readonly extensions: string;
  /** The privileged account. */
  readonly administrator: string;
  readonly password: string;
}

const names: { readonly [field in keyof Asked]: string } = {
  host: "DB_HOST",
  port: "DB_PORT",
  database: "DB_NAME",
  username: "DB_USER",
  extensions: "DB_EXTENSIONS",
  administrator: "DB_ADMINISTRATOR",
  password: "DB_ADMINISTRATOR_PASSWORD",
};

/** As environment variables. */
export function toEnvironment(asked: { readonly [field in keyof Asked]: string }): Record<string, string> {
  return Object.fromEntries(Object.entries(names).map(([field, name]) => [name, asked[field as keyof Asked]]));
}

/** @throws Error naming the first variable that is missing. */
export function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Asked {
  const read = (field: keyof Asked): string => {
    const value = environment[names[field]];
    if (value === undefined || value === "")
      throw new Error(`${names[field]} is missing in the function's environment`);
    return value;
  };
  return {
    host: read("host"),
    port: Number(read("port")),
    database: read("database"),
    username: read("username"),
    extensions: read("extensions"),
    administrator: read("administrator"),
    password: read("password"),
  };
}
