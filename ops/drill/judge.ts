/** R4: the longest that nobody may be able to write, in seconds. */
export const RECOVERY_TIME_OBJECTIVE = 15 * 60;
/** R4, where the stack's outputs do not tell its own: the most work that may be lost, in seconds of it. */
export const RECOVERY_POINT_OBJECTIVE = 5 * 60;

/** One figure against its target. */
export interface Check {
  readonly name: string;
  /** What was measured; null where what was waited for did not come. */
  readonly value: number | null;
  readonly unit: "s" | "";
  /** The value may be this at most. */
  readonly limit: number;
  readonly met: boolean;
}

export const check = (name: string, value: number | null, unit: Check["unit"], limit: number): Check => ({
  name,
  value,
  unit,
  limit,
  met: value !== null && value <= limit,
});

export const allMet = (checks: readonly Check[]): boolean => checks.every(({ met }) => met);

/** "0.73 s", "0", "did not come". */
export const shown = ({ value, unit }: Pick<Check, "value" | "unit">): string => {
  if (value === null) return "did not come";
  return unit === "s" ? `${value.toFixed(2)} s` : String(value);
};
