import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markdown } from "../../../../ops/report/markdown";
import { candidates } from "../../../../ops/report/offered";
import { reportPage } from "../../../../ops/report/page";
import { redact } from "../../../../ops/report/redact";
import { duplicateIndexes, reportOf } from "../../../../ops/report/report";
import { byVersion, type Facts, reviewOf } from "../../../../ops/report/review";
import { change, range } from "../../../../ops/report/words";
import { complaints, references } from "../page/support";
import { server, snapshot, statement } from "./support";

const MB = 1024 ** 2;
const times = ["2026-09-22T00:00:00.000Z", "2026-10-22T00:00:00.000Z", "2026-11-21T00:00:00.000Z"] as const;
const table = (name: string, more: object) => ({
  ...{ name, bytes: 10 * MB, rows: 1000, dead: 0, bloat: 0, sequentialScans: 0, sequentialRows: 0, indexScans: 0 },
  analyzed: true,
  ...more,
});
const index = (name: string, more: object = {}) => ({
  name,
  table: "t",
  bytes: 5 * MB,
  scans: 1,
  rule: false,
  shape: name,
  ...more,
});

const first = snapshot(times[0], [server([statement("a", 100)])]);
const second = snapshot(times[1], [server([statement("a", 200)])], {
  tables: [table("big", { bytes: 200 * MB, sequentialScans: 10 })],
});
const third = snapshot(
  times[2],
  [
    server([statement("a", 300, { time: 400 + 1000 }), statement("b", 5, { time: 100, read: 1000 })], {
      database: { ...server([]).database, blks_hit: 900_000, blks_read: 100_000, deadlocks: 2, xact_commit: 3000 },
    }),
  ],
  {
    tables: [table("big", { bytes: 300 * MB, sequentialScans: 500, bloat: 150 * MB })],
    indexes: [
      index("pk", { rule: true, scans: 0 }),
      index("unused", { scans: 0 }),
      index("tiny", { scans: 0, bytes: 8192 }),
      index("one", { shape: "x" }),
      index("two", { shape: "x" }),
    ],
    pendingRestart: ["shared_buffers"],
    transactionAge: 40,
    audit: { available: true, loaded: false },
  },
);

describe("the month's report", () => {
  const report = reportOf(third, [first, second]);

  it("counts this month alone, and compares it with the month before", () => {
    const [top] = report.byTime;
    expect(top).toMatchObject({ id: "a", calls: 100, time: 1, mean: 10, meanBefore: 2 });
    expect(report.period).toMatchObject({ from: times[1], to: times[2], days: 30 });
    expect(report.before).toMatchObject({ from: times[0], to: times[1] });
    expect(report.figures.find(({ name }) => name.startsWith("transactions committed"))).toMatchObject({
      value: 100,
      before: 0,
    });
  });

  it("names what somebody should do something about, and nothing else", () => {
    const said = report.findings.join("\n");
    for (const one of [
      /40 % of the transaction ids/,
      /wait for a restart: shared_buffers/,
      /10 ms instead of 2 a month before: select a/,
      /Only 90 % of pages/,
      /2 deadlocks/,
      /big has about 150 MB it does not need/,
      /big \(300 MB\) was read from end to end 490 times/,
      /one and two do the same: one can go \(5 MB\)/,
      /Never read on any server: one index \(5 MB\)/,
      /pgaudit could be had/,
    ]) {
      expect(said).toMatch(one);
    }
    expect(report.findings).toHaveLength(10);
    expect(report.unusedIndexes.map(({ name }) => name)).toEqual(["unused"]);
    expect(reportOf(second, [first]).findings).toEqual([]);
  });

  it("says of the first report and of a short month what they cannot tell", () => {
    expect(reportOf(first, []).caveats).toEqual([expect.stringContaining("first report")]);
    const hours = snapshot("2026-09-22T05:00:00.000Z", [server([])]);
    expect(reportOf(hours, [first]).caveats).toEqual([
      "Only 5 h lie between this look and the one it is compared with.",
    ]);
  });

  it("keeps of indexes that do the same the one that keeps a rule", () =>
    expect(
      duplicateIndexes([index("a", { shape: "x", bytes: 1 }), index("b", { shape: "x", bytes: 2, rule: true })]),
    ).toEqual([{ names: ["a", "b"], table: "t", bytes: 1 }]));

  it.each([
    ["with everything", report, [first, second, third]],
    ["with next to nothing", reportOf(first, []), [first]],
  ])("as a page %s is valid, and refers to nothing", async (_, one, past) => {
    const page = reportPage(one, past);
    expect(await complaints(page)).toEqual([]);
    expect(references(page)).toEqual([]);
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
    expect(markdown(one)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("as Markdown has tables that no statement breaks", () => {
    const nasty = statement("a", 100, { text: 'select "a|b" `c` <script>' });
    const text = markdown(reportOf(snapshot(times[0], [server([nasty])]), []));
    expect(text).not.toContain("<script>");
    const lines = text.split("\n").filter((line) => line.startsWith("|") && line.includes("select"));
    for (const line of lines) expect(line.replaceAll("\\|", "").split("|")).toHaveLength(12);
    expect(lines.length).toBeGreaterThan(0);
  });
});

describe("a statement", () => {
  const secret = fc.string({ unit: fc.constantFrom(..."abXY09'\\$\"-/* \n;"), minLength: 1, maxLength: 20 });
  const MARK = "hunter2";

  it("shows no literal, however it is quoted", () =>
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom<(text: string) => string>(
          (text) => `'${text.replaceAll("'", "''")}'`,
          (text) => `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`,
          (text) => `$q$${text.replaceAll("$", "")}$q$`,
          (text) => `$$${text.replaceAll("$", "")}$$`,
        ),
        fc.constantFrom("alter role app password ", "select $1, ", 'comment on table "it\'s" is '),
        (around, quoted, command) => {
          const text = `${command}${quoted(around.slice(0, 5) + MARK + around.slice(5))} valid until 'tomorrow'`;
          expect(redact(text)).not.toContain(MARK);
          // Nor when the text was cut off within.
          expect(redact(text.slice(0, text.indexOf(MARK) + MARK.length))).not.toContain(MARK);
          expect(redact(text).startsWith(command.trim())).toBe(true);
        },
      ),
    ));

  it.each([
    ['select * from "it\'s" where a = $1 and b = $2', 'select * from "it\'s" where a = $1 and b = $2'],
    ["select 1 -- password hunter2\nfrom t /* hunter2 */ where x = 'y'", "select 1 from t where x = '…'"],
    ["alter role a password 'it''s' valid until 'x'", "alter role a password '…' valid until '…'"],
    ["set x = U&'d\\0061t'", "set x = '…'"],
  ])("%s", (text, wanted) => expect(redact(text)).toBe(wanted));
});

describe("the version review", () => {
  const facts = (more: Partial<Facts> = {}): Facts => ({
    ...{ stack: "prod", vendor: "aws", at: "2026-01-10T00:00:00.000Z", running: "15.18", extensions: [] },
    audit: { available: true, loaded: true, log: "ddl" },
    offered: { versions: ["14.30", "15.9", "15.18", "16.11", "17.7"], source: "RDS" },
    ...more,
  });

  it("finds nothing where all is as new as can be", () => {
    const found = reviewOf(facts());
    expect(found).toMatchObject({ newest: { version: "15.18" }, majors: ["16", "17"], findings: [] });
    expect(found.support).toEqual([{ by: "the PostgreSQL project", ends: "2027-11-11", days: 670 }]);
  });

  it.each([
    [{ offered: { versions: ["15.9", "15.20", "15.18"], source: "RDS" } }, /15\.18 runs, 15\.20 can be had \(RDS\)/],
    [{ offered: undefined }, /Nobody here tells/],
    [{ at: "2027-01-01T00:00:00.000Z" }, /by the PostgreSQL project end 2027-11-11/],
    [{ vendorSupport: "2026-06-30" }, /by aws end 2026-06-30/],
    [{ vendorSupport: "2025-06-30" }, /by aws ended 2025-06-30/],
    [{ extensions: [{ name: "pgcrypto", installed: "1.3", newest: "1.4" }] }, /ALTER EXTENSION pgcrypto UPDATE/],
  ])("of %j says so", (more, says) => {
    const { findings } = reviewOf(facts(more as Partial<Facts>));
    expect(findings).toEqual([expect.stringMatching(says)]);
  });

  it("orders versions by their numbers", () =>
    expect(["15.9", "15.18", "14.30", "15.18 (Debian)"].sort(byVersion)).toEqual([
      "14.30",
      "15.9",
      "15.18",
      "15.18 (Debian)",
    ]));

  it("reads what apt would install", () =>
    expect(
      candidates(
        "postgresql-15:\n  Installed: 15.18-0+deb12u1\n  Candidate: 15.20-0+deb12u1\npostgresql-16:\n  Candidate: (none)\n",
      ),
    ).toEqual(["15.20"]));
});

it.each([
  [{ value: 110, before: 100, unit: "bytes" }, "+10 %"],
  [{ value: 90, before: 100, unit: "s" }, "−10 %"],
  [{ value: 99.3, before: 99.4, unit: "%" }, "−0.1 points"],
  [{ value: 1, before: 0, unit: "" }, ""],
  [{ value: 1, before: null, unit: "" }, ""],
] as const)("the change of %j is %j", (figure, wanted) => expect(change(figure)).toBe(wanted));

it("a short period is told with its times", () => {
  expect(range({ from: "2026-11-23T03:02:31Z", to: "2026-11-23T05:00:00Z", days: 0.1 })).toBe(
    "2026-11-23 03:02 to 2026-11-23 05:00",
  );
  expect(range({ from: times[0], to: times[1], days: 30 })).toBe("2026-09-22 to 2026-10-22");
});
