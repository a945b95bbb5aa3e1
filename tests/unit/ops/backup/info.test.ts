import { describe, expect, it } from "vitest";
import { readInfo, size } from "../../../../ops/backup/info";

const raw = (label: string, repository: number, stop: number, more: object = {}) => ({
  label,
  type: "full",
  error: false,
  archive: { start: "000000010000000000000005", stop: "000000010000000000000006" },
  backrest: { format: 5, version: "2.55.1" },
  database: { id: 1, "repo-key": repository },
  info: { size: 30_600_782, delta: 30_600_782, repository: { size: 6_098_016, delta: 6_098_016 } },
  lsn: { start: "0/5000028", stop: "0/5000890" },
  timestamp: { start: stop - 2, stop },
  ...more,
});

describe("what pgBackRest tells of its repositories", () => {
  const stanza = {
    name: "license-db-local",
    backup: [
      raw("20261123-022159F", 1, 1_795_400_521),
      raw("20261124-022159F", 1, 1_795_486_921, { error: true, database: { id: 2, "repo-key": 1 } }),
      raw("20261201-022159F", 2, 1_796_091_721),
    ],
    db: [
      { id: 1, "repo-key": 1, "system-id": 1, version: "15" },
      { id: 2, "repo-key": 1, "system-id": 2, version: "17" },
      { id: 1, "repo-key": 2, "system-id": 1, version: "15" },
    ],
    status: { code: 0, lock: { backup: { held: true, size: 100, "size-cplt": 25 } } },
  };

  it("is each repository's backups, the newest first, with the version each is of", () => {
    const other = { name: "another", backup: [raw("20200101-000000F", 1, 1)] };
    const { repositories, lock } = readInfo(JSON.stringify([other, stanza]), "license-db-local");
    expect(repositories.map(({ name, backups }) => [name, backups.map(({ label }) => label)])).toEqual([
      ["daily", ["20261124-022159F", "20261123-022159F"]],
      ["archive", ["20261201-022159F"]],
    ]);
    expect(repositories[0]?.backups[0]).toMatchObject({ version: "17", damaged: true });
    expect(repositories[0]?.backups[1]).toEqual({
      label: "20261123-022159F",
      type: "full",
      startedAt: "2026-11-23T02:21:59.000Z",
      endedAt: "2026-11-23T02:22:01.000Z",
      databaseSize: 30_600_782,
      repositorySize: 6_098_016,
      wal: { first: "000000010000000000000005", last: "000000010000000000000006" },
      lsn: "0/5000890",
      version: "15",
      damaged: false,
    });
    expect(lock).toMatchObject({ held: true });
  });

  it("is nothing where there is no stanza yet", () => {
    expect(readInfo("[]", "license-db-local").repositories.flatMap(({ backups }) => backups)).toEqual([]);
  });

  it("is told in units that people read", () => {
    expect([0, 1023, 1024, 30_600_782, 2 ** 40].map(size)).toEqual(["0 B", "1023 B", "1.0 kB", "29.2 MB", "1.0 TB"]);
  });
});
