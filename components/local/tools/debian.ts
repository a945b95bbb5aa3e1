import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, onPath, run } from "./command";
import type { Progress } from "./reporter";

/** Which packages: the distribution's own, or those of a named Debian release from the machine's own Debian mirror. */
export type Release = "own" | "trixie";

export interface Extraction {
  readonly release: Release;
  readonly packages: readonly string[];
  /** Executables to offer in `bin`, by their path inside the packages. */
  readonly executables: readonly string[];
}

/** Lists older than this are fetched again, in milliseconds: a package they name may have been replaced. */
const LISTS_STAY_FRESH = 12 * 3600 * 1000;

/**
 * Downloads Debian packages and unpacks them into `folder`, with those libraries the machine lacks. Nothing is
 * installed, and apt's own state stays untouched: it needs no root. `folder/bin` holds the executables.
 */
export async function extractPackages(
  wanted: Extraction,
  cache: string,
  folder: string,
  progress: Progress,
): Promise<void> {
  requireApt();
  const apt = await prepareApt(wanted.release, cache, progress);
  const root = join(folder, "root");
  let round = await fetchInto(apt, wanted.packages, folder, root, progress);
  const files = wanted.executables.map((path) => join(root, path));
  const fetched = new Set(wanted.packages);
  for (let missing = await missingLibraries(files, root); missing.length > 0; ) {
    const next = choosePackages(missing, await dependencies(round)).filter((name) => !fetched.has(name));
    if (next.length === 0) {
      throw new Error(`the machine lacks ${missing.join(", ")}, and no dependency of the package carries it`);
    }
    for (const name of next) {
      fetched.add(name);
    }
    round = await fetchInto(apt, next, folder, root, progress);
    missing = await missingLibraries(files, root);
  }
  offer(files, root, join(folder, "bin"));
  rmSync(join(folder, "deb"), { recursive: true });
}

/** Runs apt-get with the lists that serve a release, fetching lists of our own where the machine has none. */
type AptGet = (args: readonly string[], cwd: string) => Promise<string>;

async function prepareApt(release: Release, cache: string, progress: Progress): Promise<AptGet> {
  const common = ["-q", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20", "-o", "APT::Sandbox::User="];
  const system: AptGet = (args, cwd) =>
    run(["apt-get", ...common, ...args], { cwd, timeout: 300_000, label: label(args) });
  const own = async (): Promise<AptGet> => {
    const options = [...common, ...(await ownLists(release, cache, progress))];
    return (args, cwd) => run(["apt-get", ...options, ...args], { cwd, timeout: 300_000, label: label(args) });
  };
  if (release !== "own") {
    return own();
  }
  return async (args, cwd) => {
    try {
      return await system(args, cwd);
    } catch {
      // The machine's lists are absent, or so old that what they name is gone.
      return (await own())(args, cwd);
    }
  };
}

const label = (args: readonly string[]) => `apt-get ${args.join(" ")}`;

/** One update at a time per folder of lists: apt locks it. */
const updates = new Map<string, Promise<void>>();

async function ownLists(release: Release, cache: string, progress: Progress): Promise<string[]> {
  const sources = release === "own" ? undefined : await sourcesFor(release, cache, progress);
  const name =
    sources === undefined ? "own" : `${release}-${createHash("sha256").update(sources).digest("hex").slice(0, 8)}`;
  const folder = join(cache, "apt", name);
  for (const part of ["state/lists/partial", "cache/archives/partial", "etc"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  const options = [
    `Dir::State=${folder}/state`,
    "Dir::State::status=/var/lib/dpkg/status",
    `Dir::Cache=${folder}/cache`,
    "Acquire::Languages=none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
    "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false",
  ];
  if (sources !== undefined) {
    writeFileSync(join(folder, "etc", "license-db.sources"), sources);
    options.push("Dir::Etc::sourcelist=/dev/null", `Dir::Etc::sourceparts=${folder}/etc`);
  }
  const args = ["-q", "-o", "Acquire::http::Timeout=20", "-o", "APT::Sandbox::User="];
  args.push(...options.flatMap((option) => ["-o", option]));
  let update = updates.get(folder);
  if (update === undefined) {
    update = updateLists(folder, args, progress);
    updates.set(folder, update);
    update.catch(() => updates.delete(folder));
  }
  await update;
  return args;
}

async function updateLists(folder: string, args: readonly string[], progress: Progress): Promise<void> {
  const stamp = join(folder, "updated");
  try {
    if (Date.now() - statSync(stamp).mtimeMs < LISTS_STAY_FRESH) {
      return;
    }
  } catch {
    // Never updated.
  }
  progress("fetching package lists");
  const update = [...args, "-o", "APT::Update::Error-Mode=any", "update"];
  await run(["apt-get", ...update], { timeout: 300_000, label: "apt-get update (into our own folder)" });
  writeFileSync(stamp, "");
}

/** Sources for another Debian release, from the mirror and with the keys this machine already trusts. */
async function sourcesFor(release: string, cache: string, progress: Progress): Promise<string> {
  const system = readFileSync("/etc/os-release", "utf8");
  if (!/^ID="?debian"?$/m.test(system)) {
    throw new Error("only on Debian: the machine's package sources are those of another distribution");
  }
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(system)?.[1];
  // apt names its sources only once it has their lists, and a fresh machine has none.
  const uri = (await mirrorOf(codename, [])) ?? (await mirrorOf(codename, await ownLists("own", cache, progress)));
  if (uri === undefined) {
    throw new Error(`apt has no source of ${codename ?? "this Debian"}'s main packages to derive ${release}'s from`);
  }
  // Debian keeps the keys of its next release in the same file.
  const keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
  return ["Types: deb", `URIs: ${uri}`, `Suites: ${release}`, "Components: main", `Signed-By: ${keys}`, ""].join("\n");
}

async function mirrorOf(codename: string | undefined, options: readonly string[]): Promise<string | undefined> {
  const format = "$(RELEASE) $(COMPONENT) $(REPO_URI)";
  const targets = await run(["apt-get", ...options, "indextargets", "--format", format, "Created-By: Packages"]);
  const line = targets.split("\n").find((target) => target.startsWith(`${codename} main `));
  return line?.split(" ")[2] || undefined;
}

/** Downloads packages and unpacks them; the paths of the packages' files. */
async function fetchInto(
  apt: AptGet,
  packages: readonly string[],
  folder: string,
  root: string,
  progress: Progress,
): Promise<string[]> {
  const debs = join(folder, "deb");
  mkdirSync(debs, { recursive: true });
  const before = new Set(readdirSync(debs));
  progress(`downloading ${packages.join(", ")}`);
  await apt(["download", ...packages], debs);
  const fresh = readdirSync(debs).filter((name) => name.endsWith(".deb") && !before.has(name));
  for (const deb of fresh) {
    await run(["dpkg-deb", "-x", join(debs, deb), root]);
  }
  return fresh.map((deb) => join(debs, deb));
}

async function dependencies(debs: readonly string[]): Promise<string[]> {
  const fields = await Promise.all(debs.map((deb) => run(["dpkg-deb", "-f", deb, "Depends"])));
  return fields.flatMap((field) => field.split(",")).map((entry) => (entry.trim().split(/[\s:(|]/)[0] ?? "").trim());
}

/**
 * The packages that carry libraries. Debian names a library's package after its soname ("libcares.so.2" is in
 * libc-ares2, "libssh2.so.1" in libssh2-1t64); where that does not tell, all libraries among the dependencies.
 */
export function choosePackages(sonames: readonly string[], candidates: readonly string[]): string[] {
  const libraries = [...new Set(candidates)].filter((name) => name.startsWith("lib") && !/^libc6|^libgcc/.test(name));
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const chosen = sonames.flatMap((soname) => {
    const wanted = plain(soname.replace(/\.so\.?/, ""));
    return libraries.filter((name) => plain(name.replace(/t64$/, "")) === wanted);
  });
  return chosen.length > 0 ? [...new Set(chosen)] : libraries;
}

/** The sonames that the dynamic linker finds neither on the machine nor under `root`. */
async function missingLibraries(files: readonly string[], root: string): Promise<string[]> {
  const env = { ...process.env, LD_LIBRARY_PATH: libraryFolders(root).join(":") };
  const said = await Promise.all(files.map((file) => run(["ldd", file], { env }).catch((error) => refuse(error))));
  return parseMissing(said.join("\n"));
}

function refuse(error: unknown): never {
  throw error instanceof CommandFailed ? new Error(`not an executable for this machine: ${error.message}`) : error;
}

/** From the words of ldd. */
export function parseMissing(ldd: string): string[] {
  return [...new Set([...ldd.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name as string))];
}

function libraryFolders(root: string): string[] {
  const parents = [join(root, "usr/lib"), join(root, "lib")];
  return parents.flatMap((parent) => {
    try {
      return readdirSync(parent)
        .filter((name) => name.endsWith("-linux-gnu"))
        .map((name) => join(parent, name));
    } catch {
      return [];
    }
  });
}

/** Links to the executables, or scripts that set the library path where libraries had to be unpacked, too. */
function offer(files: readonly string[], root: string, bin: string): void {
  mkdirSync(bin, { recursive: true });
  const folders = libraryFolders(root);
  for (const file of files) {
    const entry = join(bin, file.slice(file.lastIndexOf("/") + 1));
    if (folders.length === 0) {
      symlinkSync(file, entry);
      continue;
    }
    const path = `${folders.join(":")}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}`;
    writeFileSync(entry, `#!/bin/sh\nLD_LIBRARY_PATH="${path}" exec "${file}" "$@"\n`);
    chmodSync(entry, 0o755);
  }
}

function requireApt(): void {
  for (const name of ["apt-get", "dpkg-deb"]) {
    if (onPath(name).length === 0) {
      throw new Error(`${name} is not there: this is not a Debian or Ubuntu machine`);
    }
  }
}
