import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Asked, toEnvironment } from "../../components/alicloud/archiver/asked";
import { archiverPackage } from "../../components/alicloud/archiver/package";
import { newAuthority } from "../../components/local/provider/host/tls";
import { postgresBin } from "../../ops/catalogue/server";
import { MASTER, StandIn } from "../aws/support/rds";
import { ObjectStorageService } from "./support/objectStorageService";

const ROWS = 200_000;
const CREDENTIALS = { accessKeyId: "an-id", accessKeySecret: "of-the-function-0", securityToken: "a-token" };

let server: StandIn;
let store: ObjectStorageService;
let folder: string;
let asked: Asked;

/** As Function Compute unpacks the code that the stack sends it. */
function unpack(ca: string): string {
  const made = mkdtempSync(join(tmpdir(), "license-db-archiver-"));
  for (const [name, content] of Object.entries(unzipSync(Buffer.from(archiverPackage(ca, undefined).zip, "base64")))) {
    mkdirSync(dirname(join(made, name)), { recursive: true });
    writeFileSync(join(made, name), content);
    chmodSync(join(made, name), 0o755);
  }
  return made;
}

interface Answer {
  readonly answer?: string;
  readonly error?: string;
}

/** As Function Compute runs it: Node alone, and no more of an environment than the stack gave it. */
async function invoke(code: string, event: string | object, more: Partial<Asked> = {}): Promise<Answer> {
  const handed = typeof event === "string" ? { triggerName: event, payload: event } : event;
  const script = `require(${JSON.stringify(join(code, "index.js"))}).handler(
    Buffer.from(${JSON.stringify(JSON.stringify(handed))}),
    { credentials: ${JSON.stringify(CREDENTIALS)} },
    (error, answer) => { process.stdout.write("\\n" + JSON.stringify({ answer, error: error?.message })); process.exit(); },
  )`;
  const child = spawn(process.execPath, ["--eval", script], {
    env: toEnvironment({ ...asked, ...more }),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  for await (const chunk of child.stdout) printed += chunk;
  return JSON.parse(printed.slice(printed.lastIndexOf("\n"))) as Answer;
}

beforeAll(async () => {
  server = await StandIn.start("license_management");
  await server.session(MASTER.username, MASTER.password, "license_management", async (client) => {
    await client.query("create table licenses (id bigint primary key, key text not null)");
    // Random, so that the dump does not become small enough for one part of nothing.
    await client.query(
      `insert into licenses select n, md5(n::text) || md5((n * 7)::text) from generate_series(1, ${ROWS}) as n`,
    );
  });
  store = await ObjectStorageService.start();
  asked = {
    host: server.host,
    port: String(server.port),
    database: "license_management",
    username: MASTER.username,
    password: MASTER.password,
    bucket: "the-archive",
    region: "oss-cn-hangzhou",
    endpoint: store.endpoint,
  };
  folder = unpack(server.ca);
});
beforeEach(() => {
  store.objects.clear();
  store.spoil = (content) => content;
});
afterAll(async () => {
  await store?.stop();
  await server?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

const dumpOf = () => [...store.objects.keys()].find((key) => key.endsWith(".dump")) ?? "";

describe("the function that archives the database of ApsaraDB RDS", () => {
  it("leaves a dump that restores every row, and a receipt beside it", async () => {
    store.failing = 1;
    const { answer, error } = await invoke(folder, "monthly");
    expect(error).toBeUndefined();
    const receipt = JSON.parse(answer ?? "");
    const key = dumpOf();
    expect(key).toMatch(/^monthly\/license_management-20\d\d-\d\d-\d\dT\d{6}\.\d{3}Z\.dump$/);
    expect(receipt).toMatchObject({ key, bytes: store.objects.get(key)?.length });
    expect(JSON.parse(String(store.objects.get(`${key}.json`)))).toEqual(receipt);
    expect(store.open.size).toBe(0);

    await server.sql(`create database restored owner ${MASTER.username}`);
    const file = join(folder, "restored.dump");
    writeFileSync(file, store.objects.get(key) ?? "");
    execFileSync(
      join(postgresBin() ?? "", "pg_restore"),
      ["--no-owner", "--exit-on-error", "--dbname=restored", file],
      {
        env: {
          ...process.env,
          PGHOST: server.host,
          PGPORT: asked.port,
          PGUSER: MASTER.username,
          PGPASSWORD: MASTER.password,
        },
      },
    );
    const digest = "select count(*)::int as count, md5(string_agg(key, '' order by id)) as digest from licenses";
    const read = (database: string) =>
      server.session(MASTER.username, MASTER.password, database, async (client) => (await client.query(digest)).rows);
    expect(await read("restored")).toEqual(await read("license_management"));
    expect((await read("restored"))[0]).toMatchObject({ count: ROWS });
  });

  it("keeps what is asked for by hand where nothing expires", async () => {
    expect((await invoke(folder, "final")).error).toBeUndefined();
    expect(dumpOf()).toMatch(/^final\//);
    expect((await invoke(folder, "weekly")).error).toMatch(/must be {"payload": "monthly"}/);
  });

  it("tells what became of a task: the receipt, why there is none, or that it knows nothing", async () => {
    const told = async (task: string) => JSON.parse((await invoke(folder, { outcomeOf: task })).answer ?? "");
    expect(await told("t1-1")).toEqual({});
    const { error } = await invoke(folder, { payload: "final", task: "t1-1" }, { password: "not-the-password-0" });
    expect(error).toMatch(/password authentication failed/);
    expect(await told("t1-1")).toEqual({ error });
    // Function Compute tries it once more.
    const { answer } = await invoke(folder, { payload: "final", task: "t1-1" });
    expect(JSON.parse(answer ?? "")).toMatchObject({ key: "final/license_management-t1-1.dump" });
    expect(await told("t1-1")).toEqual({ answer: JSON.parse(answer ?? "") });
  });

  it.each([
    [
      "a byte that changed",
      (content: Buffer) => Buffer.from(content.map((byte, at) => (at === 5000 ? byte ^ 1 : byte))),
    ],
    ["an end that is missing", (content: Buffer) => content.subarray(0, content.length - 5000)],
  ])("finds %s when it reads the dump back, and writes no receipt", async (_, spoil) => {
    store.spoil = spoil;
    expect((await invoke(folder, "monthly")).error).toMatch(/^Archiving license_management of localhost failed\. /);
    expect([...store.objects.keys()].filter((key) => key.endsWith(".json"))).toEqual([]);
  });

  it("leaves nothing of a dump that failed, and says no secret", async () => {
    const { error } = await invoke(folder, "monthly", { password: "not-the-password-0" });
    expect(error).toMatch(/pg_dump ended with 1: .*password authentication failed/s);
    expect(error).not.toContain("not-the-password-0");
    expect(store.objects.size + store.open.size).toBe(0);
  });

  it("signs its requests as OSS wants them now", () => {
    const signed = store.requests.map(({ authorization }) => authorization);
    expect(signed.length).toBeGreaterThan(0);
    for (const one of signed) expect(one).toMatch(/^OSS4-HMAC-SHA256 Credential=an-id\/\d{8}\/cn-hangzhou\/oss\//);
  });

  it("speaks to no server that its authorities do not vouch for", async () => {
    const stranger = unpack((await newAuthority("stranger", 1)).cert);
    const { error } = await invoke(stranger, "monthly");
    rmSync(stranger, { recursive: true });
    expect(error).toMatch(/certificate verify failed/);
  });
});
