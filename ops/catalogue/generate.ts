/**
 * Writes components/catalogue/postgresql15.json: every parameter of PostgreSQL 15, as a real server describes it.
 * Run with `npm run catalogue` after a new minor version; the file is checked in, so nobody else needs a server for it.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { postgresBin, startScratchServer } from "./server";

const target = join(__dirname, "../../components/catalogue/postgresql15.json");

/** The contrib modules whose parameters are worth checking too; the server describes them once they are loaded. */
const modules = "pg_stat_statements,auto_explain";

const query = `
  SELECT name, vartype, unit, min_val AS min, max_val AS max, enumvals AS "values", context, boot_val AS boot,
         category, short_desc AS description
    FROM pg_settings WHERE name <> 'extension_destdir' -- Debian's own
   ORDER BY name COLLATE "C"`;

async function main(): Promise<void> {
  const bin = postgresBin();
  if (!bin) throw new Error("No PostgreSQL 15 found: install it, or name its bin folder in LICENSE_DB_POSTGRES_BIN.");
  const server = await startScratchServer(bin, { shared_preload_libraries: modules });
  try {
    const version = (await server.client.query("SHOW server_version_num")).rows[0].server_version_num as string;
    if (!version.startsWith("15")) throw new Error(`The catalogue is of PostgreSQL 15, ${bin} holds ${version}.`);
    const { rows } = await server.client.query<Record<string, unknown>>(query);
    const lines = rows.map((row) =>
      JSON.stringify(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== ""))),
    );
    writeFileSync(target, `[\n${lines.map((line) => `  ${line}`).join(",\n")}\n]\n`);
    console.log(`${rows.length} parameters of PostgreSQL ${version} written.`);
  } finally {
    await server.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
