/** What the exit codes mean; docs/operations.md tells the same. */
export const EXIT = {
  /** Done; where something was checked, it is well. */
  ok: 0,
  /** It went wrong; the message says what, and what state things are in. */
  failed: 1,
  /** The command line or what it names is not right; nothing was begun. */
  usage: 2,
  /** The work is done, and what it found is not well: a check that failed, a target that was missed. */
  found: 3,
  /** Another operator is at work on the same stack. */
  locked: 4,
  /** Nobody confirmed. Nothing was begun. */
  unconfirmed: 5,
  /** Interrupted or cut off half-way; the same command again goes on from there. */
  unfinished: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An end that is foreseen: its message is for the operator, without a stack trace. */
export class OperationError extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
    this.name = "OperationError";
  }
}

/** What is wrong with what was asked for, each with how to mend it; nothing was begun. */
export const refused = (problems: readonly string[]): OperationError =>
  new OperationError(EXIT.usage, problems.join("\n"));
