import { size } from "../status/render";
import type { Figure, Report } from "./report";

/** A figure as it is read. */
export function written({ unit }: Pick<Figure, "unit">, value: number | null): string {
  if (value === null) return "–";
  if (unit === "bytes") return size(Math.round(value));
  if (unit === "%") return `${value.toFixed(1)} %`;
  if (unit === "s") return `${value.toFixed(1)} s`;
  return unit === "a day" ? `${number(value)} a day` : number(value);
}

export const number = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));

/** What changed, with its sign: of percentages in points, else in percent. Nothing where there is nothing to compare with. */
export function change({ value, before, unit }: Omit<Figure, "name">): string {
  if (value === null || before === null || value === before) return "";
  if (unit === "%") return signed(value - before, 0.05, "points");
  return before === 0 ? "" : signed((100 * (value - before)) / before, 0.05, "%");
}

const signed = (value: number, least: number, unit: string): string =>
  Math.abs(value) < least ? "" : `${value > 0 ? "+" : "−"}${number(Math.abs(value))} ${unit}`;

export const milliseconds = (value: number): string =>
  value >= 1000 ? `${number(value / 1000)} s` : `${number(value)} ms`;

const day = (iso: string): string => iso.slice(0, 10);

/** "2026-10-23 to 2026-11-23"; within a day or two with the time. */
export function range({
  from,
  to,
  days,
}: {
  readonly from: string;
  readonly to: string;
  readonly days: number;
}): string {
  const moment = (iso: string) => iso.slice(0, 16).replace("T", " ");
  return days < 2 ? `${moment(from)} to ${moment(to)}` : `${day(from)} to ${day(to)}`;
}

/** A table's line: its name, then its figures. */
export const tableCells = (one: Report["tables"][number]): string[] => [
  one.name,
  size(one.bytes),
  one.growth === null ? "–" : `${one.growth < 0 ? "−" : "+"}${size(Math.abs(one.growth))}`,
  number(one.rows),
  number(one.dead),
  size(Math.round(one.bloat)),
  number(one.sequentialScans),
];
