import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../components/local/provider/host/run";
import { clusterProcesses, programStates } from "../../components/local/provider/host/supervisor";
import { localTools } from "../../components/local/provider/host/tools";
import { type Place, paths } from "../../components/local/provider/place";
import { itEvery } from "../support/every";
import { killCluster, postmasters, saying, supervisors } from "./support/processes";
import { query, TestStack } from "./support/stack";

const CONFIGURATION = { replicas: 1, backups: { finalBackup: false } };
const EVERYTHING_SAME = { same: 8 };

describe("bad days of a cluster with data", () => {
  let stack: TestStack;
  let place: Place;

  beforeAll(async () => {
    stack = await TestStack.make("local", CONFIGURATION);
    const made = await stack.up();
    expect(made.code, made.diagnostics.join("\n")).toBe(0);
    place = await stack.place();
    await stack.query("writer", "create table kept (id int primary key, what text not null)");
    await stack.query("writer", "insert into kept select n, md5(n::text) from generate_series(1, 1000) n");
  });
  afterAll(() => stack.dispose());

  const ROWS = { rows: 1000, sum: createSum() };
  const SELECT = "select count(*)::int as rows, md5(string_agg(id || what, ',' order by id)) as sum from kept";

  /** All rows, by the writer and by the reader, and the cluster as it should be: nothing left to mend. */
  async function expectHealed(from: TestStack = stack): Promise<void> {
    expect(await from.query("writer", SELECT)).toEqual([ROWS]);
    expect(await from.query("reader", SELECT)).toEqual([ROWS]);
    // What was started last is "STARTING" for its first second.
    const states = async () => new Set((await programStates(place))?.values());
    await expect.poll(states, { timeout: 10_000 }).toEqual(new Set(["RUNNING"]));
    expect(await postmasters(place)).toHaveLength(2);
    expect(supervisors(place)).toHaveLength(1);
  }

  async function mend(): Promise<void> {
    const ran = await stack.up();
    expect(ran.code, ran.diagnostics.join("\n")).toBe(0);
    await expectHealed();
  }

  test("two at once: the second is refused by the engine's lock, the first comes to its end", async () => {
    stack.configure({ pool: { clientConnections: 900 } });
    const first = stack.start("up");
    await saying(first.child, "Updating");
    const second = await stack.up();
    expect(second.code).not.toBe(0);
    expect(second.output).toMatch(/the stack is currently locked by 1 lock/);
    const ended = await first.ended;
    expect(ended.code, ended.diagnostics.join("\n")).toBe(0);
    expect(ended.operations).toEqual({ EntryPoint: "update" });
    expect(readFileSync(paths(place.folder).pooler("writer"), "utf8")).toContain("max_client_conn = 900\n");
  });

  test("the supervisor killed alone: refresh says so, up starts it again and PostgreSQL runs on", async () => {
    const before = await postmasters(place);
    for (const pid of supervisors(place)) process.kill(pid, "SIGKILL");

    const seen = await stack.refresh();
    expect(seen.code, seen.diagnostics.join("\n")).toBe(0);
    expect(seen.diagnostics).toContainEqual(expect.stringContaining(`the supervisor of ${place.name} is down`));

    await mend();
    expect(await postmasters(place)).toEqual(before);
    expect((await stack.up()).changes).toEqual(EVERYTHING_SAME);
  });

  describe("a reboot: everything is gone", () => {
    beforeAll(async () => {
      await killCluster(place);
      expect(await clusterProcesses(place)).toEqual([]);
    });

    /** Refused with these words; and nothing runs on the data, nothing of it was changed. */
    async function expectRefused(words: RegExp): Promise<void> {
      const before = fingerprint(place);
      const ran = await stack.up();
      expect(ran.code).not.toBe(0);
      expect(ran.output).toMatch(words);
      expect(await postmasters(place)).toEqual([]);
      expect(fingerprint(place)).toEqual(before);
    }

    const dataOf = (member: string) => paths(place.folder).member(member).data;

    itEvery("data of another major version is refused untouched", async () => {
      const file = join(dataOf("member-1"), "PG_VERSION");
      const version = readFileSync(file);
      writeFileSync(file, "14\n");
      await expectRefused(/member-1\/data holds PostgreSQL 14, not 15.*Nothing was started or changed/s);
      writeFileSync(file, version);
    });

    test("another cluster's data is refused untouched", async () => {
      const own = `${dataOf("member-2")}-own`;
      renameSync(dataOf("member-2"), own);
      const { postgresBin } = await localTools();
      await run(join(postgresBin, "initdb"), ["--no-sync", "--auth=reject", "-D", dataOf("member-2")]);
      await expectRefused(/member-2\/data holds another cluster \(\d+, not \d+\).*Nothing was started or changed/s);
      rmSync(dataOf("member-2"), { recursive: true });
      renameSync(own, dataOf("member-2"));
    });

    itEvery("the data of all members gone is refused, and nothing is made in its place", async () => {
      for (const member of ["member-1", "member-2"]) renameSync(dataOf(member), `${dataOf(member)}-away`);
      await expectRefused(/the data of all members is gone from .*Restore the last backup/s);
      for (const member of ["member-1", "member-2"]) {
        expect(existsSync(dataOf(member)), dataOf(member)).toBe(false);
        renameSync(`${dataOf(member)}-away`, dataOf(member));
      }
    });

    test("the whole folder gone is refused, and nothing is made in its place", async () => {
      renameSync(place.folder, `${place.folder}-away`);
      try {
        const ran = await stack.up();
        expect(ran.code).not.toBe(0);
        expect(ran.output).toMatch(/is gone or empty: nothing is made in its place unseen/);
        expect(existsSync(place.folder)).toBe(false);
      } finally {
        renameSync(`${place.folder}-away`, place.folder);
      }
    });

    test("up brings the cluster back with all its own data", async () => {
      await killCluster(place); // what the refused ones had started
      await mend();
      expect((await stack.up()).changes).toEqual(EVERYTHING_SAME);
    });
  });

  test("the state is lost while the cluster runs: up refuses and names local.adopt, with which it takes over", async () => {
    const before = await postmasters(place);
    const oldConnection = await stack.connection();
    await stack.loseState();

    const refused = await stack.up();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/which this stack's state does not know.*local\.adopt true/s);
    expect(await query(oldConnection, SELECT)).toEqual([ROWS]); // it runs on as if nothing had been asked

    stack.configure({ local: { adopt: true } });
    const adopted = await stack.up();
    expect(adopted.code, adopted.diagnostics.join("\n")).toBe(0);
    expect(adopted.changes).toEqual({ create: 6, same: 2 }); // the stack itself and its provider were made by the refused one
    expect(await stack.place()).toEqual(place);
    expect(await postmasters(place)).toEqual(before);
    await expectHealed();
    // Nobody knows any more who had the old password.
    await expect(query(oldConnection, SELECT)).rejects.toThrow(
      /password authentication failed|SASL authentication failed/,
    );
    expect((await stack.up()).changes).toEqual(EVERYTHING_SAME);
  });
});

/** What the statement above has to give, computed here. */
function createSum(): string {
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const rows = Array.from({ length: 1000 }, (_, index) => `${index + 1}${md5(String(index + 1))}`);
  return md5(rows.join(","));
}

/** Every file of the members' data but their logs: name and content, as one hash each. */
function fingerprint(place: Place): Record<string, string> {
  const members = join(place.folder, "members");
  const files = readdirSync(members, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.parentPath.includes("/data"),
  );
  return Object.fromEntries(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file, createHash("md5").update(readFileSync(file)).digest("hex")];
    }),
  );
}
