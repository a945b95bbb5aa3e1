/** What the function is asked: everything but the secrets, which it reads itself. */
export interface SetUp {
  /** ARNs in Secrets Manager: the master's, which RDS keeps, and the application's. */
  readonly masterSecret: string;
  readonly applicationSecret: string;
  /** Where Secrets Manager answers in the subnets: "https://...". */
  readonly secretsUrl: string;
  /** The writer. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** The application's role, with a password. */
  readonly username: string;
  /** The application's role for logging in as an IAM identity, without one. */
  readonly iamUsername: string;
  readonly extensions: readonly string[];
}

/** What the function answers: what it had to do, in words, and no secret. */
export interface Done {
  readonly done: readonly string[];
}

/**
 * What a generated password leaves out: all that means something in a URL, a shell, a quoted string or a connection
 * string. Four classes of characters remain, - . _ ~ being the fourth.
 */
export const EXCLUDED_CHARACTERS = "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}";
