import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Owner, readOwner } from "../../components/local/provider/host/owner";
import { run } from "../../components/local/provider/host/run";
import { clusterProcesses, programStates } from "../../components/local/provider/host/supervisor";
import { dropDeadLocks } from "../../ops/setup/deadLocks";
import { every } from "../support/every";
import { Restored } from "./lifecycle/restored";
import { isRunning, killCluster, killEngine, postmasters, providerOf, saying, supervisors } from "./support/processes";
import { TestStack } from "./support/stack";

const RESOURCES = [
  "Machine",
  "CertificateAuthority",
  "Cluster",
  "ApplicationDatabase",
  "BackupRepository",
  "EntryPoint",
];

describe("an up that is killed", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await TestStack.make("local", { replicas: 0, synchronousReplication: false });
  });
  afterAll(() => stack.dispose());

  /** Kills the engine, its provider and its language host as soon as the text is on the screen. */
  async function killAt(text: string): Promise<void> {
    const up = stack.start("up");
    await saying(up.child, text);
    killEngine(up.child);
    expect((await up.ended).code).not.toBe(0);
    // As `npm run up` and `npm run env` do before anything else.
    expect(dropDeadLocks(join(stack.state, "pulumi"), "license-db", stack.name)).toEqual([up.child.pid]);
  }

  const recorded = (): string[] => {
    const { checkpoint } = JSON.parse(readFileSync(stack.stateFile, "utf8")) as {
      checkpoint: { latest: { resources?: { type: string }[] } };
    };
    const types = (checkpoint.latest.resources ?? []).map(({ type }) => type.split(":").pop() ?? "");
    return types.filter((type) => RESOURCES.includes(type));
  };

  const MOMENTS = every
    ? ["starting the supervisor", "waiting for a primary", "taking the first full backup"]
    : ["waiting for a primary"];
  test(`while it makes a cluster (${MOMENTS.join(", ")}) is finished by the next`, async () => {
    let first: Owner | undefined;
    for (const moment of MOMENTS) {
      await killAt(moment);
      first ??= await readOwner(stack.folder);
    }
    expect(first?.status).toBe("making");
    expect(recorded()).not.toEqual(expect.arrayContaining(RESOURCES));

    const finished = await stack.up();
    expect(finished.code, finished.diagnostics.join("\n")).toBe(0);
    expect([...recorded()].sort()).toEqual([...RESOURCES].sort());
    const owner = await readOwner(stack.folder);
    expect(owner).toEqual({ ...first, status: "ready" }); // gone on with, not made anew beside

    const place = await stack.place();
    expect(supervisors(place)).toHaveLength(1);
    expect(await postmasters(place)).toHaveLength(1);
    // What was started last is "STARTING" for its first second.
    const states = async () => new Set((await programStates(place))?.values());
    await expect.poll(states, { timeout: 10_000 }).toEqual(new Set(["RUNNING"]));
    await stack.query("writer", "create table kept (id int primary key)");
    await stack.query("writer", "insert into kept select generate_series(1, 500)");
  });

  test("leaves nothing behind that the next up has to do or to warn of, once refresh has cleared the record", async () => {
    const cleared = await stack.refresh("--clear-pending-creates");
    expect(cleared.code, cleared.diagnostics.join("\n")).toBe(0);
    const again = await stack.up();
    expect(again.code, again.diagnostics.join("\n")).toBe(0);
    expect(again.changes).toEqual({ same: RESOURCES.length + 2 });
    expect(again.diagnostics).toEqual([]);
  });

  test("alone and in a restart takes its provider with it, and is finished by the next, with all data", async () => {
    stack.configure({ parameters: { max_connections: 210 } });
    const up = stack.start("up");
    await saying(up.child, "restarting member-1");
    const provider = providerOf(up.child);
    process.kill(up.child.pid ?? -1, "SIGKILL");
    await expect.poll(() => isRunning(provider), { timeout: 20_000 }).toBe(false);
    dropDeadLocks(join(stack.state, "pulumi"), "license-db", stack.name);
    const finished = await stack.up();
    expect(finished.code, finished.diagnostics.join("\n")).toBe(0);
    expect(await stack.onMember("member-1", "show max_connections")).toEqual([{ max_connections: "210" }]);
    expect(await stack.query("writer", "select count(*)::int as rows from kept")).toEqual([{ rows: 500 }]);
  });

  test("after a reboot, a destroy still takes the final backup with all data, even one that was killed", async () => {
    const { database } = await stack.outputs();
    await stack.query("writer", "insert into kept values (501)");
    const place = await stack.place();
    await killCluster(place);

    const killed = stack.start("destroy");
    await saying(killed.child, "taking the final backup");
    killEngine(killed.child);
    await killed.ended;
    dropDeadLocks(join(stack.state, "pulumi"), "license-db", stack.name);
    const gone = await stack.destroy();
    expect(gone.code, gone.diagnostics.join("\n")).toBe(0);
    expect(existsSync(place.folder)).toBe(false);
    expect(await clusterProcesses(place)).toEqual([]);
    expect(supervisors(place)).toEqual([]);

    const text = readFileSync(join(place.backupFolder, "RESTORE.txt"), "utf8");
    const command = /^ {2}(\S.* restore)$/m.exec(text)?.[1] ?? "";
    const restored = await Restored.start(join(stack.scratch, "final"), (data) =>
      run("sh", ["-c", command.replaceAll("EMPTY_FOLDER", data)]),
    );
    try {
      expect(await restored.rows(database, "select count(*)::int as rows from kept")).toEqual([{ rows: 501 }]);
    } finally {
      await restored.stop();
    }
  });
});
