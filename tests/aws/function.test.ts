import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXCLUDED_CHARACTERS, type SetUp } from "../../components/aws/function/event";
import { newAuthority } from "../../components/local/provider/host/tls";
import { Deployed, type Ran } from "./support/deployed";
import { MASTER, StandIn } from "./support/rds";
import { SecretsManager } from "./support/secretsManager";

let server: StandIn;
let secrets: SecretsManager;
let deployed: Deployed;
/** Everything the function wrote in any test. */
let written = "";
let count = 0;

beforeAll(async () => {
  [server, secrets] = await Promise.all([StandIn.start("license_management"), SecretsManager.start()]);
  deployed = await Deployed.make(server.ca);
});
afterAll(async () => {
  deployed?.remove();
  secrets?.stop();
  await server?.stop();
});

/** What the function is asked in one test: secrets and roles of its own. */
async function asking(changes: Partial<SetUp> = {}): Promise<SetUp> {
  const username = changes.username ?? `app_${++count}`;
  return {
    masterSecret: await secrets.create(`master-${username}`, MASTER),
    applicationSecret: await secrets.create(`application-${username}`),
    secretsUrl: secrets.url,
    host: server.host,
    port: server.port,
    database: "license_management",
    username,
    iamUsername: `${username}_iam`,
    // pg_stat_statements is another matter: only RDS lets one who is no superuser create it.
    extensions: ["pgcrypto"],
    ...changes,
  };
}

async function run(asked: SetUp): Promise<Ran> {
  const ran = await deployed.run(asked);
  written += `${ran.log}\n${JSON.stringify(ran)}`;
  return ran;
}

const passwordOf = async ({ applicationSecret }: SetUp) => String((await secrets.value(applicationSecret)).password);

const identity = ({ username, database }: SetUp, password: string) =>
  server.session(username, password, database, async (client) => {
    const { rows } = await client.query("select current_user as role, current_database() as database");
    return rows[0];
  });

describe("the function that sets the database up", () => {
  it("makes the role, its rights, the extensions and the password on its first run, and nothing on its second", async () => {
    const asked = await asking();
    const { username, iamUsername } = asked;
    const first = await run(asked);
    expect(first.failure).toBeUndefined();
    expect(first.answer?.done).toEqual(
      expect.arrayContaining([
        `role ${username} created`,
        `role ${iamUsername} created`,
        `IAM authentication granted to ${iamUsername}`,
        "secret: password generated",
        `password of ${username} set`,
      ]),
    );
    expect((await run(asked)).answer).toEqual({ done: [] });

    const secret = await secrets.value(asked.applicationSecret);
    expect(secret).toEqual({
      engine: "postgres",
      host: "localhost",
      port: server.port,
      dbname: "license_management",
      username,
      password: expect.stringMatching(/^.{32}$/),
      ssl: true,
    });
    for (const letter of String(secret.password)) expect(EXCLUDED_CHARACTERS).not.toContain(letter);
    expect(await identity(asked, String(secret.password))).toEqual({ role: username, database: "license_management" });

    const [role] = await server.sql(
      `select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls as risky, rolconfig
         from pg_roles where rolname = '${username}'`,
    );
    expect(role).toEqual({ risky: false, rolconfig: ["log_statement=none", "log_parameter_max_length=0"] });
    expect(await server.sql(`select pg_has_role('${username}', 'rds_iam', 'member') as may`)).toEqual([{ may: false }]);
  });

  it("lets the application work in its own database, and nobody else into it", async () => {
    const asked = await asking();
    await run(asked);
    await server.session(asked.username, await passwordOf(asked), asked.database, async (client) => {
      await client.query(`create table ${asked.username}_licenses (secret bytea)`);
      await client.query("create temporary table scratch (id int)");
      await expect(client.query("create role someone")).rejects.toThrow("permission denied");
      await expect(client.query("create database another")).rejects.toThrow("permission denied");
    });
    await server.sql("create role stranger login password 'of-a-stranger'");
    await expect(server.session("stranger", "of-a-stranger", asked.database, async () => {})).rejects.toThrow(
      'permission denied for database "license_management"',
    );
  });

  it("lets whoever logs in by IAM act as the application's role", async () => {
    const asked = await asking();
    await run(asked);
    expect(await server.sql(`select rolpassword from pg_authid where rolname = '${asked.iamUsername}'`)).toEqual([
      { rolpassword: null },
    ]);
    // a token is a password to PostgreSQL; RDS checks it, plain PostgreSQL needs one of its own
    await server.sql(`alter role ${asked.iamUsername} password 'in-place-of-a-token'`);
    await server.session(asked.iamUsername, "in-place-of-a-token", asked.database, async (client) => {
      await client.query(`create table ${asked.username}_orders (id int)`);
      const { rows } = await client.query("select tableowner from pg_tables where tablename = $1", [
        `${asked.username}_orders`,
      ]);
      expect(rows).toEqual([{ tableowner: asked.username }]);
    });
  });

  it("takes back what the role was given by hand", async () => {
    const asked = await asking();
    await run(asked);
    await server.sql(`alter role ${asked.username} nologin createdb createrole`);
    expect((await run(asked)).answer?.done).toEqual([`role ${asked.username} restricted`]);
    expect(await identity(asked, await passwordOf(asked))).toMatchObject({ role: asked.username });
  });

  it("refuses a role that may do what only a superuser can take back", async () => {
    const asked = await asking();
    await server.sql(`create role ${asked.username} login bypassrls`);
    expect((await run(asked)).failure).toMatch(/may do more than an application should .*access\.username/);
  });

  it("sets a password changed by hand back to the secret's, and keeps the one a rotation has set", async () => {
    const asked = await asking();
    await run(asked);
    const kept = await passwordOf(asked);
    await server.sql(`alter role ${asked.username} password 'changed-by-hand'`);
    expect((await run(asked)).answer?.done).toEqual([`password of ${asked.username} set`]);
    expect(await identity(asked, kept)).toMatchObject({ role: asked.username });

    const rotated = { ...(await secrets.value(asked.applicationSecret)), password: "rotated-by-aws-0" };
    await secrets.put(asked.applicationSecret, JSON.stringify(rotated));
    await server.sql(`alter role ${asked.username} password 'rotated-by-aws-0'`);
    expect((await run(asked)).answer).toEqual({ done: [] });
    expect(await passwordOf(asked)).toBe("rotated-by-aws-0");
  });

  it("waits for a rotation under way to end", async () => {
    const asked = await asking();
    await run(asked);
    const pending = { ...(await secrets.value(asked.applicationSecret)), password: "of-the-rotation-0" };
    const version = await secrets.put(asked.applicationSecret, JSON.stringify(pending), "AWSPENDING");
    await server.sql(`alter role ${asked.username} password 'of-the-rotation-0'`);
    const running = run(asked);
    await new Promise((later) => setTimeout(later, 1_500));
    await secrets.makeCurrent(asked.applicationSecret, version);
    expect((await running).answer).toEqual({ done: [] });
    expect(await identity(asked, "of-the-rotation-0")).toMatchObject({ role: asked.username });
  });

  it("brings the secret's host, port and database up to date, and keeps its password and what others put there", async () => {
    const asked = await asking();
    await run(asked);
    const before = await secrets.value(asked.applicationSecret);
    await secrets.put(asked.applicationSecret, JSON.stringify({ ...before, host: "old", port: 1, note: "kept" }));
    expect((await run(asked)).answer?.done).toEqual(["secret: host, port updated"]);
    expect(await secrets.value(asked.applicationSecret)).toEqual({ ...before, note: "kept" });
  });

  it("quotes names", async () => {
    const plain = await asking();
    const username = `o'hara "the app"\\${count}`;
    const quoted = { ...plain, username, iamUsername: `${username}_iam`, database: `data "base" o'${count}` };
    const first = await run(quoted);
    expect(first.failure).toBeUndefined();
    expect(first.answer?.done).toContain(`database ${quoted.database} created`);
    expect((await run(quoted)).answer).toEqual({ done: [] });
    expect(await identity(quoted, await passwordOf(quoted))).toEqual({ role: username, database: quoted.database });
  });

  it("does without its exception from the log where the server allows none, and says so", async () => {
    const asked = await asking();
    await server.sql(`revoke set on parameter log_statement from ${MASTER.username}`);
    try {
      expect((await run(asked)).answer?.done).toContain(
        `statements of ${asked.username} kept out of the log: the server leaves that to the parameter group`,
      );
    } finally {
      await server.sql(`grant set on parameter log_statement to ${MASTER.username}`);
    }
    expect(await identity(asked, await passwordOf(asked))).toMatchObject({ role: asked.username });
  });

  it("lets two runs at a time do the work of one", async () => {
    const asked = await asking();
    const ran = await Promise.all([run(asked), run(asked)]);
    expect(ran.map(({ failure }) => failure)).toEqual([undefined, undefined]);
    const created = ran
      .flatMap(({ answer }) => answer?.done ?? [])
      .filter((what) => what === `role ${asked.username} created`);
    expect(created).toHaveLength(1);
    expect(await identity(asked, await passwordOf(asked))).toMatchObject({ role: asked.username });
  });

  it("tries again while the master's password is being rotated", async () => {
    const asked = await asking();
    await secrets.put(asked.masterSecret, JSON.stringify({ ...MASTER, password: "not-yet" }));
    const running = run(asked);
    await new Promise((later) => setTimeout(later, 1_000));
    await secrets.put(asked.masterSecret, JSON.stringify(MASTER));
    expect((await running).failure).toBeUndefined();
  });
});

describe("the function refuses", () => {
  it("a server another authority vouches for", async () => {
    const other = await Deployed.make((await newAuthority("another", 1)).cert);
    try {
      const asked = await asking();
      const ran = await other.run(asked);
      expect(ran.failure).toMatch(/self-signed certificate|unable to (verify|get)/);
      expect(await server.sql(`select from pg_roles where rolname = '${asked.username}'`)).toEqual([]);
    } finally {
      other.remove();
    }
  });

  it.each([
    ["no JSON", "hunter2-in-plain-text"],
    ["JSON of something else", '"hunter2-in-plain-text"'],
  ])("a secret that is %s, without showing it", async (_, text) => {
    const asked = await asking();
    await secrets.put(asked.applicationSecret, text);
    const ran = await run(asked);
    expect(ran.failure).toMatch(/The AWSCURRENT version of arn:.* is not the JSON object of a database secret/);
    expect(await secrets.text(asked.applicationSecret)).toBe(text);
    expect(JSON.stringify(ran)).not.toContain("hunter2");
  });

  it("a secret that is not there", async () => {
    const asked = await asking();
    const ran = await run({ ...asked, masterSecret: `${asked.masterSecret}-gone` });
    expect(ran.failure).toMatch(/has no username and password: is it the secret RDS made/);
  });
});

// Last: what all the tests above left behind.
describe("no password", () => {
  it("stands in the function's own log, or in PostgreSQL's, which writes every statement down", async () => {
    const made = await Promise.all(
      Array.from({ length: count }, (_, index) => secrets.value(`application-app_${index + 1}`).catch(() => undefined)),
    );
    const passwords = made.flatMap((secret) => (typeof secret?.password === "string" ? [secret.password] : []));
    // those this file itself set with plain SQL are there, of course
    const generated = passwords.filter((password) => /^.{32}$/.test(password));
    expect(generated.length).toBeGreaterThan(5);
    const log = server.log();
    expect(log).toContain("alter role");
    for (const secret of [...generated, MASTER.password]) expect(written).not.toContain(secret);
    for (const secret of generated) expect(log).not.toContain(secret);
  });
});
