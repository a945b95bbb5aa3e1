import { type Html, html } from "./html";
import { scale, short, ticks } from "./scale";

export interface Series {
  readonly name: string;
  /** In the order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LineChart {
  readonly title: string;
  /** What the picture shows, for who cannot see it. */
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** At most three. */
  readonly series: readonly Series[];
  /** Stretches of x that stand out, each with a word. */
  readonly bands?: readonly { readonly from: number; readonly to: number; readonly label: string }[];
  /** Moments that stand out. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
  /** @default as `short` */
  readonly formatX?: (x: number) => string;
  /** Also shows each point by itself: for few of them. */
  readonly dots?: boolean;
}

const WIDTH = 760;
const HEIGHT = 300;
const LEFT = 64;
const RIGHT = 16;
const TOP = 48;
const BOTTOM = 50;
const COLOURS = ["one", "two", "three"];

/** Figures over x as lines, as SVG in a figure. Its y begins at 0. */
export function lineChart(chart: LineChart): Html {
  const points = chart.series.flatMap((one) => one.points);
  const xs = [...points.map(([x]) => x), ...(chart.bands ?? []).flatMap(({ from, to }) => [from, to])];
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  const yTicks = ticks(0, Math.max(...points.map(([, y]) => y), 0) || 1);
  const xTicks = ticks(least, most, 8).filter((x) => x >= least && x <= most);
  const x = scale([least, most], [LEFT, WIDTH - RIGHT]);
  const y = scale([0, yTicks.at(-1) ?? 1], [HEIGHT - BOTTOM, TOP]);
  const formatX = chart.formatX ?? short;
  return figure(
    chart,
    HEIGHT,
    html`${yTicks.map(
      (tick) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>
<text x="${LEFT - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${short(tick)}</text>
`,
    )}${(chart.bands ?? []).map(
      ({ from, to, label }) =>
        html`<rect class="band" x="${at(x(from))}" y="${TOP}" width="${at(Math.max(1, x(to) - x(from)))}" height="${HEIGHT - BOTTOM - TOP}"/>
${told(x((from + to) / 2), TOP + 14, label)}`,
    )}${(chart.marks ?? []).map(
      (mark) =>
        html`<line class="mark" x1="${at(x(mark.x))}" x2="${at(x(mark.x))}" y1="${TOP - 6}" y2="${HEIGHT - BOTTOM}"/>
${told(x(mark.x), TOP - 10, mark.label)}`,
    )}${xTicks.map(
      (tick) =>
        html`<text x="${at(x(tick))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${formatX(tick)}</text>\n`,
    )}${chart.series.map((series, index) => drawn(series, COLOURS[index % 3] ?? "one", x, y, chart.dots))}${labels(chart)}`,
  );
}

function drawn(
  { points }: Series,
  colour: string,
  x: (value: number) => number,
  y: (value: number) => number,
  dots: boolean | undefined,
): Html {
  const path = points.map(([px, py]) => `${at(x(px))},${at(y(py))}`).join(" ");
  const circles = points.map(
    ([px, py]) => html`<circle class="dot ${colour}" cx="${at(x(px))}" cy="${at(y(py))}" r="3.5"/>\n`,
  );
  return html`<polyline class="line ${colour}" points="${path}"/>\n${dots || points.length === 1 ? circles : undefined}`;
}

/** Beside the line that it is about, and inside the picture. */
function told(x: number, y: number, label: string): Html {
  const anchor = x > WIDTH * 0.75 ? "end" : x < WIDTH * 0.25 ? "start" : "middle";
  return html`<text class="told" x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${label}</text>\n`;
}

function labels({ xLabel, yLabel, series }: LineChart): Html {
  const legend = series.map(({ name }, index) => {
    const start = LEFT + index * 200;
    const row = HEIGHT - 8;
    return html`<line class="line ${COLOURS[index % 3]}" x1="${start}" x2="${start + 28}" y1="${row - 4}" y2="${row - 4}"/>
<text class="label" x="${start + 34}" y="${row}">${name}</text>
`;
  });
  return html`<text x="${LEFT}" y="12">${yLabel}</text>
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${xLabel}</text>
${legend}`;
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** As it is read, with its unit. */
  readonly shown: string;
  /** The same figure of the time before, drawn under it. */
  readonly before?: number;
}

export interface BarChart {
  readonly title: string;
  readonly description: string;
  readonly bars: readonly Bar[];
}

const ROW = 30;

/** Figures side by side, the largest across the whole picture. */
export function barChart(chart: BarChart): Html {
  const most = Math.max(...chart.bars.flatMap(({ value, before = 0 }) => [value, before]), 0);
  const width = scale([0, most || 1], [0, WIDTH - 330]);
  const rows = chart.bars.map(({ label, value, shown, before }, index) => {
    const top = index * ROW + 6;
    return html`<text class="label" x="0" y="${top + 14}">${clipped(label)}</text>
${before === undefined ? undefined : html`<rect class="bar before" x="220" y="${top}" width="${at(width(before))}" height="20"/>\n`}<rect class="bar" x="220" y="${top + (before === undefined ? 2 : 5)}" width="${at(width(value))}" height="${before === undefined ? 16 : 10}"/>
<text x="${at(228 + width(Math.max(value, before ?? 0)))}" y="${top + 14}">${shown}</text>
`;
  });
  return figure(chart, chart.bars.length * ROW + 8, html`${rows}`);
}

/** What fits left of the bars. */
const clipped = (label: string): string => (label.length > 32 ? `${label.slice(0, 31)}…` : label);

const figure = ({ title, description }: { title: string; description: string }, height: number, inside: Html): Html =>
  html`<figure>
<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}. ${description}">
${inside}</svg>
<figcaption>${title}. ${description}</figcaption>
</figure>
`;

/** A tenth of a point is finer than any screen. */
const at = (value: number): string => String(Math.round(value * 10) / 10);
