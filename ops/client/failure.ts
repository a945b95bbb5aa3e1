/** What kind of failure it is, which is all that the decision about it needs. */
export type FailureKind =
  /** The server does not take the password, or we do not take the server's certificate. */
  | "refused"
  /** The connection ended; what it was busy with may have happened. */
  | "lost"
  /** No answer within `statementTimeout`; it may happen yet. */
  | "timeout"
  /** Nobody has even looked at the statement: no server, no room, a connection already dead. */
  | "unavailable"
  /** PostgreSQL undid it to let another go on, and asks to do it again. */
  | "rolled back"
  /** The server has become a replica: it refused to write. */
  | "demoted"
  /** The statement itself is at fault. */
  | "statement";

/** How far the work was when it failed. */
export type Stage =
  /** No connection yet. */
  | "connecting"
  /** In a transaction, its commit not sent: the server undoes it when the connection ends. */
  | "open"
  /** The one statement, or the commit, was sent. */
  | "final";

/** What the caller said of the work. */
export interface Operation {
  /** It may happen twice, or it only reads. */
  readonly repeatable: boolean;
  /** The function of a transaction may run again. True for everything that is one statement. */
  readonly rerun: boolean;
  /** It may write: where it may not, a refusal to write is the statement's fault. */
  readonly writes: boolean;
}

export type Decision =
  | "retry"
  /** Ask for password and CA anew, then retry. */
  | "renew"
  /** Nothing of it has happened, and it is not to be tried again: the error itself. */
  | "fail"
  /** It may have happened: say so. */
  | "unknown";

/** The table: one row for each kind of failure. */
const decisions: Readonly<Record<FailureKind, (stage: Stage, operation: Operation) => Decision>> = {
  statement: () => "fail",
  refused: (stage) => (stage === "connecting" ? "renew" : "fail"),
  unavailable: again,
  "rolled back": again,
  demoted: (stage, operation) => (operation.writes ? again(stage, operation) : "fail"),
  lost: mayHaveHappened,
  timeout: mayHaveHappened,
};

export const decide = (kind: FailureKind, stage: Stage, operation: Operation): Decision =>
  decisions[kind](stage, operation);

/** Nothing of it has happened. Only who ran a function of the caller's needs its leave to run it again. */
function again(stage: Stage, { rerun }: Operation): Decision {
  return stage === "connecting" || rerun ? "retry" : "fail";
}

function mayHaveHappened(stage: Stage, operation: Operation): Decision {
  if (stage !== "final") return again(stage, operation);
  return operation.repeatable ? "retry" : "unknown";
}

/** Whether the connection is of no use any more after such a failure. */
export const endsConnection = (kind: FailureKind): boolean => kind !== "statement" && kind !== "rolled back";

/** Error codes of PostgreSQL, most specific first; the first that fits counts. */
const codes: readonly (readonly [RegExp, FailureKind])[] = [
  [/^(28P01|28000)$/, "refused"],
  [/^(40001|40P01)$/, "rolled back"],
  [/^25006$/, "demoted"],
  // starting up or going down; no room for one more: said in place of a greeting
  [/^(57P03|53300)$/, "unavailable"],
  [/^(08|57P0[1245])/, "lost"],
];

/** PgBouncer's refusals, all of one code (08P01), of which these are said before any server has seen the statement. */
const POOLER_REFUSED =
  /query_wait_timeout|server login (has been )?fail|cannot connect to server|no more connections allowed|client_login_timeout|pooler is shut|server_login_retry/;

/** What node `pg` says of a connection that was already dead when the statement came. */
const NEVER_SENT =
  /is not queryable|timeout exceeded when trying to connect|Connection terminated due to connection timeout|^timeout expired$/;

/** And those, of the same code, with which it turns a password down. */
const POOLER_DENIED = /SASL authentication failed|password authentication failed|no such user/;

const TLS =
  /^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|ERR_SSL_|ERR_OSSL_)/;

/** Errors of the operating system (ECONNRESET), and of a stream that has ended. */
const SOCKET = /^(E(?!RR_)|ERR_STREAM|ERR_SOCKET)/;

const NO_TLS = "The server does not support SSL connections";
export const TIMEOUT = "Query read timeout";

/** The server's own words, in node `pg`'s DatabaseError. */
interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
}

const isServerError = (error: Error): error is ServerError =>
  "severity" in error && typeof error.severity === "string" && "code" in error && typeof error.code === "string";

/** @param stage in which it failed: the same words mean another thing while connecting. */
export function classify(error: unknown, stage: Stage): FailureKind {
  if (!(error instanceof Error)) return "statement";
  if (isServerError(error)) return ofServer(error, stage);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (TLS.test(code) || error.message === NO_TLS) return "refused";
  if (error.message === TIMEOUT) return "timeout";
  if (NEVER_SENT.test(error.message)) return "unavailable";
  if (SOCKET.test(code) || /^Connection terminated/.test(error.message)) return "lost";
  // What is left is the driver's own: a value that it cannot send, an answer that it does not understand.
  return "statement";
}

function ofServer(error: ServerError, stage: Stage): FailureKind {
  if (POOLER_REFUSED.test(error.message)) return "unavailable";
  if (stage === "connecting" && error.code === "08P01" && POOLER_DENIED.test(error.message)) return "refused";
  const known = codes.find(([code]) => code.test(error.code))?.[1];
  if (known !== undefined) return known;
  // An end of the session that nobody has told us of; while connecting it is final: no such database, a bad option.
  return stage !== "connecting" && /^(FATAL|PANIC)$/.test(error.severity) ? "lost" : "statement";
}
