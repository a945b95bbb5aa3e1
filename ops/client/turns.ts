/** Thrown when a turn did not come in time. */
export class NoTurn extends Error {}

interface Waiting<T> {
  readonly go: (handed: T | undefined) => void;
  readonly leave: (error: NoTurn) => void;
  /** By performance.now(). */
  readonly until: number;
}

/** Milliseconds, the longest that a timer of Node takes. */
const LONGEST = 2 ** 31 - 1;

/**
 * At most so many at once; the others in the order they came. Whoever is done may hand what it worked with to the next.
 * One timer serves all who wait: under load hundreds do, each for the length of a statement, and one each would cost as
 * much as the statement.
 */
export class Turns<T> {
  private free: number;
  private queue: Waiting<T>[] = [];
  /** When the timer fires; infinite without one. */
  private due = Number.POSITIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  /** @param closing nobody waits any longer once it aborts. */
  constructor(
    readonly most: number,
    private readonly closing: AbortSignal,
  ) {
    this.free = most;
    closing.addEventListener("abort", () => this.expire(Number.POSITIVE_INFINITY), { once: true });
  }

  get waiting(): number {
    return this.queue.length;
  }

  /**
   * @param patience milliseconds.
   * @param urgent goes before all who wait.
   * @returns undefined where the turn is there at once; otherwise with what was handed on.
   * @throws NoTurn (the promise) after `patience`, or when there is an end to all.
   */
  take(patience: number, urgent = false): Promise<T | undefined> | undefined {
    if (this.free > 0) {
      this.free -= 1;
      return undefined;
    }
    return new Promise((go, leave) => {
      const waiting: Waiting<T> = { go, leave, until: performance.now() + patience };
      if (urgent) this.queue.unshift(waiting);
      else this.queue.push(waiting);
      if (this.closing.aborted) this.expire(Number.POSITIVE_INFINITY);
      else this.watch(waiting.until);
    });
  }

  /** @param handed for the next; only where somebody waits. */
  give(handed?: T): void {
    const next = this.queue.shift();
    if (next) next.go(handed);
    else this.free += 1;
  }

  private watch(until: number): void {
    if (until >= this.due) return;
    clearTimeout(this.timer);
    this.due = until;
    const delay = Math.min(LONGEST, Math.max(1, Math.ceil(until - performance.now())));
    this.timer = setTimeout(() => this.expire(performance.now()), delay);
    // Whoever waits, waits for a connection, and that keeps the process alive.
    this.timer.unref();
  }

  private expire(now: number): void {
    clearTimeout(this.timer);
    this.due = Number.POSITIVE_INFINITY;
    const over = this.queue.filter(({ until }) => until <= now);
    this.queue = this.queue.filter(({ until }) => until > now);
    for (const { leave } of over) leave(new NoTurn(`no connection of ${this.most} came free`));
    if (this.queue.length > 0) this.watch(Math.min(...this.queue.map(({ until }) => until)));
  }
}
