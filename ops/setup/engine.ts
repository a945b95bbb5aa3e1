import { chmodSync, copyFileSync, mkdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { buildFolder } from "../../components/local/tools/build";
import { isExecutable, onPath, run } from "../../components/local/tools/command";
import { cacheFolder } from "../../components/local/tools/folders";
import { buildGo, checkGo } from "../../components/local/tools/go";
import { withLock } from "../../components/local/tools/lock";
import { readManifest, writeManifest } from "../../components/local/tools/manifest";
import { firstOf } from "../../components/local/tools/probe";
import type { Progress, Reporter } from "../../components/local/tools/reporter";
import { runUser } from "../../components/local/tools/runUser";
import { atLeast, versionIn } from "../../components/local/tools/versions";
import {
  ensureTool,
  type Finding,
  type FoundTool,
  findTool,
  type Miss,
  type MissingTool,
  override,
  type Surroundings,
  type Tool,
  toolStep,
} from "../../components/local/tools/ways";

/** What this program was tested with; `plugins.providers` and typed configuration of objects need no less. */
const LEAST = "3.220.0";
/** What the official installer is asked for: the release of our SDK. */
const INSTALLED = "3.248.0";
/** What the go.mod files below `engine/` pin. */
const BUILT = { cli: "v3.220.0", language: "v3.68.0" };
const INSTALLER = "https://get.pulumi.com";
const LANGUAGE = "pulumi-language-nodejs";
const MANIFEST_FORMAT = "1";

/** The Pulumi engine: `pulumi` and, in the same folder or on PATH, its Node.js language plugin. */
export const engine: Tool = {
  name: "pulumi",
  ways: [
    override("LICENSE_DB_PULUMI", check),
    {
      name: "path",
      title: "on PATH",
      find: (at) => firstOf(onPath("pulumi", at.env.PATH), "not on PATH", (path) => check(path, at)),
    },
    {
      name: "installer",
      title: `the official installer (${INSTALLED})`,
      find: (at) => checkFetched(join(installed(at), "bin/pulumi"), at),
      obtain: (at, progress) => buildFolder(installed(at), (folder) => runInstaller(folder, progress)),
    },
    {
      name: "go",
      title: `built from source with Go (${BUILT.cli})`,
      find: (at) => checkFetched(join(built(at), "bin/pulumi"), at),
      obtain: (at, progress) => buildFolder(built(at), (folder) => buildEngine(folder, at, progress)),
    },
  ],
  advice:
    `install the Pulumi CLI ${LEAST} or newer (see https://www.pulumi.com/docs/install) so that it is on PATH; or ` +
    "install Go 1.24.7 or newer, with which it is built; or name the executable in LICENSE_DB_PULUMI.",
};

/**
 * Finds or fetches the engine. Cheap when it was found before and has not changed since; `fresh` looks again.
 * Throws one error that lists every way tried.
 */
export async function ensureEngine(report: Reporter, fresh = false): Promise<FoundTool> {
  const at = surroundings();
  const file = join(at.cache, `engine-${process.getuid?.() ?? 0}.json`);
  const key = manifestKey(at);
  const known = fresh ? undefined : readManifest<FoundTool>(file, key);
  if (known !== undefined) {
    return known;
  }
  mkdirSync(at.cache, { recursive: true });
  const onWait = (pid: number) => report.note(`Waiting: another set-up (process ${pid}) is at work in ${at.cache}.`);
  const found = await withLock(join(at.cache, "lock"), onWait, async () => {
    const [tool] = await report.all([toolStep(engine, (progress) => ensureTool(engine, at, progress))]);
    return tool as FoundTool;
  });
  writeManifest(file, key, found, [found.path, found.more[LANGUAGE] as string]);
  return found;
}

/** Looks without changing anything. */
export function findEngine(): Promise<FoundTool | MissingTool> {
  return findTool(engine, surroundings());
}

function surroundings(): Surroundings {
  return {
    cache: cacheFolder(),
    // The engine runs as ourselves.
    user: { ...runUser(), drop: false },
    env: process.env,
    python: () => Promise.reject(new Error("the engine needs no Python")),
  };
}

function manifestKey(at: Surroundings): string {
  const { LICENSE_DB_PULUMI, LICENSE_DB_PULUMI_WAY } = at.env;
  return JSON.stringify([MANIFEST_FORMAT, LEAST, LICENSE_DB_PULUMI ?? "", LICENSE_DB_PULUMI_WAY ?? ""]);
}

const installed = (at: Surroundings) => join(at.cache, `pulumi-${INSTALLED}`);
const built = (at: Surroundings) => join(at.cache, `pulumi-${BUILT.cli}-go`);

async function check(path: string, at: Surroundings): Promise<Finding | Miss> {
  let version: string | undefined;
  try {
    const env = { ...at.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    version = versionIn(await run([path, "version"], { env, timeout: 20_000 }));
  } catch (error) {
    return { reason: (error as Error).message };
  }
  if (version === undefined || !atLeast(version, LEAST)) {
    return { reason: `${path} is version ${version ?? "unknown"}: ${LEAST} or newer is needed` };
  }
  const language = [join(dirname(path), LANGUAGE), join(dirname(realpathSync(path)), LANGUAGE)]
    .concat(onPath(LANGUAGE, at.env.PATH))
    .find(isExecutable);
  return language === undefined
    ? { reason: `${path} has no ${LANGUAGE} beside it or on PATH` }
    : { version, path, more: { [LANGUAGE]: language } };
}

async function checkFetched(path: string, at: Surroundings): Promise<Finding | Miss> {
  return isExecutable(path) ? check(path, at) : { reason: "not fetched yet" };
}

/** The script's download is tried for seconds only: without a way out to the internet the next way shall not wait. */
async function runInstaller(folder: string, progress: Progress): Promise<void> {
  const script = join(folder, "install.sh");
  const curl = onPath("curl")[0];
  const wget = onPath("wget")[0];
  if (curl === undefined && wget === undefined) {
    throw new Error("neither curl nor wget is there to download it");
  }
  progress("downloading the installer");
  await run(
    curl
      ? [curl, "-fsSL", "--connect-timeout", "5", "--max-time", "30", "-o", script, INSTALLER]
      : [wget as string, "-q", "--tries=1", "--timeout=5", "-O", script, INSTALLER],
  );
  progress("downloading the engine");
  await run(["sh", script, "--version", INSTALLED, "--install-root", folder, "--no-edit-path"], {
    timeout: 900_000,
    onLine: (line) => progress(line.slice(0, 80)),
  });
}

async function buildEngine(folder: string, at: Surroundings, progress: Progress): Promise<void> {
  const go = await checkGo("1.24.7", at);
  const bin = join(folder, "bin");
  const modules = join(__dirname, "engine");
  const repository = "github.com/pulumi/pulumi";
  const version = (text: string) => [`-X ${repository}/sdk/v3/go/common/version.Version=${text}`];
  const cli = join(modules, "cli");
  await buildGo(go, cli, `${repository}/pkg/v3/cmd/pulumi`, join(bin, "pulumi"), version(BUILT.cli), progress);
  await buildGo(
    go,
    join(modules, "language-nodejs"),
    `${repository}/sdk/v3/nodejs/cmd/${LANGUAGE}`,
    join(bin, LANGUAGE),
    version(BUILT.language),
    progress,
  );
  // Policy packs and dynamic providers start through these.
  const sdk = (await run([go, "list", "-C", cli, "-m", "-f", "{{.Dir}}", `${repository}/sdk/v3`])).trim();
  for (const script of ["pulumi-analyzer-policy", "pulumi-resource-pulumi-nodejs"]) {
    copyFileSync(join(sdk, "nodejs/dist", script), join(bin, script));
    chmodSync(join(bin, script), 0o755);
  }
}

/** The folders that PATH lacks for the engine and its plugin to be found. */
export function missingOnPath(found: FoundTool, path: string): string[] {
  const there = new Set(path.split(delimiter));
  const folders = [found.path, found.more[LANGUAGE] as string].map((file) => dirname(file));
  return [...new Set(folders)].filter((folder) => !there.has(folder));
}
