import { readdir } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { freeBytes } from "../../components/local/provider/host/fileSystem";
import { makeFolder, readIfThere, removeFolder, writeOwned } from "../../components/local/provider/host/files";
import { run } from "../../components/local/provider/host/run";
import { postgresBin } from "../../components/local/provider/host/tools";
import { PLAIN_PATH, PLAIN_PATH_ALLOWED, type Place } from "../../components/local/provider/place";
import type { PostgresMajor } from "../../components/local/tools";
import { isRunning, type Server, type Settings, settingLines, stopServer } from "./server";

/** A copy of the database beside the cluster, made by a restore. */
export interface Scratch {
  readonly folder: string;
  readonly port: number;
  readonly version: PostgresMajor;
  /** What it was restored to, in words. */
  readonly target: string;
  /** ISO 8601. */
  readonly madeAt: string;
}

const NOTE = "license-db-restore.json";
/** The longest path of a unix socket, less what PostgreSQL adds to its folder. */
const LONGEST_FOLDER = 107 - "/.s.PGSQL.65535".length;

export const dataOf = (folder: string): string => join(folder, "data");
export const tablespacesOf = (folder: string): string => join(folder, "tablespaces");

export const serverOf = async ({
  folder,
  port,
  version,
}: Pick<Scratch, "folder" | "port" | "version">): Promise<Server> => ({
  bin: await postgresBin(version),
  data: dataOf(folder),
  log: join(folder, "server.log"),
  socket: folder,
  port,
});

/** Why a copy cannot be put there: everything at once. */
export async function folderProblems(folder: string, place: Place): Promise<string[]> {
  if (!isAbsolute(folder) || !PLAIN_PATH.test(folder))
    return [`--beside is "${folder}": it takes ${PLAIN_PATH_ALLOWED}.`];
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [] as string[];
    return error.code ?? "it cannot be read";
  });
  const inside = resolve(folder).startsWith(`${place.folder}/`) || resolve(folder) === place.folder;
  const rules: readonly [boolean, string][] = [
    [typeof found === "string", `--beside is ${folder}, which is no folder that can be read (${found}).`],
    [
      typeof found !== "string" && found.length > 0 && !found.includes(NOTE),
      `--beside is ${folder}, which is not empty: name one that is, or that is not there yet.`,
    ],
    [
      typeof found !== "string" && found.includes(NOTE),
      `${folder} holds an earlier restore: npx license-db restore drop ${folder} removes it.`,
    ],
    [inside, `--beside is ${folder}, inside the cluster's own folder: name one beside it.`],
    [
      folder.length > LONGEST_FOLDER,
      `--beside is ${folder.length} characters long; at most ${LONGEST_FOLDER} fit, or its socket cannot be opened.`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, message]) => message);
}

export const freeAt = (folder: string): Promise<number> => freeBytes(folder);

/** Makes the folders; the note that says what they are comes first, so that a half made one can be dropped. */
export async function prepare(place: Place, scratch: Scratch): Promise<void> {
  await makeFolder(scratch.folder);
  await writeOwned(
    join(scratch.folder, NOTE),
    `${JSON.stringify({ ...scratch, cluster: place.clusterId }, null, 2)}\n`,
  );
  await makeFolder(dataOf(scratch.folder));
  await makeFolder(tablespacesOf(scratch.folder));
  await remember(place, [...(await known(place)).filter((folder) => folder !== scratch.folder), scratch.folder]);
}

/** Makes its own what was the live cluster's: it neither archives nor listens where that does, nor waits for its standbys. */
export async function makeItsOwn(
  scratch: Pick<Scratch, "folder" | "port">,
  listen: string,
  more: Settings = {},
): Promise<void> {
  const data = dataOf(scratch.folder);
  const settings: Settings = {
    archive_mode: "off",
    // One that may be read pauses where the primary was given more connections than it has itself.
    hot_standby: "off",
    listen_addresses: listen,
    port: scratch.port,
    unix_socket_directories: scratch.folder,
    unix_socket_permissions: "0700",
    hba_file: join(data, "pg_hba.conf"),
    ident_file: join(data, "pg_ident.conf"),
    logging_collector: "off",
    shared_buffers: "128MB",
    synchronous_standby_names: "",
    cluster_name: "restored",
    ...more,
  };
  // As the database's user: the file is its own, and this appends to what pgBackRest has written there.
  await run("sh", ["-c", 'cat >> "$1"', "sh", join(data, "postgresql.auto.conf")], { input: settingLines(settings) });
}

const register = (place: Place): string => join(place.folder, "restored.json");

async function known(place: Place): Promise<string[]> {
  return JSON.parse((await readIfThere(register(place))) ?? "[]") as string[];
}

async function remember(place: Place, folders: readonly string[]): Promise<void> {
  await writeOwned(register(place), `${JSON.stringify(folders, null, 2)}\n`);
}

export async function readNote(folder: string): Promise<Scratch | undefined> {
  const text = await readIfThere(join(folder, NOTE)).catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Scratch);
}

/** The copies there are of this cluster, and whether each runs. */
export async function copies(place: Place): Promise<(Scratch & { readonly running: boolean })[]> {
  const notes = await Promise.all((await known(place)).map((folder) => readNote(folder)));
  const there = notes.filter((note): note is Scratch => note !== undefined);
  return Promise.all(there.map(async (note) => ({ ...note, running: await isRunning(dataOf(note.folder)) })));
}

/** Ends the copy's server and removes its folder. */
export async function drop(place: Place, scratch: Scratch): Promise<void> {
  await stopServer(await serverOf(scratch), "immediate");
  await removeFolder(scratch.folder);
  await remember(
    place,
    (await known(place)).filter((folder) => folder !== scratch.folder),
  );
}
