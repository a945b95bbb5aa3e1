/**
 * The application's role for IAM authentication. It is another role than the one with the password: RDS lets no member
 * of rds_iam log in with a password, nor a role without it log in with a token.
 */
export const iamUsername = (username: string): string => `${username}${SUFFIX}`;

const SUFFIX = "_iam";

/** Letters: PostgreSQL cuts a name off after 63, without a word. */
export const LONGEST_USERNAME = 63 - SUFFIX.length;
