/** One thing measured: its values, what they are, and what they should be. */
export interface Figure {
  readonly name: string;
  readonly unit: "s" | "ratio" | "rows" | "MB" | "%" | "alerts";
  readonly values: readonly number[];
  readonly goal: string;
  /** More to know of it, in words. */
  readonly note?: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

const WIDTH = 30;

/** A line for each figure, and a bar for each of its values, the longest being the worst. */
export function render(figures: readonly Figure[]): string {
  return figures
    .map(({ name, unit, values, goal, note }) => {
      const most = Math.max(...values);
      const show = (value: number) => (unit === "rows" || unit === "alerts" ? String(value) : value.toFixed(2));
      const bars = values.map(
        (value) => `  ${show(value).padStart(7)} ${"█".repeat(most > 0 ? Math.round((value / most) * WIDTH) : 0)}`,
      );
      const range = `${show(Math.min(...values))} to ${show(most)}`;
      return [
        `${name}: median ${show(median(values))} ${unit} (${range}, n = ${values.length}; goal ${goal})`,
        ...bars,
        ...(note ? [`  ${note}`] : []),
      ].join("\n");
    })
    .join("\n\n");
}
