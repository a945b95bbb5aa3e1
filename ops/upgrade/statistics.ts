import type pg from "pg";
import { escapeIdentifier } from "pg";

type Connect = (database: string) => pg.Client;

async function eachDatabase(
  connect: Connect,
  work: (client: pg.Client, database: string) => Promise<void>,
): Promise<void> {
  const first = connect("postgres");
  await first.connect();
  const { rows } = await first.query<{ name: string }>(
    "select datname as name from pg_database where datallowconn order by 1",
  );
  await first.end();
  for (const { name } of rows) {
    const client = connect(name);
    await client.connect();
    try {
      await work(client, name);
    } finally {
      await client.end();
    }
  }
}

/** The planner's statistics are not upgraded. Rough ones at once, then better ones: a bad plan is bad from the first second. */
export async function analyse(connect: Connect, progress: (text: string) => void): Promise<void> {
  for (const target of [1, 10, undefined]) {
    await eachDatabase(connect, async (client, database) => {
      progress(`statistics of ${database}, ${target === undefined ? "in full" : `target ${target}`}`);
      if (target !== undefined) await client.query(`set default_statistics_target = ${target}`);
      await client.query("set vacuum_cost_delay = 0");
      await client.query("analyze");
    });
  }
}

/** Brings every extension to the version that came with the new programs. */
export async function updateExtensions(connect: Connect): Promise<string[]> {
  const updated: string[] = [];
  await eachDatabase(connect, async (client, database) => {
    const { rows } = await client.query<{ name: string; version: string }>(
      "select name, default_version as version from pg_available_extensions where installed_version <> default_version",
    );
    for (const { name, version } of rows) {
      await client.query(`alter extension ${escapeIdentifier(name)} update`);
      updated.push(`${database}: ${name} ${version}`);
    }
  });
  return updated;
}
