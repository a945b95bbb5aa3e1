/** The source's schema as the target's: pg_dump and pg_restore, in two parts around the rows. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { Reporter } from "../../components/local/tools/reporter";
import { EXIT, OperationError } from "../cli/exit";
import { type End, on, rows } from "./end";
import { versionOf } from "./link";
import { OWN_SCHEMAS } from "./names";
import { program, programsFor, succeeded } from "./programs";
import { forOlder, kept, makesSchemas, restoreErrors } from "./toc";

export interface Dump {
  /** Tables, types, functions, defaults: all that rows need. */
  restoreFirst(): Promise<void>;
  /** Indexes, constraints, triggers, policies; side by side. `again`: an earlier run was cut off in the middle of it. */
  restoreRest(jobs: number, again: boolean): Promise<void>;
  remove(): Promise<void>;
}

/** @param snapshot what the dump is to show; without it: what is there now. */
export async function dumpSchema(
  source: End,
  target: End,
  snapshot: string | undefined,
  report: Reporter,
  signal: AbortSignal,
): Promise<Dump> {
  const version = await on(source, versionOf);
  const bin = await programsFor(version, report);
  const folder = await mkdtemp(join(tmpdir(), "license-db-migrate-"));
  const [file, list] = [join(folder, "schema"), join(folder, "list")];
  const run = (name: string, args: readonly string[], server?: Awaited<ReturnType<End["tools"]>>) =>
    program(join(bin, name), args, server, signal);
  await succeeded(
    "pg_dump",
    run(
      "pg_dump",
      [
        ...["-Fc", "-f", file, "--schema-only", "--no-owner", "--no-privileges", "--no-tablespaces"],
        ...OWN_SCHEMAS.map((schema) => `--exclude-schema=${schema}`),
        ...(snapshot === undefined ? [] : [`--snapshot=${snapshot}`]),
      ],
      await source.tools(),
    ),
  );
  const contents = await succeeded("pg_restore", run("pg_restore", ["--list", file]));
  await writeFile(list, kept(contents));
  const restore = ["--use-list", list, "--no-owner", ...(target.owner === undefined ? [] : [`--role=${target.owner}`])];
  return {
    async restoreFirst() {
      const script = join(folder, "first.sql");
      const text = await succeeded(
        "pg_restore",
        run("pg_restore", [...restore, "--section=pre-data", "-f", "-", file]),
      );
      await writeFile(script, forOlder(text), { mode: 0o600 });
      await prepare(source, target);
      await withSchemas(target, makesSchemas(contents), async () => {
        await succeeded(
          "The source's schema",
          run("psql", ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", script], await target.tools()),
        );
      });
    },
    async restoreRest(jobs, again) {
      const ran = await run(
        "pg_restore",
        [...restore, "--section=post-data", `--jobs=${jobs}`, "-d", (await target.tools()).dbname as string, file],
        await target.tools(),
      );
      const errors = restoreErrors(ran.said, again);
      const goneOn = ran.said.includes("errors ignored on restore");
      if (errors.length > 0 || (ran.code !== 0 && !goneOn)) {
        throw new OperationError(
          EXIT.failed,
          `Indexes and constraints could not be made:\n${errors.join("\n") || ran.said.slice(-2_000)}`,
        );
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Extensions are the administrator's to make, and so is membership, where it is no superuser. */
async function prepare(source: End, target: End): Promise<void> {
  const extensions = await on(source, (client) =>
    rows<{ name: string; schema: string }>(
      client,
      `select extname as name, nspname as schema from pg_extension join pg_namespace n on n.oid = extnamespace
        where extname <> 'plpgsql' order by extname`,
    ),
  );
  await on(target, async (client) => {
    await client.query("set client_min_messages = warning");
    for (const { name } of extensions)
      await client.query(`create extension if not exists ${pg.escapeIdentifier(name)} cascade`);
    if (target.owner === undefined) return;
    const [may] = await rows<{ may: boolean }>(client, "select pg_has_role(current_user, $1, 'member') as may", [
      target.owner,
    ]);
    if (!may?.may) await client.query(`grant ${pg.escapeIdentifier(target.owner)} to current_user`);
  });
}

/** Schemas are made by the application's user, who has that right while it lasts. */
async function withSchemas(target: End, needed: boolean, work: () => Promise<void>): Promise<void> {
  const { owner } = target;
  if (!needed || owner === undefined) return work();
  const change = (verb: string, word: string) =>
    on(target, async (client) => {
      const [found] = await rows<{ name: string }>(client, "select current_database() as name");
      await client.query(
        `${verb} create on database ${pg.escapeIdentifier(found?.name ?? "")} ${word} ${pg.escapeIdentifier(owner)}`,
      );
    });
  await change("grant", "to");
  try {
    await work();
  } finally {
    await change("revoke", "from");
  }
}
