import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Asked } from "../../components/alicloud/function/asked";
import { ensureDatabase } from "../../components/alicloud/function/database";
import { newAuthority } from "../../components/local/provider/host/tls";
import { MASTER, StandIn } from "../aws/support/rds";

/** The application's account, as ApsaraDB RDS makes it: the owner of its database. */
const APP = { username: "license_app", password: "of-the-application-0" };

let server: StandIn;
let asked: Asked;

beforeAll(async () => {
  server = await StandIn.start("license_management");
  await server.sql(
    `create role ${APP.username} login createdb password '${APP.password}'`,
    `alter database license_management owner to ${APP.username}`,
    // ApsaraDB's privileged account may act for every account it manages.
    `grant ${APP.username} to ${MASTER.username}`,
  );
  asked = {
    host: server.host,
    port: server.port,
    database: "license_management",
    username: APP.username,
    // pg_stat_statements is another matter: only RDS lets one who is no superuser create it.
    extensions: "pgcrypto",
    administrator: MASTER.username,
    password: MASTER.password,
  };
});
afterAll(() => server?.stop());

describe("the function that sets the database up on ApsaraDB RDS", () => {
  it("does what is missing on its first run, and nothing on its second", async () => {
    expect(await ensureDatabase(asked, server.ca)).toEqual([
      "role license_app restricted",
      "database license_management closed to strangers",
      "values that license_app sends kept out of the log",
      "extension pgcrypto created",
      "functions of column encryption (license_crypto) put in place",
    ]);
    expect(await ensureDatabase(asked, server.ca)).toEqual([]);
  });

  it("leaves the application its tables and its encryption, and strangers nothing", async () => {
    const rows = await server.session(APP.username, APP.password, asked.database, async (client) => {
      await client.query("create table licenses (id int, key bytea)");
      await client.query("insert into licenses values (1, pgp_sym_encrypt('a license', 'a key'))");
      return (await client.query("select pgp_sym_decrypt(key, 'a key') as license from licenses")).rows;
    });
    expect(rows).toEqual([{ license: "a license" }]);
    await server.sql("create role stranger login password 'of-a-stranger-00'");
    await expect(server.session("stranger", "of-a-stranger-00", asked.database, async () => {})).rejects.toThrow(
      /permission denied for database/,
    );
    const roles = await server.sql(
      "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = 'license_app'",
    );
    expect(roles).toEqual([{ rolsuper: false, rolcreatedb: false, rolcreaterole: false }]);
  });

  it("does again what somebody undid", async () => {
    await server.sql("grant connect on database license_management to public");
    expect(await ensureDatabase(asked, server.ca)).toEqual(["database license_management closed to strangers"]);
  });

  it("says so when it may not, where PostgreSQL only warns", async () => {
    await server.sql(
      `revoke ${APP.username} from ${MASTER.username}`,
      "grant connect on database license_management to public",
    );
    try {
      await expect(ensureDatabase(asked, server.ca)).rejects.toThrow(
        /licensemaster may not do it: database license_management closed to strangers|permission denied/,
      );
    } finally {
      await server.sql(`grant ${APP.username} to ${MASTER.username}`);
    }
  });

  it("speaks to nobody whom the authorities do not vouch for", async () => {
    const stranger = await newAuthority("stranger", 1);
    await expect(ensureDatabase(asked, stranger.cert)).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNABLE_TO_|SELF_SIGNED_)/),
    });
  });
});
