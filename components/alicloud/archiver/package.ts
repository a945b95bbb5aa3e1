import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheFolder } from "../../local/tools/folders";
import { bundled } from "../function/bundle";
import { zippedOnce } from "./zippedOnce";

/** Function Compute takes so much code with the call that makes a function, in every region; bytes. */
const MOST = 50 * 1024 ** 2;
const PROGRAMS = ["pg_dump", "pg_restore"] as const;
const LOADER = "ld-linux-x86-64.so.2";

/** Where a Linux machine has PostgreSQL's client, and where vendor `local` puts the one it fetched. */
const folders = (): readonly string[] => [
  "/usr/lib/postgresql/15/bin",
  "/usr/pgsql-15/bin",
  join(cacheFolder(), "postgres-pypi-15.19.0/bin"),
  join(cacheFolder(), "postgres-distribution/bin"),
];

export interface Package {
  /** Base64 of the zip archive. */
  readonly zip: string;
  /** Another one for another program or client version, and the same on every machine. */
  readonly version: string;
}

let made: string | undefined;

/**
 * The archiving function's code: the program, what vouches for the database, and PostgreSQL's client with all its
 * libraries, so that it runs on whatever the function's runtime is built on.
 *
 * @param ca PEM
 * @param client `alicloud.archive.client`: a folder with the programs and all their libraries.
 * @throws Error when there is no client, saying how to have one.
 */
export function archiverPackage(ca: string, client: string | undefined): Package {
  made ??= bundled(join(__dirname, "handler.ts"), ["proxy-agent"]); // ali-oss' optional way through proxies
  const code = made;
  const files = client === undefined ? clientOfThisMachine() : clientOf(client);
  for (const program of [...PROGRAMS, LOADER]) {
    const path = files.find((one) => basename(one) === program);
    if (path === undefined) throw new Error(`${client ?? "PostgreSQL's client"} has no ${program}: ${MEND}`);
    if (!isForX86(readFileSync(path))) throw new Error(`${path} is no Linux program for x86-64: ${MEND}`);
  }
  const zip = zippedOnce(join(cacheFolder(), "archiver"), {
    "index.js": code,
    "ca.pem": ca,
    ...Object.fromEntries(files.map((path) => [`client/${basename(path)}`, readFileSync(path)])),
  });
  if (zip.length * (3 / 4) > MOST) {
    throw new Error(
      `the archiving function's code has ${Math.ceil((zip.length * 3) / 4 / 1024 ** 2)} MB, and Function Compute takes 50: ${MEND}`,
    );
  }
  return { zip, version: createHash("sha256").update(code).update("\0").update(ca).digest("hex").slice(0, 16) };
}

const MEND =
  "name a folder with pg_dump, pg_restore and their libraries for Linux x86-64 in license-db:alicloud.archive.client " +
  "(docs/alicloud.md has the command that makes one), or set license-db:alicloud.archive.method to crossRegion";

function clientOf(folder: string): readonly string[] {
  if (!existsSync(folder)) throw new Error(`alicloud.archive.client is "${folder}", which is not there: ${MEND}`);
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** The programs of this machine and what the loader says they need. */
function clientOfThisMachine(): readonly string[] {
  const found = folders().find((folder) => PROGRAMS.every((program) => existsSync(join(folder, program))));
  if (process.platform !== "linux" || process.arch !== "x64" || found === undefined) {
    const where =
      process.platform === "linux" ? `none of ${folders().join(", ")} has it` : `this is ${process.platform}`;
    throw new Error(
      `the monthly archive needs PostgreSQL 15's client for Linux x86-64 (${where}). Install it, or ${MEND}`,
    );
  }
  const programs = PROGRAMS.map((program) => join(found, program));
  const libraries = programs.flatMap((program) => librariesOf(execFileSync("ldd", [program], { encoding: "utf8" })));
  return [...programs, ...[...new Set(libraries)].sort()];
}

/**
 * Paths in what `ldd` prints: "libpq.so.5 => /lib/libpq.so.5 (0x…)", "/lib64/ld-linux-x86-64.so.2 (0x…)".
 * @throws Error for a library the machine lacks.
 */
export function librariesOf(printed: string): readonly string[] {
  const lacking = /^\s*(\S+) => not found/m.exec(printed);
  if (lacking) throw new Error(`PostgreSQL's client of this machine lacks ${lacking[1]}: ${MEND}`);
  return [...printed.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, path = ""]) => path);
}

/** The header of an ELF file: magic, 64 bit, and the machine's number. */
const isForX86 = (file: Buffer): boolean =>
  file.length > 20 && file.toString("latin1", 0, 4) === "\x7fELF" && file[4] === 2 && file.readUInt16LE(18) === 0x3e;
