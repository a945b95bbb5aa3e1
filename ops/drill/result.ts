import type { Check } from "./judge";

export type DrillKind = "failover" | "switchover" | "replica-loss" | "restore";

/** What a drill found, as it is kept and printed by --json. */
export interface DrillResult {
  readonly kind: DrillKind;
  readonly stack: string;
  readonly vendor: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** What was done to the cluster, in words. */
  readonly fault: string;
  /** Seconds since the drill began at which it was done; of a restore: at which it began. */
  readonly faultAt: number;
  /** Seconds the whole drill took, until all was as before. */
  readonly duration: number;
  readonly checks: readonly Check[];
  readonly met: boolean;
  /** Absent of a restore: it hurts nobody. */
  readonly load?: LoadResult;
}

export interface LoadResult {
  /** Seconds since the drill began; both ends of the longest time without an acknowledged write. */
  readonly writeGap: { readonly from: number; readonly to: number };
  readonly readGap: { readonly from: number; readonly to: number };
  /** [seconds since the drill began, answers a second]. */
  readonly writeRates: readonly (readonly [number, number])[];
  readonly readRates: readonly (readonly [number, number])[];
  readonly writes: {
    readonly acknowledged: number;
    readonly lost: number;
    readonly doubled: number;
    readonly unknown: number;
    readonly unknownDone: number;
    readonly ghosts: number;
    readonly failed: number;
  };
  readonly reads: { readonly done: number; readonly failed: number };
}
