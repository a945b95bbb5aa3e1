import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isThere, makeFolder, readIfThere, writeOwned } from "../../components/local/provider/host/files";
import { CommandError, run } from "../../components/local/provider/host/run";
import { postgresBin } from "../../components/local/provider/host/tools";
import { type Place, paths } from "../../components/local/provider/place";
import type { PostgresMajor } from "../../components/local/tools";
import { pgbackrest } from "../backup/pgbackrest";
import { EXIT, OperationError } from "../cli/exit";
import { ask, freePort, type Server } from "../restore/server";

/** What the new data must have in common with the old. */
export interface Shape {
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly checksums: boolean;
  /** Megabytes. */
  readonly walSegment: number;
  readonly preload: string;
}

export const SHAPE = `
  select pg_encoding_to_char(encoding) as encoding, datcollate as collate, datctype as ctype,
         current_setting('data_checksums') = 'on' as checksums,
         (select setting::bigint / 1048576 from pg_settings where name = 'wal_segment_size')::int as "walSegment",
         current_setting('shared_preload_libraries') as preload
    from pg_database where datname = 'template0'`;

export const shapeOf = async (server: Server): Promise<Shape> => (await ask<Shape>(server, SHAPE))[0] as Shape;

/** Makes an empty cluster of the new version, working in `work`; what an earlier try left there goes first. */
export async function initialise(major: PostgresMajor, data: string, shape: Shape, work: string): Promise<void> {
  await rm(data, { recursive: true, force: true });
  await makeFolder(work);
  await run(
    join(await postgresBin(major), "initdb"),
    [
      ...["-D", data, "-U", "postgres", "--no-sync", "--no-instructions"],
      // For the time of the upgrade, on a socket in a folder of the database's user; Patroni writes its own afterwards.
      ...["--auth-local=trust", "--auth-host=reject"],
      `--encoding=${shape.encoding}`,
      `--lc-collate=${shape.collate}`,
      `--lc-ctype=${shape.ctype}`,
      `--wal-segsize=${shape.walSegment}`,
      ...(shape.checksums ? ["--data-checksums"] : []),
    ],
    { cwd: work, env: { LC_ALL: "C.UTF-8" } },
  );
}

export interface Upgrade {
  readonly from: PostgresMajor;
  readonly to: PostgresMajor;
  readonly oldData: string;
  readonly newData: string;
  readonly shape: Shape;
  /** An empty folder for sockets and logs; short. */
  readonly work: string;
  /** "link": both have the same files afterwards, and only the new one may be started. */
  readonly mode: "link" | "copy";
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/**
 * Runs pg_upgrade. With `check` it changes nothing, and the old server may run.
 *
 * @throws OperationError with what pg_upgrade found.
 */
export async function pgUpgrade(upgrade: Upgrade, check: boolean): Promise<void> {
  const { from, to, oldData, newData, shape, work, mode, signal, progress } = upgrade;
  await makeFolder(work);
  const [oldBin, newBin] = await Promise.all([postgresBin(from), postgresBin(to)]);
  const quiet = "-c logging_collector=off -c archive_mode=off";
  const preload = shape.preload === "" ? "" : ` -c shared_preload_libraries='${shape.preload}'`;
  const args = [
    ...["-b", oldBin, "-B", newBin, "-d", oldData, "-D", newData, "-U", "postgres", `--${mode}`],
    ...["-s", work, "-P", String(await freePort()), "-j", "2"],
    ...["-o", `${quiet} -c synchronous_standby_names='' -c ssl=off`, "-O", `${quiet}${preload}`],
    // A server that runs is asked where it is.
    ...(check ? ["--check"] : ["-p", String(await freePort())]),
  ];
  const onLine = (line: string) => progress(line.replace(/\s*ok$/, ""));
  await run(join(newBin, "pg_upgrade"), args, { cwd: work, timeout: 7 * 86_400_000, onLine, signal }).catch(
    async (error) => {
      signal.throwIfAborted();
      if (!(error instanceof CommandError)) throw error;
      throw new OperationError(
        EXIT.failed,
        `pg_upgrade ${check ? "finds that the database cannot be upgraded as it is" : "did not come to its end"}:\n${await said(error.output, newData)}`,
      );
    },
  );
}

/** Its words without the steps that went well, and the files it points to. */
async function said(output: string, newData: string): Promise<string> {
  const words = output
    .split("\n")
    .filter((line) => line.trim() !== "" && !/\bok$/.test(line.trim()))
    .join("\n");
  const files = [...output.matchAll(/(\/\S+\.(?:txt|log))/g)].map(([, file]) => file ?? "");
  const contents = await Promise.all(
    [...new Set(files)]
      .filter((file) => file.startsWith(newData))
      .map(async (file) => `${file}:\n${((await readIfThere(file)) ?? "").slice(-1500)}`),
  );
  return [words.slice(-3000), ...contents].join("\n");
}

/** Makes the old data what it was before a run that was cut off while it linked; the new one was not started yet. */
export async function takeBack(oldData: string): Promise<void> {
  const control = join(oldData, "global", "pg_control");
  if (!(await isThere(control)) && (await isThere(`${control}.old`))) await rename(`${control}.old`, control);
}

export async function systemIdentifier(major: PostgresMajor, data: string): Promise<string> {
  const control = await run(join(await postgresBin(major), "pg_controldata"), [data], { env: { LC_ALL: "C" } });
  const found = /Database system identifier:\s+(\d+)/.exec(control)?.[1];
  if (found === undefined) throw new Error(`${data} has no system identifier`);
  return found;
}

/**
 * Whether pgBackRest knows the new version: asked with an empty cluster and a repository of its own.
 *
 * @throws OperationError where it does not.
 */
export async function requireBackupTool(place: Place, major: PostgresMajor, data: string, work: string): Promise<void> {
  await makeFolder(join(work, "repo"));
  const config = join(work, "pgbackrest.conf");
  const folders = `log-level-file=off\nlock-path=${work}\nspool-path=${work}\nlog-path=${work}`;
  await writeOwned(
    config,
    `[global]\nrepo1-path=${join(work, "repo")}\n${folders}\n[${place.name}]\npg1-path=${data}\n`,
  );
  await pgbackrest(place, ["--no-online", "stanza-create"], { config }).catch((error: Error) => {
    throw new OperationError(
      EXIT.usage,
      `The backup tool does not know PostgreSQL ${major}, so the new database would have no backups. Install a newer pgBackRest (LICENSE_DB_PGBACKREST names it).\n${error.message}`,
    );
  });
}

/** Has the repositories go on with other data: of the new version, or of the old one again. Nothing runs on it. */
export async function upgradeStanza(place: Place, data: string): Promise<void> {
  const text = await readFile(paths(place.folder).pgbackrestConfig, "utf8");
  // With all members named, a stopped cluster does not tell whose data it is.
  const globals = text.slice(0, text.indexOf(`[${place.name}]`));
  const config = join(place.folder, "stanza-upgrade.conf");
  await writeOwned(config, `${globals}[${place.name}]\npg1-path=${data}\n`);
  try {
    await pgbackrest(place, ["--no-online", "stanza-upgrade"], { config });
  } finally {
    await rm(config, { force: true });
  }
}
