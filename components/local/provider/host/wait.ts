import { setTimeout as sleep } from "node:timers/promises";

export interface WaitOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly interval?: number;
  /** What is waited for, for the error: "a primary". */
  readonly what: string;
  /** More to say when it did not come: the tail of a log. */
  readonly evidence?: () => Promise<string>;
}

/** Asks until the answer is something; errors of the question count as "not yet". */
export async function waitFor<T>(ask: () => Promise<T | undefined | false>, options: WaitOptions): Promise<T> {
  const end = Date.now() + options.timeout;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) break;
    await sleep(options.interval ?? 100);
  }
  const evidence = await options.evidence?.();
  throw new Error(
    [
      `${options.what} did not come within ${Math.round(options.timeout / 1000)} s`,
      last instanceof Error ? `: ${last.message}` : "",
      evidence ? `\n${evidence}` : "",
    ].join(""),
  );
}

/** The question's answer, or undefined where it cannot be had: for looking at things that may be down. */
export const attempt = <T>(ask: () => Promise<T>): Promise<T | undefined> => ask().catch(() => undefined);
