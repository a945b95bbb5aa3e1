import { Problem } from "./problems";

const SECOND = 1000;
/** Milliseconds between two tries, the last for all further ones. */
const PAUSES = [1 * SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND] as const;

/** Waits, each time a little longer. */
export class Pauses {
  private taken = 0;

  async next(): Promise<void> {
    const pause = PAUSES[Math.min(this.taken++, PAUSES.length - 1)];
    await new Promise((over) => setTimeout(over, pause));
  }
}

/**
 * Does it again while what hinders it may pass.
 * @param patience milliseconds
 * @throws Problem, the last one
 */
export async function patiently<T>(work: () => Promise<T>, patience: number): Promise<T> {
  const pauses = new Pauses();
  const until = Date.now() + patience;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Problem) || !error.passing || Date.now() >= until) throw error;
    }
    await pauses.next();
  }
}
