import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  canonicalValue,
  changeOf,
  findParameter,
  ownerOf,
  type Parameter,
  parameters,
  toBaseUnit,
} from "../../components/catalogue/parameters";
import { unitsOf } from "../../components/catalogue/quantities";
import { ensureLocalTools } from "../../components/local/tools";
import { type ScratchServer, startScratchServer } from "../../ops/catalogue/server";

/** Parameters whose valid values depend on this machine or on one another, beyond what pg_settings says. */
const dependent: ReadonlySet<string> = new Set([
  "huge_page_size", // needs the kernel's consent
  "max_stack_depth", // bounded by ulimit
  "temp_buffers", // must be set before temporary tables are used
  "effective_io_concurrency", // needs posix_fadvise
  "maintenance_io_concurrency",
  "recovery_prefetch",
  "client_connection_check_interval", // needs a poll() that sees hang-ups
  "tcp_keepalives_idle", // this session has no TCP connection
  "tcp_keepalives_interval",
  "tcp_keepalives_count",
  "tcp_user_timeout",
  "default_transaction_isolation",
  "old_snapshot_threshold",
  "wal_compression", // needs the codecs it was built with
  "log_parser_stats", // these exclude one another
  "log_planner_stats",
  "log_executor_stats",
  "log_statement_stats",
]);

/** Their sum, too, is bounded (MAX_BACKENDS). */
const backends: ReadonlySet<string> = new Set([
  "max_connections",
  "autovacuum_max_workers",
  "max_worker_processes",
  "max_wal_senders",
]);

const numeric = parameters.filter(
  (parameter) =>
    parameter.vartype !== "string" && ownerOf(parameter).owner === "user" && !dependent.has(parameter.name),
);
/** Without those a session takes over only when it begins (two booleans). */
const reloadable = numeric.filter((parameter) => ["sighup", "superuser", "user"].includes(parameter.context));
const restarting = numeric.filter((parameter) => changeOf(parameter) === "restart");

/** What a person might write for it: any unit, any case of a word, any spelling of a boolean. */
function written(parameter: Parameter): fc.Arbitrary<string> {
  const { vartype, values = [], unit } = parameter;
  if (vartype === "bool") return fc.constantFrom("on", "OFF", "true", "f", "yes", "n", "1", "0", "of");
  if (vartype === "enum") return fc.constantFrom(...values).chain((word) => fc.constantFrom(word, word.toUpperCase()));
  const [min, max] = [Number(parameter.min), backends.has(parameter.name) ? 50_000 : Number(parameter.max)];
  const number =
    vartype === "integer"
      ? fc.oneof(fc.integer({ min, max }), fc.integer({ min, max: Math.min(max, Math.max(min, 0) + 5000) }))
      : fc.double({ min, max: Math.min(max, 1e9), noNaN: true });
  if (unit === undefined) return number.map(String);
  return fc.oneof(
    number.map(String),
    fc
      .tuple(fc.constantFrom(...unitsOf(unit)), fc.double({ min: Math.max(min, 0), max, noNaN: true }), fc.boolean())
      .map(([[name, multiplier], base, whole]) => {
        const amount = base / multiplier;
        return `${whole ? Math.floor(amount) : Number(amount.toFixed(3))}${name}`;
      }),
  );
}

describe("the catalogue against a real PostgreSQL 15", () => {
  let server: ScratchServer;

  beforeAll(async () => {
    const { postgresBin } = await ensureLocalTools();
    server = await startScratchServer(postgresBin, { shared_preload_libraries: "pg_stat_statements,auto_explain" });
  }, 60_000);
  afterAll(async () => server.stop());

  it("knows every parameter the server knows, with the same bounds", async () => {
    const { rows } = await server.client.query<Record<string, unknown>>(
      `SELECT name, vartype, unit, min_val AS min, max_val AS max, context FROM pg_settings WHERE name <> 'extension_destdir'`,
    );
    const known = rows.map(({ name, ...row }) => {
      const parameter = findParameter(String(name));
      const { vartype, unit = null, min = null, max = null, context } = parameter ?? {};
      return [
        { name, vartype, unit, min, max, context },
        { name, ...row },
      ];
    });
    expect(known.map(([ours]) => ours)).toEqual(known.map(([, theirs]) => theirs));
    expect(rows.length).toBe(parameters.length);
  });

  it("writes a value as SHOW prints it, or refuses what the server refuses", async () => {
    let compared = 0;
    const property = fc.asyncProperty(
      fc.constantFrom(...reloadable).chain((parameter) => fc.tuple(fc.constant(parameter), written(parameter))),
      async ([parameter, text]) => {
        const ours = canonicalValue(parameter, text);
        const theirs = await shown(parameter, text);
        // We may refuse what the server takes only where it would round or raise it silently.
        if (!ours.ok) {
          const stricter = /\.\d|e-/.test(text) || parameter.name === "autovacuum_work_mem";
          expect(theirs === undefined || stricter, `${parameter.name}=${text}`).toBe(true);
          return;
        }
        compared++;
        expect({ [parameter.name]: ours.value, text }).toEqual({ [parameter.name]: theirs, text });
        expect(await shown(parameter, ours.value)).toBe(theirs); // our form means the same to the server
      },
    );
    await fc.assert(property, { numRuns: 1500 });
    expect(compared).toBeGreaterThan(700);
  }, 120_000);

  it("refuses values outside the bounds as the server does", async () => {
    const bounded = reloadable.filter(({ vartype, max }) => vartype === "integer" && Number(max) < 2 ** 31 - 1);
    for (const parameter of bounded) {
      for (const outside of [Number(parameter.min) - 1, Number(parameter.max) + 1].map(String)) {
        expect(canonicalValue(parameter, outside).ok, `${parameter.name}=${outside}`).toBe(false);
        expect(await shown(parameter, outside), `${parameter.name}=${outside}`).toBe(undefined);
      }
    }
  });

  it("converts restart parameters to the base unit as the server does", async () => {
    const samples = restarting.flatMap((parameter) =>
      fc.sample(written(parameter), { numRuns: 3, seed: 15 }).map((text) => ({ parameter, text })),
    );
    const accepted = samples.flatMap(({ parameter, text }) => {
      const value = canonicalValue(parameter, text);
      return value.ok ? [{ parameter, text, canonical: value.value }] : [];
    });
    for (const { parameter, text, canonical } of accepted) {
      const args = (value: string) => ["-D", server.data, "-c", `${parameter.name}=${value}`, "-C", parameter.name];
      const theirs = (await server.run("postgres", args(text))).trim();
      expect({ text, base: toBaseUnit(parameter, canonical) }).toEqual({ text, base: theirs });
    }
    expect(accepted.length).toBeGreaterThan(30);
  }, 120_000);

  /** What SHOW prints once it is set; undefined when the server refuses it. */
  async function shown(parameter: Parameter, text: string): Promise<string | undefined> {
    const { client } = server;
    const name = client.escapeIdentifier(parameter.name).replace(".", '"."');
    try {
      if (parameter.context !== "sighup") {
        await client.query("BEGIN");
        const { rows } = await client.query<{ shown: string }>("SELECT set_config($1, $2, true) AS shown", [
          parameter.name,
          text,
        ]);
        return rows[0]?.shown;
      }
      await client.query(`ALTER SYSTEM SET ${name} = ${client.escapeLiteral(text)}`);
      return await afterReload(parameter.name, text);
    } catch (error) {
      if (!/invalid value|outside the valid range|requires a/.test(String(error))) throw error;
      return undefined;
    } finally {
      await client.query("ROLLBACK");
      if (parameter.context === "sighup") await client.query(`ALTER SYSTEM RESET ${name}`);
    }
  }

  /** Parameters of the whole server follow a reload: waited for, as the signal takes a moment. */
  async function afterReload(name: string, text: string): Promise<string | undefined> {
    const { client } = server;
    const { rows: before } = await client.query<{ at: string }>(
      "SELECT pg_conf_load_time()::text AS at, pg_reload_conf()",
    );
    for (let attempt = 0; attempt < 500; attempt++) {
      const { rows } = await client.query<{ at: string; shown: string }>(
        "SELECT pg_conf_load_time()::text AS at, current_setting($1) AS shown",
        [name],
      );
      if (rows[0]?.at !== before[0]?.at) return rows[0]?.shown;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    throw new Error(`${name}=${text} was not reloaded`);
  }
});
