/** One thing the set-up does. */
export interface Step<T = unknown> {
  readonly title: string;
  /** `progress` tells what it is busy with, in a few words. */
  run(progress: Progress): Promise<T>;
  /** What came of it, in a few words. */
  outcome?(result: T): string;
}

export type Progress = (text: string) => void;

/** How the set-up speaks to whoever started it. */
export interface Reporter {
  /** Runs the steps side by side. Waits for all of them, then throws the first error there was. */
  all<T>(steps: readonly Step<T>[]): Promise<T[]>;
  note(text: string): void;
}

/** Plain lines, for logs and pipes: a step's start, a sign of life every ten seconds, and its end with the time it took. */
export class LineReporter implements Reporter {
  constructor(
    private readonly write: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
    private readonly signOfLife = 10_000,
  ) {}

  async all<T>(steps: readonly Step<T>[]): Promise<T[]> {
    return settleAll(steps.map((step) => this.one(step)));
  }

  note(text: string): void {
    this.write(text);
  }

  private async one<T>(step: Step<T>): Promise<T> {
    const started = performance.now();
    let doing = "";
    this.write(`- ${step.title} ...`);
    const timer = setInterval(
      () => this.write(`  ${step.title}: ${seconds(started)}${doing && `, ${doing}`}`),
      this.signOfLife,
    );
    try {
      const result = await step.run((text) => {
        doing = text;
      });
      this.write(`- ${step.title}: ${step.outcome?.(result) ?? "done"} (${seconds(started)})`);
      return result;
    } catch (error) {
      this.write(`- ${step.title}: failed after ${seconds(started)}`);
      throw error;
    } finally {
      clearInterval(timer);
    }
  }
}

/** Says nothing. */
export const silent: Reporter = {
  all: (steps) => settleAll(steps.map((step) => step.run(() => undefined))),
  note: () => undefined,
};

/** Waits for every promise before it throws, so that nothing is still writing when the caller gives up. */
export async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (failures.length > 1) {
    throw new Error(
      failures.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join("\n\n"),
    );
  }
  if (failures.length === 1) {
    throw failures[0];
  }
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}

export function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
