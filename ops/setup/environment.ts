import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { cacheFolder } from "../../components/local/tools/folders";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the engine needs to be told, beside what the user has set. */
export interface PulumiEnvironment {
  /** To be put in front of PATH. */
  readonly path: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** The folder of the state, where the state is ours to keep; absent when the user has another backend. */
  readonly backend?: string;
}

/**
 * The environment for `pulumi`, for now without touching the disk.
 *
 * State goes to a file backend of the project's own, unless the user is logged in elsewhere. The passphrase file goes
 * with that backend alone: a team's shared backend has a passphrase of the team, not one per machine.
 */
export function pulumiEnvironment(
  env: Environment,
  state: string,
  path: readonly string[],
  credentials: string | undefined,
): PulumiEnvironment {
  const common = {
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Where a stack's file lacks the salt of its passphrase, the engine reads it from the state (see stackFile.ts).
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    // Types are checked by `npm run check`, not on every run of the program.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    // Node 22 and newer keep there what they compiled: a tenth of the time of a command that changes nothing.
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(cacheFolder(env), "node"),
  };
  const backend = join(state, "pulumi");
  const url = pathToFileURL(backend).href;
  if (env.PULUMI_BACKEND_URL !== url && isLoggedIn(env, credentials)) {
    return { path, variables: common };
  }
  const hasPassphrase = env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
  return {
    path,
    variables: {
      ...common,
      PULUMI_BACKEND_URL: url,
      ...(hasPassphrase ? {} : { PULUMI_CONFIG_PASSPHRASE_FILE: join(state, "passphrase") }),
    },
    backend,
  };
}

/** Whether the user chose a backend: by variable, by access token, or by `pulumi login`. */
function isLoggedIn(env: Environment, credentials: string | undefined): boolean {
  if (env.PULUMI_BACKEND_URL || env.PULUMI_ACCESS_TOKEN) {
    return true;
  }
  try {
    const { current } = JSON.parse(credentials ?? "{}") as { current?: string };
    return typeof current === "string" && current !== "";
  } catch {
    return false;
  }
}

/** What `pulumi login` left behind, if anything. */
export function readCredentials(env: Environment = process.env): string | undefined {
  const home = env.PULUMI_CREDENTIALS_PATH || env.PULUMI_HOME || join(env.HOME || homedir(), ".pulumi");
  const file = join(home, "credentials.json");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Makes the folders and, once, the passphrase. Throws when state is there whose passphrase is gone. */
export function prepareState(environment: PulumiEnvironment, state: string): void {
  if (environment.backend === undefined) {
    return;
  }
  // Others may pass through to the data folders, which have owners of their own; the state is ours alone.
  if (mkdirSync(state, { recursive: true }) !== undefined) {
    chmodSync(state, 0o755);
  }
  mkdirSync(environment.backend, { recursive: true, mode: 0o700 });
  const file = environment.variables.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (file === undefined || existsSync(file)) {
    return;
  }
  if (hasStacks(environment.backend)) {
    throw new Error(
      `The passphrase file ${file} is gone, but ${environment.backend} holds stacks whose secrets it encrypts. ` +
        "Put your copy of it back (mode 0600), or set PULUMI_CONFIG_PASSPHRASE. Only when no stack there is of use any " +
        `more, move ${environment.backend} away; a new passphrase is then made.`,
    );
  }
  const part = `${file}.${process.pid}`;
  writeFileSync(part, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  try {
    // Whole or not at all, and never over one that another process made meanwhile.
    linkSync(part, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
  } finally {
    rmSync(part);
  }
}

function hasStacks(backend: string): boolean {
  const stacks = join(backend, ".pulumi/stacks");
  return existsSync(stacks) && readdirSync(stacks, { recursive: true }).some((name) => String(name).endsWith(".json"));
}

/** For a child process. */
export function applyTo(env: Environment, environment: PulumiEnvironment): Record<string, string | undefined> {
  const path = [...environment.path, env.PATH ?? ""].join(delimiter);
  return { ...env, ...environment.variables, PATH: path };
}

/** Lines for a POSIX shell's `eval`. PATH is written relative to the shell's own, so npm's additions stay out. */
export function exportLines(environment: PulumiEnvironment): string {
  const lines = Object.entries(environment.variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  if (environment.path.length > 0) {
    lines.unshift(`export PATH=${environment.path.map(quote).join(":")}:"$PATH"`);
  }
  return `${lines.join("\n")}\n`;
}

/** Between single quotes a POSIX shell changes nothing; a single quote itself is closed, escaped and opened again. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
