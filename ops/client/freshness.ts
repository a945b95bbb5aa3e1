import { hasReached, type Position } from "./position";

interface Sample {
  /** When the writer was asked: whatever was committed before is at or before `position`. */
  readonly at: number;
  readonly position: Position;
}

/** How long ago a reader's state was the writer's, from what the writer said when. Exact on an idle database, too. */
export class Freshness {
  private samples: readonly Sample[] = [];

  /** @param keep milliseconds that samples are of use. */
  constructor(private readonly keep: number) {}

  record(at: number, position: Position): void {
    const old = this.samples.filter((sample) => at - sample.at <= this.keep);
    this.samples = [...old, { at, position }];
  }

  /**
   * The most milliseconds that a server is behind which had replayed up to `replayed` at `at`; Infinity when nothing
   * known is that old.
   */
  lag(at: number, replayed: Position): number {
    const reached = this.samples.findLast(({ position }) => hasReached(replayed, position));
    return reached ? Math.max(0, at - reached.at) : Number.POSITIVE_INFINITY;
  }

  /** A position that holds everything committed before `time`; the earliest known, as readers reach it first. */
  positionAt(time: number): Position | undefined {
    return this.samples.find(({ at }) => at >= time)?.position;
  }
}
