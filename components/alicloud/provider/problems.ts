/** What Function Compute or the way to it refused, in words without a secret. */
export class Problem extends Error {
  /**
   * @param passing whether the same may well succeed a moment later
   * @param status of HTTP, where there was an answer
   */
  constructor(
    message: string,
    readonly passing: boolean,
    readonly status?: number,
  ) {
    super(message);
  }
}

interface ClientError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly message?: string;
}

const TOO_MANY = 429;

/** Of what the service's client throws: an answer of the service has a status, and nobody knows what else is in the rest. */
export function problemOf(error: unknown): Problem {
  const { statusCode, code, message } = error as ClientError;
  if (statusCode === undefined) {
    const how = code ?? (/timeout/i.test(message ?? "") ? "no answer in time" : "the connection failed");
    return new Problem(`Function Compute cannot be reached: ${how}`, true);
  }
  return new Problem(
    `Function Compute refuses: ${message ?? code}`,
    statusCode === TOO_MANY || statusCode >= 500,
    statusCode,
  );
}
