export interface Backoff {
  /** Milliseconds, the longest first wait. */
  readonly first: number;
  /** Milliseconds no wait is longer than. */
  readonly most: number;
}

/** A failover on one machine is over in one to two seconds: longer waits would be most of the gap that a caller sees. */
export const BACKOFF: Backoff = { first: 50, most: 500 };

/**
 * Milliseconds to wait before try number `attempt` + 1: doubling, and half of it by chance, so that the callers whom one
 * failure hit do not all come back at once.
 *
 * @param attempt how many have failed, from 1.
 * @param random from 0 to 1.
 */
export function waitAfter(attempt: number, random: number, { first, most }: Backoff = BACKOFF): number {
  const longest = Math.min(most, first * 2 ** Math.min(attempt - 1, 30));
  return longest / 2 + (longest / 2) * random;
}
