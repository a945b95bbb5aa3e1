import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Backup, leadsHere, type Repository, readHistory, recoveryRange } from "../../../../ops/backup/info";
import { candidates, obstacles, type Situation } from "../../../../ops/restore/checks";

const day = (number: number, hour = 1): string => `2026-11-${String(number).padStart(2, "0")}T0${hour}:00:00.000Z`;

const backup = (number: number, more: Partial<Backup> = {}): Backup => ({
  label: `202611${String(number).padStart(2, "0")}-010000F`,
  type: "full",
  startedAt: day(number, 0),
  endedAt: day(number),
  databaseSize: 2 ** 30,
  repositorySize: 2 ** 28,
  wal: { first: "000000010000000000000010", last: "000000010000000000000011" },
  lsn: "0/11000000",
  version: "15",
  damaged: false,
  ...more,
});

const repositories = (daily: readonly Backup[], archive: readonly Backup[] = []): Repository[] => [
  { number: 1, name: "daily", backups: daily },
  { number: 2, name: "archive", backups: archive },
];

const situation = (more: Partial<Situation> = {}): Situation => ({
  target: { type: "time", at: "2026-11-20T05:00:00.000000Z" },
  range: { earliest: day(18), latest: day(22) },
  repositories: repositories([backup(22), backup(20), backup(18)], [backup(1)]),
  version: "15",
  history: [{ timeline: 1 }],
  now: day(22, 9),
  free: 2 ** 40,
  folder: "/srv/copy",
  ...more,
});

describe("what a restore begins with", () => {
  it("is the newest backup that ended before the moment", () => {
    expect(candidates(situation()).map(({ backup: { label } }) => label)).toEqual([
      "20261120-010000F",
      "20261118-010000F",
    ]);
    expect(obstacles(situation())).toEqual([]);
  });

  it("is neither damaged, nor of another version, nor an archive, nor of a history that was left", () => {
    const later = { first: "000000020000000000000020", last: "000000020000000000000021" };
    const daily = [
      backup(22, { damaged: true }),
      backup(21, { version: "17" }),
      backup(20, { lsn: "0/20000000" }),
      backup(19, { wal: later, lsn: "0/20000000" }),
      backup(18),
    ];
    const history = readHistory(2, "1\t0/18000000\tno recovery target specified\n");
    const asked = situation({ target: { type: "latest" }, repositories: repositories(daily, [backup(17)]), history });
    expect(candidates(asked).map(({ backup: { label } }) => label)).toEqual(["20261119-010000F", "20261118-010000F"]);
  });

  it.each<[string, Partial<Situation>, RegExp]>([
    [
      "a moment to come",
      { target: { type: "time", at: "2026-12-01T00:00:00.000000Z" } },
      /yet to come: a restore reaches from 2026-11-18 01:00:00Z/,
    ],
    [
      "a moment before the oldest backup",
      { target: { type: "time", at: "2026-11-18T00:59:59.999999Z" } },
      /before the oldest backup: .*archive/,
    ],
    ["a disk that is too small", { free: 2 ** 30 }, /too small: the restore needs 1\.5 GB, 1\.0 GB are free/],
    ["a backup that is not there", { label: "20261119-010000F" }, /no backup 20261119-010000F: there are 20261122/],
    ["an archive at another moment than its own", { label: "20261101-010000F" }, /is an archive/],
    ["a backup younger than the moment", { label: "20261122-010000F" }, /before the end of backup/],
    ["no backup at all", { range: undefined, repositories: repositories([]) }, /no backup to begin with/],
  ])("refuses %s", (_, more, why) => {
    const found = obstacles(situation(more));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(why);
  });
});

describe("the moments that can be restored", () => {
  it("lie between the oldest backup that leads here and what was archived last", () => {
    const daily = repositories([backup(22), backup(20), backup(18, { version: "14" })])[0] as Repository;
    const history = [{ timeline: 1 }];
    expect(recoveryRange(daily, "15", history, day(23))).toEqual({ earliest: day(20), latest: day(23) });
    expect(recoveryRange(daily, "15", history, undefined)).toEqual({ earliest: day(20), latest: day(22) });
    expect(recoveryRange(daily, "15", [{ timeline: 7 }], day(23))).toBeUndefined();
  });

  it("count a backup on every later timeline that left its own after it ended, and on no other", () => {
    const hex = (value: bigint) => `${(value >> 32n).toString(16)}/${(value & 0xffffffffn).toString(16)}`.toUpperCase();
    const position = fc.bigInt({ min: 0n, max: (1n << 60n) - 1n });
    fc.assert(
      fc.property(position, position, fc.integer({ min: 2, max: 40 }), (end, fork, timeline) => {
        const own = { wal: { first: "", last: `0000000100000000000000AA` }, lsn: hex(end) };
        const file = `1\t${hex(fork)}\tbefore 2026\n`;
        expect(leadsHere(own, readHistory(timeline, file))).toBe(end <= fork);
        expect(leadsHere(own, readHistory(1, ""))).toBe(true);
        expect(leadsHere(own, readHistory(timeline, ""))).toBe(false);
      }),
    );
  });
});
