import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ask } from "./python";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const at = (text: string): number => Date.parse(text) / 1000;

interface Plan {
  readonly start: string;
  readonly zone: string;
  readonly archiveDay?: number;
}
interface Case extends Plan {
  readonly now: number;
  readonly fulls: readonly number[];
  readonly archives: readonly number[];
}

const BERLIN: Plan = { start: "01:00", zone: "Europe/Berlin", archiveDay: 1 };
const due = (cases: readonly Case[]) => ask<Case, { daily: boolean; archive: boolean }>("due", cases);
const simulate = (plan: Plan, ticks: readonly number[], fulls: readonly number[] = []) =>
  ask<object, [string, number][]>("simulate", [{ ...plan, ticks, fulls }])[0] ?? [];
const every = (step: number, from: number, to: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) }, (_, index) => from + index * step);
const only = (kind: string, taken: readonly [string, number][]) =>
  taken.filter(([name]) => name === kind).map(([, time]) => time);
const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? time));

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The zone's wall clock at an instant: "2026-03-29 03:00". */
function wall(zone: string, time: number): string {
  const make = () => new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  const clock = clocks.get(zone) ?? make();
  clocks.set(zone, clock);
  return clock.format(time * 1000);
}

/** The month whose archive a window at `time` makes: it begins on the archive's day. */
function monthOf(asked: Plan, time: number): string {
  const date = wall(asked.zone, time).slice(0, 10);
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  return new Date(Date.UTC(year, month - (day >= (asked.archiveDay ?? 1) ? 1 : 2), 1)).toISOString().slice(0, 7);
}

describe("what is due, case by case", () => {
  // Berlin is at UTC+1 in winter: the window opens at 00:00 UTC.
  const cases: [string, Partial<Case>, boolean, boolean][] = [
    ["nothing was ever taken: at once", { fulls: [], archives: [] }, true, false],
    [
      "the first was taken today, the archive waits for a window",
      { fulls: [at("2026-01-20T08:00Z")], archives: [] },
      false,
      false,
    ],
    [
      "the next window: both",
      { now: at("2026-01-21T00:00:05Z"), fulls: [at("2026-01-20T08:00Z")], archives: [] },
      true,
      true,
    ],
    ["taken in this window", { fulls: [at("2026-01-20T00:05Z")] }, false, false],
    ["a second before the window", { now: at("2026-01-19T23:59:59Z"), fulls: [at("2026-01-19T00:05Z")] }, false, false],
    ["as the window opens", { now: at("2026-01-20T00:00:00Z"), fulls: [at("2026-01-19T00:05Z")] }, true, false],
    ["a month has begun", { now: at("2026-02-01T00:01Z"), fulls: [at("2026-01-31T00:05Z")] }, true, true],
    [
      "its archive is taken",
      {
        now: at("2026-02-01T05:00Z"),
        fulls: [at("2026-01-31T00:05Z"), at("2026-02-01T00:05Z")],
        archives: [at("2026-02-01T00:09Z")],
      },
      false,
      false,
    ],
    [
      "the archive failed for days",
      { now: at("2026-02-09T05:00Z"), fulls: [at("2026-02-08T00:05Z"), at("2026-02-09T00:05Z")] },
      false,
      true,
    ],
    [
      "last month's archive was missed and this month's day has not come",
      {
        archiveDay: 25,
        fulls: [at("2026-01-01T00:05Z"), at("2026-01-20T00:05Z")],
        archives: [at("2025-11-25T00:05Z")],
      },
      false,
      true,
    ],
    [
      "without an archive",
      { archiveDay: undefined, archives: [], fulls: [at("2026-01-01T00:05Z")] } as never,
      true,
      false,
    ],
    ["dated by a clock that was years ahead", { fulls: [at("2031-01-20T00:05Z")] }, true, false],
    ["dated by a clock that was minutes ahead", { fulls: [at("2026-01-20T10:20Z")] }, false, false],
  ];
  const defaults: Case = { ...BERLIN, now: at("2026-01-20T10:00Z"), fulls: [], archives: [at("2026-01-01T00:09Z")] };
  const answers = due(cases.map(([, change]) => ({ ...defaults, ...change })));
  it.each(cases.map(([name, , daily, archive], index) => [name, { daily, archive }, index] as const))(
    "%s",
    (_, expected, index) => {
      expect(answers[index]).toEqual(expected);
    },
  );
});

const zones = [
  "Europe/Berlin",
  "Asia/Shanghai",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "UTC",
];
const plan: fc.Arbitrary<Plan> = fc.record({
  start: fc.tuple(fc.nat(23), fc.nat(59)).map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":")),
  zone: fc.constantFrom(...zones),
  archiveDay: fc.integer({ min: 1, max: 28 }),
});
const instant = fc.integer({ min: at("2024-01-01T00:00Z"), max: at("2034-01-01T00:00Z") });

describe("windows", () => {
  it("open once on every local day at the time asked for, or just after when clocks leap over it", () => {
    const cases = fc.sample(fc.record({ plan, now: instant }), 3_000);
    const answers = ask<object, [number, number]>(
      "window",
      cases.map((one) => ({ ...one.plan, now: one.now })),
    );
    answers.forEach(([last, next], index) => {
      const { plan: asked, now } = cases[index] as (typeof cases)[number];
      expect(last).toBeLessThanOrEqual(now);
      expect(next).toBeGreaterThan(now);
      expect(next - last).toBeGreaterThanOrEqual(DAY - HOUR);
      expect(next - last).toBeLessThanOrEqual(DAY + HOUR);
      const shown = wall(asked.zone, last).slice(11);
      // Leapt over: the wall clock never showed the time on that day.
      const skipped = shown !== asked.start && wall(asked.zone, last - HOUR).slice(11) < asked.start;
      expect(shown === asked.start || (skipped && shown > asked.start), `${asked.zone} ${asked.start} ${shown}`).toBe(
        true,
      );
    });
  });
});

describe("a machine that runs all the time", () => {
  it.each([
    ["Europe/Berlin", "01:00"],
    ["Europe/Berlin", "02:30"],
    ["America/New_York", "01:30"],
    ["Asia/Shanghai", "00:00"],
    ["Australia/Lord_Howe", "02:00"],
  ])("takes one full backup a day and one archive a month in %s at %s, whatever the clocks do", (zone, start) => {
    const from = at("2026-01-10T12:00Z");
    const taken = simulate({ zone, start, archiveDay: 1 }, every(30 * MINUTE, from, from + 365 * DAY));
    const days = only("daily", taken);
    expect(days[0]).toBe(from);
    const dates = days.slice(1).map((time) => wall(zone, time).slice(0, 10));
    expect(new Set(dates).size).toBe(dates.length);
    expect(dates.length).toBeGreaterThanOrEqual(365 - 1);
    expect(Math.max(...gaps(days.slice(1)))).toBeLessThanOrEqual(DAY + HOUR + 30 * MINUTE);
    const months = only("archive", taken).map((time) => wall(zone, time).slice(0, 7));
    expect(new Set(months).size).toBe(months.length);
    expect(months.length).toBe(12 + 1);
    expect(months[0]).toBe("2026-01");
  });
});

describe("bad days", () => {
  const start = at("2026-03-01T12:00Z");
  const fulls = [start - 12 * HOUR];

  it("catches up once after a long sleep", () => {
    const ticks = [
      ...every(MINUTE, start, start + DAY),
      ...every(MINUTE, start + 40 * DAY, start + 40 * DAY + 6 * HOUR),
    ];
    const taken = simulate(BERLIN, ticks, fulls).filter(([, time]) => time >= start + 40 * DAY);
    expect(taken).toEqual([
      ["daily", start + 40 * DAY],
      ["archive", start + 40 * DAY],
    ]);
  });

  it("goes on at once after the clock was years ahead and was set back", () => {
    const ahead = start + 5 * 365 * DAY;
    const ticks = [...every(MINUTE, ahead, ahead + HOUR), ...every(MINUTE, start, start + 3 * DAY)];
    const days = only("daily", simulate(BERLIN, ticks, fulls)).filter((time) => time < ahead);
    expect(days.length).toBe(3);
    expect(Math.max(...gaps([...fulls, ...days]))).toBeLessThanOrEqual(25 * HOUR);
  });

  it("takes at most one more when the clock is set back over a window", () => {
    const ticks = [...every(MINUTE, start, start + 14 * HOUR), ...every(MINUTE, start + 11 * HOUR, start + 20 * HOUR)];
    expect(only("daily", simulate(BERLIN, ticks, fulls)).length).toBeLessThanOrEqual(2);
  });

  it("never takes two in one window or leaves a window out, however the machine sleeps", () => {
    const nap = fc.tuple(fc.integer({ min: 1, max: 5 * 24 }), fc.integer({ min: 1, max: 60 * 24 }));
    const life = fc.record({ plan, from: instant, naps: fc.array(nap, { minLength: 3, maxLength: 12 }) });
    // The last one sleeps before it has looked even once: its life begins with its first look.
    const naps: [number, number][] = [
      [1, 24],
      [2, 1],
      [1, 1],
    ];
    const late = { plan: BERLIN, from: at("2026-01-10T12:00Z"), naps };
    const lives = [...fc.sample(life, 200), late].map(({ plan, from, naps }) => {
      const ticks: number[] = [];
      let now = from;
      for (const [awake, asleep] of naps) {
        ticks.push(...every(2 * HOUR, now, now + awake * HOUR + 1));
        now += (awake + asleep) * HOUR;
      }
      return { ...plan, from, ticks };
    });
    const opened = ask<object, [number, number]>(
      "window",
      lives.flatMap(({ ticks, ...asked }) => ticks.map((now) => ({ ...asked, now }))),
    );
    const histories = ask<object, [string, number][]>("simulate", lives);
    let offset = 0;
    lives.forEach(({ ticks, from, ...asked }, index) => {
      const windows = opened.slice(offset, offset + ticks.length).map(([last]) => last);
      offset += ticks.length;
      const windowOf = (time: number) => windows[ticks.indexOf(time)] as number;
      const taken = histories[index] ?? [];
      const seen = `${JSON.stringify(asked)} from ${from}`;
      // One for each window the machine was awake in; the very first at once.
      expect(only("daily", taken).map(windowOf), seen).toEqual([...new Set(windows)]);
      // At most one for each month, which begins on the archive's day, and none before the second window.
      const began = ticks[0] ?? from;
      const months = windows.filter((time) => time > began).map((time) => monthOf(asked, time));
      const archived = only("archive", taken).map((time) => monthOf(asked, windowOf(time)));
      expect(new Set(archived).size, seen).toBe(archived.length);
      expect(archived.length > 0, seen).toBe(months.length > 0);
      expect(months, seen).toEqual(expect.arrayContaining(archived));
    });
  });

  it("proves the newest archive a day after it was made, once, whatever the clock said meanwhile", () => {
    const made = at("2026-02-01T00:20Z");
    const older = at("2026-01-01T00:20Z");
    const cases: [string, { now: number; archives: number[]; proven?: number }, boolean][] = [
      ["there is none", { now: made, archives: [] }, false],
      ["the same day", { now: made + DAY - 1, archives: [older, made], proven: older }, false],
      ["a day later", { now: made + DAY, archives: [older, made], proven: older }, true],
      ["never proven any", { now: made + DAY, archives: [made] }, true],
      ["proven already", { now: made + 9 * DAY, archives: [older, made], proven: made }, false],
      ["an archive from the future says nothing", { now: made + DAY, archives: [made, made + 40 * DAY] }, true],
    ];
    const answers = ask<object, boolean>(
      "proof",
      cases.map(([, asked]) => asked),
    );
    cases.forEach(([name, , expected], index) => {
      expect(answers[index], name).toBe(expected);
    });
  });

  it("tries again at growing intervals, at least every hour", () => {
    const waits = ask<number, number>("retry", [1, 2, 3, 4, 5, 6, 50, 5_000]);
    expect(waits).toEqual([300, 600, 1200, 2400, 3600, 3600, 3600, 3600]);
  });
});
