/** Thrown when a turn did not come in time. */
export class NoTurn extends Error {}

interface Waiting {
  readonly go: () => void;
}

/** At most so many at once; the others in the order they came. */
export class Turns {
  private free: number;
  private readonly queue: Waiting[] = [];

  constructor(readonly most: number) {
    this.free = most;
  }

  get waiting(): number {
    return this.queue.length;
  }

  /**
   * @param patience milliseconds.
   * @param urgent goes before all who wait.
   * @throws NoTurn after `patience`, or when `signal` aborts.
   */
  async take(patience: number, signal: AbortSignal, urgent = false): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.queue.splice(this.queue.indexOf(waiting), 1);
        end();
        reject(new NoTurn(`no connection of ${this.most} came free`));
      };
      const timer = setTimeout(leave, patience);
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
      };
      const waiting: Waiting = {
        go: () => {
          end();
          resolve();
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      if (urgent) this.queue.unshift(waiting);
      else this.queue.push(waiting);
    });
  }

  give(): void {
    const next = this.queue.shift();
    if (next) next.go();
    else this.free += 1;
  }
}
