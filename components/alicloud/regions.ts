/** A region, as far as the program needs to know it without asking anybody. */
export interface Region {
  readonly name: string;
  /** Zone ids in the default order: the primary's, the standby's, then those the replicas take turns in. */
  readonly zones: readonly string[];
}

export declare function chosenRegion(): Region;
export declare function findRegion(name: string): Region | undefined;
