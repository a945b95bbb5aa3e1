import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeFolder } from "../../components/local/provider/host/files";
import { run } from "../../components/local/provider/host/run";
import { type Place, paths } from "../../components/local/provider/place";
import { Restored } from "./lifecycle/restored";
import { ObjectStore } from "./support/objectStore";
import { SftpServer } from "./support/sftpServer";
import { type Ran, TestStack } from "./support/stack";

const ACCESS_KEY = "AKIATESTSACCESSKEY01";
const SECRET_KEY = "tests/SecretKey+0123456789abcdefghijklmn";
/** The first bytes of whatever pgBackRest has encrypted (the format is OpenSSL's). */
const ENCRYPTED = "Salted__";
const SUM = "select count(*)::int as n, md5(string_agg(what, ',' order by id)) as sum from kept";

describe("repositories elsewhere: daily backups in S3-compatible storage, the archive on an SFTP server", () => {
  let stack: TestStack;
  let place: Place;
  let store: ObjectStore;
  let sftp: SftpServer;
  const said: Ran[] = [];

  beforeAll(async () => {
    stack = await TestStack.make("local", { replicas: 0, synchronousReplication: false });
    const near = join(stack.scratch, "servers");
    await makeFolder(near);
    [store, sftp] = await Promise.all([ObjectStore.start(near, "backups"), SftpServer.start(join(near, "sftp"))]);
    const { bucket, port, caFile } = store;
    const s3 = { bucket, endpoint: `localhost:${port}`, region: "test-1", path: "/daily", caFile, uriStyle: "path" };
    const { user, privateKeyFile, hostFingerprint, folder } = sftp;
    const archive = { host: "127.0.0.1", port: sftp.port, user, privateKeyFile, hostFingerprint, path: folder };
    stack.configure({ local: { repositories: { daily: { s3 }, archive: { sftp: archive } } } });
    await stack.configureSecret("local.repositories.daily.s3.accessKey", ACCESS_KEY);
    await stack.configureSecret("local.repositories.daily.s3.secretKey", SECRET_KEY);
    said.push(await stack.preview("--diff"));
    const made = await stack.up();
    said.push(made);
    expect(made.code, made.diagnostics.join("\n")).toBe(0);
    place = await stack.place();
    await stack.query("writer", "create table kept (id int primary key, what text not null)");
    await stack.query("writer", "insert into kept select n, md5(n::text) from generate_series(1, 1000) n");
  });
  afterAll(async () => {
    await stack.dispose();
    store?.stop();
    sftp?.stop();
  });

  const sftpFiles = (): string[] =>
    readdirSync(sftp.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const own = (): string => `${place.name}-${place.clusterId}`;
  const pgbackrest = (...args: string[]) => run(join(paths(place.folder).bin, "pgbackrest"), args);

  /** Everything committed so far lies in both repositories. @returns the last WAL segment's name. */
  async function archived(): Promise<string> {
    const [row] = await stack.onMember<{ wal: string }>("member-1", "select pg_walfile_name(pg_switch_wal()) as wal");
    const wal = row?.wal ?? "none";
    const there = (names: string[]) => names.some((name) => name.includes(`/archive/`) && name.includes(wal));
    await expect
      .poll(async () => [there(await store.objects()), there(sftpFiles())], { timeout: 60_000, interval: 300 })
      .toEqual([true, true]);
    return wal;
  }

  async function restored(repository: 1 | 2): Promise<object[]> {
    const server = await Restored.start(join(stack.scratch, `from-${repository}`), (data) =>
      pgbackrest(`--repo=${repository}`, `--pg1-path=${data}`, "restore"),
    );
    try {
      return await server.rows((await stack.outputs()).database, SUM);
    } finally {
      await server.stop();
    }
  }

  test("up says where the backups are, and that this protects against the loss of the machine", async () => {
    const { capabilities } = await stack.outputs();
    expect(capabilities.R14).toEqual({
      status: "native",
      note: expect.stringMatching(/repositories outside this machine/),
    });
    expect((await stack.up()).changes).toEqual({ same: 8 });
  });

  test("the first full backup and all WAL land there, encrypted, and nothing on this machine", async () => {
    await archived();
    const objects = await store.objects();
    const underOwn = (kind: string) =>
      objects.filter((name) => name.startsWith(`daily/${own()}/${kind}/${place.name}/`));
    expect(underOwn("backup").filter((name) => /\/\d{8}-\d{6}F\/backup\.manifest$/.test(name))).toHaveLength(1);
    expect(underOwn("archive").length).toBeGreaterThan(1);
    expect(objects.filter((name) => !name.startsWith(`daily/${own()}/`))).toEqual([]);
    for (const name of objects) {
      expect((await store.content(name)).subarray(0, ENCRYPTED.length).toString("latin1"), name).toBe(ENCRYPTED);
    }
    expect(sftpFiles().length).toBeGreaterThan(1);
    for (const file of sftpFiles()) {
      expect(file.startsWith(join(sftp.folder, own()))).toBe(true);
      expect(readFileSync(file).subarray(0, ENCRYPTED.length).toString("latin1"), file).toBe(ENCRYPTED);
    }
    expect(readdirSync(place.backupFolder)).toEqual([]);
  });

  test("a restore from the object store brings every committed row back", async () => {
    await archived();
    expect(await restored(1)).toEqual(await stack.query("writer", SUM));
  });

  test("the archive is made on the SFTP server, and a restore from it brings every committed row back", async () => {
    await pgbackrest("--repo=2", "--type=full", "backup");
    await stack.query("writer", "insert into kept select n, md5(n::text) from generate_series(1001, 1500) n");
    await archived();
    expect(await restored(2)).toEqual(await stack.query("writer", SUM));
    expect(await stack.query("writer", "select count(*)::int as n from kept")).toEqual([{ n: 1500 }]);
  });

  test("the keys of the repository stand neither in a preview, nor in the state, nor in a log, nor readable for others", async () => {
    said.push(await stack.preview("--diff"), await stack.refresh());
    const configuration = paths(place.folder).pgbackrestConfig;
    expect(readFileSync(configuration, "utf8")).toContain(SECRET_KEY); // there, where the servers need it, and only there:
    expect(statSync(configuration).mode & 0o077).toBe(0);
    const cipher = /^repo1-cipher-pass=(.+)$/m.exec(readFileSync(configuration, "utf8"))?.[1] ?? "none";
    expect(cipher.length).toBeGreaterThan(30);

    const exported = await stack.engine(["stack", "export", "--stack", stack.name]);
    const logs = readdirSync(paths(place.folder).log).map((name) => join(paths(place.folder).log, name));
    const texts = [
      ...said.flatMap(({ output, diagnostics }) => [output, ...diagnostics]),
      exported.output,
      readFileSync(stack.stateFile, "utf8"),
      ...logs.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, "latin1")),
    ];
    expect(texts.length).toBeGreaterThan(8);
    for (const secret of [ACCESS_KEY, SECRET_KEY, cipher]) {
      expect(texts.filter((text) => text.includes(secret)).map((text) => text.slice(0, 300))).toEqual([]);
    }
  });

  test("a repository in use is not moved unseen", async () => {
    stack.configure({ local: { repositories: undefined } });
    const ran = await stack.preview();
    expect(ran.code).not.toBe(0);
    expect(ran.output).toMatch(/a repository that is in use is not moved: its backups would be left behind/);
  });

  test("destroy takes the final backup there, and RESTORE.txt's command brings every row back from it", async () => {
    const { database } = await stack.outputs();
    await stack.query("writer", "insert into kept values (2000, 'the last row')");
    const rows = await stack.query("writer", SUM);
    const gone = await stack.destroy();
    expect(gone.code, gone.diagnostics.join("\n")).toBe(0);
    const text = readFileSync(join(place.backupFolder, "RESTORE.txt"), "utf8");
    const command = /^ {2}(\S.* restore)$/m.exec(text)?.[1] ?? "";
    const server = await Restored.start(join(stack.scratch, "final"), (data) =>
      run("sh", ["-c", command.replaceAll("EMPTY_FOLDER", data)]),
    );
    try {
      expect(await server.rows(database, SUM)).toEqual(rows);
    } finally {
      await server.stop();
    }
  });
});
