/** What the application's database has installed. R12: column encryption; R15: query performance. */
export const EXTENSIONS: readonly string[] = ["pgcrypto", "pg_stat_statements"];
