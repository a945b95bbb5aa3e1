import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { paths } from "../../../components/local/provider/place";
import { Bed, makeFolder, writeOwned } from "./support/bed";
import { Supervised, until } from "./support/processes";
import { asUser, Server } from "./support/server";

const run = promisify(execFile);
const M = "member-1";

interface Outcome {
  readonly lastSuccess: number | null;
  readonly lastFailure: { readonly message: string; readonly inARow: number } | null;
}
interface Status {
  readonly nextStart: number;
  readonly running: { readonly name: string } | null;
  readonly problem: string | null;
  readonly daily: Outcome;
  readonly archive: Outcome;
  readonly proof?: Outcome & { readonly backup: string | null; readonly seconds: { readonly all?: number } };
}

// A real PostgreSQL and a real pgBackRest with two repositories; only the daily time is chosen to suit the test.
describe("the scheduler", () => {
  let bed: Bed;
  let server: Server;
  let scheduler: Supervised;
  let config: string;
  let status: string;
  let pgbackrest: string[];

  const log = () => readFile(join(paths(bed.place.folder).log, "scheduler.log"), "utf8").catch(() => "");
  const says = (text: string, within = 20_000) => until(async () => (await log()).includes(text), within);
  const read = async () => JSON.parse(await readFile(status, "utf8")) as Status;
  const backups = async (repo: number): Promise<number> => {
    const [program = "", ...args] = pgbackrest;
    const info = await run(program, [...args, "--stanza=bed", `--repo=${repo}`, "--output=json", "info"], asUser());
    const [stanza] = JSON.parse(info.stdout) as { backup: { error?: boolean }[] }[];
    return stanza?.backup.filter((backup) => !backup.error).length ?? 0;
  };
  const repositories = (compression: "lz4" | "gz") => {
    const { folder } = bed.place;
    const repository = (number: number, name: string) =>
      `repo${number}-path=${join(folder, name)}\nrepo${number}-retention-full=2\nrepo${number}-bundle=y\n`;
    return writeOwned(
      join(folder, "pgbackrest.conf"),
      `[global]\n${repository(1, "daily")}${repository(2, "archive")}log-path=${join(folder, "log")}\n` +
        `lock-path=${join(folder, "lock")}\nspool-path=${join(folder, "spool")}\nstart-fast=y\njob-retry=0\n` +
        `compress-type=${compression}\n${compression === "gz" ? "compress-level=9\n" : ""}` +
        `[bed]\npg1-path=${server.data}\npg1-socket-path=${paths(folder).member(M).socket}\npg1-user=postgres\n`,
    );
  };
  const configure = (change: object = {}) =>
    writeOwned(
      config,
      JSON.stringify({
        stanza: "bed",
        pgbackrest,
        daily: { start: "03:00", timeZone: "UTC" },
        monthly: { day: 1, repo: 2 },
        statusFile: status,
        lockFile: join(bed.place.folder, "scheduler.lock"),
        ...change,
      }),
    );
  /** This minute, as a daily start. */
  const clock = () => new Date().toISOString().slice(11, 16);

  beforeAll(async () => {
    bed = await Bed.make([M]);
    const { folder } = bed.place;
    for (const name of ["daily", "archive", "spool", "lock"]) await makeFolder(join(folder, name));
    pgbackrest = [bed.tools.pgbackrest, `--config=${join(folder, "pgbackrest.conf")}`];
    const archive = `${pgbackrest.join(" ")} --stanza=bed archive-push %p`;
    server = await Server.make(bed, M, { archive_mode: "on", archive_command: archive, wal_level: "replica" });
    await repositories("lz4");
    config = join(folder, "scheduler.json");
    status = join(folder, "scheduler-status.json");
    await server.start();
    const [program = "", ...args] = pgbackrest;
    await run(program, [...args, "--stanza=bed", "stanza-create"], { ...asUser(), cwd: "/" });
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await bed?.end();
  });

  beforeEach(async () => {
    await configure();
    await writeOwned(join(paths(bed.place.folder).log, "scheduler.log"), "");
    scheduler = new Supervised({
      command: [bed.tools.python, join(paths(bed.place.folder).daemons, "scheduler.py"), config],
      log: join(paths(bed.place.folder).log, "scheduler.log"),
    });
    scheduler.restart = false;
  });
  afterEach(async () => {
    await scheduler.stop(30_000);
  });

  it("takes a first full backup at once, and no archive before the next window", async () => {
    scheduler.start();
    expect(await says("daily: done")).toBe(true);
    expect(await until(async () => (await read()).daily.lastSuccess !== null, 20_000)).toBe(true);
    expect(await backups(1)).toBe(1);
    expect(await backups(2)).toBe(0);
    const { running, problem, nextStart, daily } = await read();
    expect({ running, problem, failure: daily.lastFailure }).toEqual({ running: null, problem: null, failure: null });
    expect(new Date(nextStart * 1000).toISOString().slice(11, 16)).toBe("03:00");
  });

  it("takes none again after a restart", async () => {
    scheduler.start();
    expect(await until(async () => (await log()).includes("next window"), 20_000)).toBe(true);
    await until(async () => /full backup/.test(await log()), 4_000);
    expect(await log()).not.toMatch(/full backup/);
    expect(await backups(1)).toBe(1);
  });

  it("takes the daily backup and the month's archive when the window opens", async () => {
    // The first backup ended before the minute that begins now.
    const minute = clock();
    expect(await until(() => clock() !== minute, 61_000)).toBe(true);
    await configure({ daily: { start: clock(), timeZone: "UTC" } });
    scheduler.start();
    expect(await says("archive: done", 40_000)).toBe(true);
    expect([await backups(1), await backups(2)]).toEqual([2, 1]);
  }, 120_000);

  it("proves the archive restorable by restoring it, keeps that over a restart, and leaves nothing behind", async () => {
    const folder = join(bed.place.folder, "proof");
    const postgres = { 15: bed.tools.postgresBin };
    const proven = { proof: { folder, postgres, delay: 0 } };
    await configure(proven);
    scheduler.start();
    expect(await says("is restorable", 60_000), await log()).toBe(true);
    await until(async () => typeof (await read()).proof?.lastSuccess === "number", 20_000);
    const { proof } = await read();
    expect(proof).toMatchObject({ backup: expect.stringMatching(/^\d{8}-\d{6}F$/), lastFailure: null });
    expect(proof?.seconds.all).toBeGreaterThan(0);
    expect(existsSync(folder)).toBe(false);
    await scheduler.stop();
    scheduler.start();
    expect(await until(async () => (await log()).match(/next window/g)?.length === 2, 20_000)).toBe(true);
    await until(async () => (await read()).proof?.backup !== null, 20_000);
    expect((await log()).match(/restoring the newest archive/g)).toHaveLength(1);
    expect((await read()).proof).toEqual(proof);
    await scheduler.stop();
  }, 120_000);

  it("says so when the archive cannot be restored, and tries again", async () => {
    const damage = join(bed.place.folder, "archive", "backup", "bed");
    const label = (await readdir(damage)).find((name) => name.endsWith("F")) ?? "none";
    const bundle = join(damage, label, "bundle");
    const files = (await readdir(bundle)).map((name) => join(bundle, name));
    const contents = await Promise.all(files.map((file) => readFile(file)));
    const proof = { folder: join(bed.place.folder, "proof"), postgres: { 15: bed.tools.postgresBin }, delay: 0 };
    await configure({ proof });
    await rm(status, { force: true }); // it remembers no proof
    try {
      for (const [index, file] of files.entries()) {
        const broken = Buffer.from(contents[index] ?? "");
        broken.fill(0, Math.floor(broken.length / 2), Math.floor(broken.length / 2) + 64);
        await writeFile(file, broken);
      }
      scheduler.start();
      expect(await says("proof: failed, next try in 300 s", 60_000), await log()).toBe(true);
      await until(async () => (await read()).proof?.lastFailure !== null, 20_000);
      expect((await read()).proof).toMatchObject({ lastSuccess: null, lastFailure: { inARow: 1 } });
    } finally {
      for (const [index, file] of files.entries()) await writeFile(file, contents[index] ?? "");
    }
  }, 120_000);

  it("takes one now when told to by SIGUSR1, and lets the oldest expire", async () => {
    scheduler.start();
    expect(await says("next window")).toBe(true);
    scheduler.signal("SIGUSR1");
    expect(await says("daily: done")).toBe(true);
    expect(await backups(1)).toBe(2);
  });

  it("waits while somebody else holds the lock", async () => {
    const lock = join(bed.place.folder, "scheduler.lock");
    const holder = spawn("flock", [lock, "sleep", "60"], { ...asUser(), detached: true, stdio: "ignore" });
    await until(
      () =>
        run("flock", ["-n", lock, "true"]).then(
          () => false,
          () => true,
        ),
      5_000,
    );
    scheduler.start();
    expect(await says("next window")).toBe(true);
    scheduler.signal("SIGUSR1");
    expect(await says("another backup is running")).toBe(true);
    process.kill(-(holder.pid ?? 0), "SIGKILL");
  });

  it("says what failed and when it tries again, keeps that over a restart, and clears it by a success", async () => {
    await server.stop();
    scheduler.start();
    expect(await says("next window")).toBe(true);
    scheduler.signal("SIGUSR1");
    expect(await says("daily: failed, next try in 300 s")).toBe(true);
    expect(await until(async () => (await read()).daily.lastFailure?.inARow === 1, 20_000)).toBe(true);
    await scheduler.stop();
    await server.start();
    scheduler.start();
    expect(await until(async () => (await log()).match(/next window/g)?.length === 2, 20_000)).toBe(true);
    await until(async () => (await log()).includes("full backup into"), 1_500);
    expect((await read()).daily.lastFailure?.message).toMatch(/connect/i);
    scheduler.signal("SIGUSR1");
    expect(await says("daily: done")).toBe(true);
    expect(await until(async () => (await read()).daily.lastFailure === null, 20_000)).toBe(true);
  });

  it("stops a running backup cleanly on SIGTERM, so that the next one just works", async () => {
    await server.sql("create table bulk as select md5(i::text) from generate_series(1, 800000) i");
    const before = await backups(1);
    await repositories("gz"); // takes seconds for what lz4 has done before it can be stopped
    scheduler.start();
    expect(await says("next window")).toBe(true);
    scheduler.signal("SIGUSR1");
    expect(await says("full backup into")).toBe(true);
    expect(await until(async () => (await read()).running?.name === "daily", 20_000)).toBe(true);
    const [program = "", ...args] = pgbackrest;
    const info = async () => (await run(program, [...args, "--stanza=bed", "info"], asUser())).stdout;
    // Files are being copied.
    expect(await until(async () => /running - \d/.test(await info()), 30_000), await log()).toBe(true);
    await scheduler.stop(30_000);
    expect(await log()).toMatch(/stopped, as the scheduler is to end[\s\S]*ends/);
    expect(await backups(1)).toBe(before);
    await repositories("lz4");
    scheduler.start();
    expect(await until(async () => (await log()).match(/next window/g)?.length === 2, 20_000)).toBe(true);
    scheduler.signal("SIGUSR1");
    expect(await says("daily: done", 90_000), await log()).toBe(true);
  }, 200_000);

  it("keeps its configuration when SIGHUP finds a bad one, and refuses to start with one", async () => {
    scheduler.start();
    expect(await says("next window")).toBe(true);
    await configure({ daily: { start: "25:00", timeZone: "UTC" } });
    scheduler.signal("SIGHUP");
    expect(await says("keeping the old configuration")).toBe(true);
    await configure({ daily: { start: "04:30", timeZone: "Asia/Shanghai" } });
    scheduler.signal("SIGHUP");
    expect(await says("04:30:00+08:00")).toBe(true);
    await scheduler.stop();
    await configure({ daily: { start: "04:30", timeZone: "Mars/Olympus" } });
    scheduler.start();
    expect(await says("Mars/Olympus")).toBe(true);
    expect(await until(() => !scheduler.running, 20_000)).toBe(true);
  });
});
