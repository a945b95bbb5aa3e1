/** Where a figure lies on a picture: `domain` in the figure's own unit, `range` in the picture's. */
export const scale =
  ([from, to]: readonly [number, number], [start, end]: readonly [number, number]) =>
  (value: number): number =>
    to === from ? start : start + ((value - from) / (to - from)) * (end - start);

/**
 * Round figures (1, 2 or 5 times a power of ten apart) that hold `least` to `most` between the first and the last.
 *
 * @param count about how many there shall be.
 */
export function ticks(least: number, most: number, count = 5): number[] {
  const span = most > least ? most - least : Math.max(Math.abs(most), 1);
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough * 0.999) ?? 10 * power;
  const first = Math.floor(least / step);
  const last = Math.max(Math.ceil((most > least ? most : least + span) / step), first + 1);
  // Multiplied instead of added up: the sum of many 0.1 is no round figure.
  return Array.from({ length: last - first + 1 }, (_, index) => round((first + index) * step, step));
}

const round = (value: number, step: number): number => {
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Number(value.toFixed(Math.min(digits, 100)));
};

/** 1234567 as "1.23 M", 1234 as it is, 0.00012345 as "0.000123": three digits that count. */
export function short(value: number): string {
  const size = Math.abs(value);
  for (const [unit, name] of size < 10_000 ? [] : UNITS) if (size >= unit) return `${plain(value / unit)} ${name}`;
  return plain(value);
}

const UNITS = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

const plain = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
