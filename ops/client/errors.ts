/** What became of what the caller asked for. */
export type Outcome =
  /** Nothing of it has happened. */
  | "not done"
  /** It has happened, or not: the connection was lost before the server's answer. */
  | "unknown";

/**
 * Every error of this library's own. What the server says of a statement (a broken constraint, a wrong word) is node
 * `pg`'s DatabaseError, with its `code`, as ever.
 */
export abstract class LicenseDbError extends Error {
  abstract readonly outcome: Outcome;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No server took the work within `retryFor`. Nothing of it has happened. */
export class UnavailableError extends LicenseDbError {
  readonly outcome = "not done";
}

/**
 * The connection was lost after the statement or the commit was sent and before the answer: it has happened, or not.
 * Look before doing it again, or make it so that it may be done twice and say `idempotent: true`.
 */
export class OutcomeUnknownError extends LicenseDbError {
  readonly outcome = "unknown";
}

/** More calls wait already than `maxQueue`. Nothing of this one has happened. */
export class OverloadedError extends LicenseDbError {
  readonly outcome = "not done";
}

/** close() was called. Nothing has happened. */
export class ClosedError extends LicenseDbError {
  readonly outcome = "not done";
}

/** The password is refused, or the server cannot be verified, and asking anew for password and CA did not help. */
export class RefusedError extends LicenseDbError {
  readonly outcome = "not done";
}

/** A statement of a transaction failed, and its function ended as if it had not: PostgreSQL rolled back. */
export class RolledBackError extends LicenseDbError {
  readonly outcome = "not done";
}

/** Options that cannot be. Lists all that is wrong. */
export class OptionsError extends LicenseDbError {
  readonly outcome = "not done";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? `${problems[0]}` : `\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}
