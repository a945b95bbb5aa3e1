/** What a drill's load saw, and what follows from it. Times are milliseconds since the drill began. */

/** One write that was asked for and acknowledged. */
export interface Write {
  readonly id: string;
  readonly began: number;
  readonly ended: number;
}

export interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * The longest time without any of `times` (sorted) that touches `since` to `until`. What came last before `since` begins
 * a gap, too: what was under way when it happened was lost with it.
 */
export function longestGap(times: readonly number[], since: number, until: number): Gap {
  const before = times.findLast((time) => time <= since) ?? since;
  const edges = [before, ...times.filter((time) => time > since && time < until), until];
  let longest: Gap = { from: before, to: before };
  for (const [index, to] of edges.entries()) {
    const from = edges[index - 1] ?? before;
    if (to - from > longest.to - longest.from) longest = { from, to };
  }
  return longest;
}

/** At most so many points make a picture. */
const POINTS = 240;
/** Milliseconds; a figure over a shorter time would be chance. */
const SHORTEST = 250;

/**
 * How many of `times` there were a second, over stretches of equal length: [the stretch's middle in s, rate]. None is left
 * out, and only whole stretches are told.
 */
export function rates(times: readonly number[], until: number): [second: number, rate: number][] {
  const width = Math.ceil(Math.max(until / POINTS, SHORTEST) / SHORTEST) * SHORTEST;
  const counts = Array.from({ length: Math.floor(until / width) }, () => 0);
  for (const time of times) {
    const stretch = Math.floor(time / width);
    if (stretch >= 0 && stretch < counts.length) counts[stretch] = (counts[stretch] ?? 0) + 1;
  }
  return counts.map((count, stretch) => [((stretch + 0.5) * width) / 1000, (count * 1000) / width]);
}

/** What the database holds of the writes, against what the writers were told. */
export interface Tally {
  readonly acknowledged: number;
  /** Acknowledged, and not there. */
  readonly lost: readonly Write[];
  /** There more than once, though asked for once. */
  readonly doubled: number;
  /** The connection was lost before the answer: done or not, as the writers were told. */
  readonly unknown: number;
  /** Of the unknown, those that are there. */
  readonly unknownDone: number;
  /** The writers were told that they are not done, and they are there. */
  readonly ghosts: number;
}

export interface Told {
  readonly acknowledged: readonly Write[];
  readonly unknown: readonly string[];
  readonly failed: readonly string[];
}

/** @param kept id -> how many rows of it there are. */
export const tally = (told: Told, kept: ReadonlyMap<string, number>): Tally => ({
  acknowledged: told.acknowledged.length,
  lost: told.acknowledged.filter(({ id }) => !kept.has(id)),
  doubled: [...kept.values()].filter((count) => count > 1).length,
  unknown: told.unknown.length,
  unknownDone: told.unknown.filter((id) => kept.has(id)).length,
  ghosts: told.failed.filter((id) => kept.has(id)).length,
});

/** Milliseconds of acknowledged work that is gone: from the oldest write that was lost until `fault`. */
export const workLost = (lost: readonly Write[], fault: number): number =>
  Math.max(0, ...lost.map(({ ended }) => fault - ended));
