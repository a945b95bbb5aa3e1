import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { buildFolder } from "./build";
import { isExecutable, onPath, run } from "./command";
import { extractPackages, type Release } from "./debian";
import { buildGo, checkGo } from "./go";
import { firstOf, probe } from "./probe";
import type { Progress } from "./reporter";
import { atLeast } from "./versions";
import { type Finding, isMiss, type Miss, override, type Surroundings, type Tool, type Way } from "./ways";

/** One of the monitoring's programs: where it comes from, under which names. */
export interface MonitoringProgram {
  readonly name: string;
  /** The oldest version that can do what is asked of it, and why no older. */
  readonly least: string;
  /** A program that must be beside it or on PATH. */
  readonly companion?: string;
  readonly debian: {
    readonly package: string;
    readonly executable: string;
    /** Where newer releases have the companion in a package of its own. */
    readonly companionPackage?: string;
    /** Why it does not run where it was merely unpacked. */
    readonly bound?: string;
  };
  /** Where it is built from source: as the go.mod in a folder beside this file pins it. */
  readonly go?: { readonly folder: string; readonly least: string; readonly module: string };
  /** github.com/OWNER/NAME/releases; the same version as Debian 13 has, so that both ways give the same figures. */
  readonly official: { readonly owner: string; readonly version: string };
}

/**
 * The ways to such a program. Debian 13's package before an older distribution's own: the exporters' figures changed their
 * names over the years. Last the project's own release, for whoever reaches GitHub.
 */
export function monitoringTool(program: MonitoringProgram): Tool {
  const { name, debian } = program;
  const variable = `LICENSE_DB_${name.toUpperCase()}`;
  const names = [...new Set([name, debian.executable])];
  return {
    name,
    ways: [
      override(variable, (path, at) => check(program, path, at)),
      {
        name: "path",
        title: "on PATH",
        find: (at) =>
          firstOf(
            names.flatMap((one) => onPath(one, at.env.PATH)),
            "not on PATH",
            (path) => check(program, path, at),
          ),
      },
      ...(debian.bound === undefined
        ? [
            extracted(program, "debian13", "Debian 13's package, unpacked", "trixie"),
            extracted(program, "distribution", "the distribution's own package, unpacked", "own"),
          ]
        : []),
      ...(program.go ? [built(program, program.go)] : []),
      official(program),
    ],
    advice:
      `install ${name} ${program.least} or newer with your package manager (apt install ${debian.package}; its own ` +
      `service may stay off), or name its executable in ${variable}, or set license-db:local.monitoring.enabled to false.`,
  };
}

async function check(program: MonitoringProgram, path: string, at: Surroundings): Promise<Finding | Miss> {
  const { least, companion } = program;
  const accept = (version: string) => atLeast(version, least) || `${least} or newer is needed`;
  const found = await probe(path, "--version", at, accept);
  if (isMiss(found) || companion === undefined) {
    return found;
  }
  const beside = [join(dirname(path), companion), ...onPath(companion, at.env.PATH)].find(isExecutable);
  return beside === undefined
    ? { reason: `${path} has no ${companion} beside it or on PATH` }
    : { ...found, more: { [companion]: beside } };
}

/** A way that leads to an executable in a folder of the cache which `make` fills. */
function fetched(
  program: MonitoringProgram,
  { name, title, folder, file }: { name: string; title: string; folder: string; file: string },
  make: (at: Surroundings, folder: string, progress: Progress) => Promise<void>,
): Way {
  return {
    name,
    title,
    async find(at) {
      const path = join(at.cache, folder, "bin", file);
      return isExecutable(path) ? check(program, path, at) : { reason: "not fetched yet" };
    },
    obtain: (at, progress) => buildFolder(join(at.cache, folder), (made) => make(at, made, progress)),
  };
}

function extracted(program: MonitoringProgram, name: string, title: string, release: Release): Way {
  const { debian, companion } = program;
  const executables = [debian.executable, ...(companion ? [companion] : [])].map((file) => `usr/bin/${file}`);
  const place = { name, title, folder: `${program.name}-${name}`, file: debian.executable };
  return fetched(program, place, async (at, folder, progress) => {
    const extract = (packages: readonly string[]) =>
      extractPackages({ release, packages, executables }, at.cache, folder, progress);
    if (debian.companionPackage === undefined) return extract([debian.package]);
    // Older releases have both in one package, and apt fetches all of what it is asked for or nothing.
    await extract([debian.package, debian.companionPackage]).catch(() => extract([debian.package]));
  });
}

function built(
  program: MonitoringProgram,
  { folder: pinned, least, module }: NonNullable<MonitoringProgram["go"]>,
): Way {
  const { name, companion, official } = program;
  const place = {
    name: "go",
    title: `built from source with Go (${official.version})`,
    folder: `${name}-${official.version}-go`,
    file: name,
  };
  return fetched(program, place, async (at, folder, progress) => {
    const go = await checkGo(least, at);
    const source = join(__dirname, pinned);
    const version = `-X github.com/prometheus/common/version.Version=${official.version}`;
    for (const file of [name, ...(companion ? [companion] : [])]) {
      await buildGo(go, source, `${module}/cmd/${file}`, join(folder, "bin", file), [version], progress);
    }
  });
}

/** Where releases are fetched from; `LICENSE_DB_RELEASES` names a mirror of it. */
const RELEASES = "https://github.com";

function official(program: MonitoringProgram): Way {
  const { name, companion, official: release } = program;
  const place = {
    name: "official",
    title: `the project's own release (${release.version})`,
    folder: `${name}-${release.version}-official`,
    file: name,
  };
  return fetched(program, place, async (at, folder, progress) => {
    const stem = `${name}-${release.version}.linux-${process.arch === "arm64" ? "arm64" : "amd64"}`;
    const base = `${at.env.LICENSE_DB_RELEASES ?? RELEASES}/${release.owner}/${name}/releases/download/v${release.version}`;
    progress(`downloading ${stem}.tar.gz`);
    // The small file first: where nobody answers, that is soon known.
    const sums = (await download(`${base}/sha256sums.txt`, 20_000)).toString("utf8");
    const archive = await download(`${base}/${stem}.tar.gz`, 300_000);
    requireSum(`${stem}.tar.gz`, archive, sums);
    const tar = join(folder, "release.tar.gz");
    writeFileSync(tar, archive);
    await run(["tar", "-xzf", tar, "-C", folder, "--no-same-owner"]);
    mkdirSync(join(folder, "bin"));
    for (const file of [name, ...(companion ? [companion] : [])]) {
      symlinkSync(join("..", stem, file), join(folder, "bin", basename(file)));
    }
  });
}

/** @param patience in milliseconds. */
async function download(url: string, patience: number): Promise<Buffer> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(patience) }).catch((error: Error) => {
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
    throw new Error(`${url}: ${error.message}${cause}`);
  });
  if (!answer.ok) throw new Error(`${url}: HTTP status ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

/** Holds a download against the release's own list of sums: "HEX  FILE" on each line. Throws when it is another. */
export function requireSum(file: string, content: Buffer, sums: string): void {
  const wanted = sums
    .split("\n")
    .map((line) => line.trim().split(/\s+\*?/))
    .find(([, name]) => name === file)?.[0];
  const got = createHash("sha256").update(content).digest("hex");
  if (wanted !== got) {
    throw new Error(
      `${file} has the SHA-256 sum ${got}; its release lists ${wanted ?? "none"}: try again, or another way`,
    );
  }
}
