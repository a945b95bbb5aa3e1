import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where fetched and built tools are kept, outside the repository; safe to delete.
 *
 * As root it must be readable by the user the servers run as, which a home folder of root is not.
 */
export function cacheFolder(env: Environment = process.env, root: boolean = isRoot()): string {
  return choose("LICENSE_DB_CACHE", env, root ? "/var/cache/license-db" : xdg(env, "XDG_CACHE_HOME", ".cache"));
}

/** Where data, Pulumi's state and the passphrase live: to be backed up. */
export function stateFolder(env: Environment = process.env, root: boolean = isRoot()): string {
  return choose("LICENSE_DB_STATE", env, root ? "/var/lib/license-db" : xdg(env, "XDG_STATE_HOME", ".local/state"));
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function xdg(env: Environment, variable: string, fallback: string): string {
  const value = env[variable];
  // The XDG specification says that a relative path is to be ignored.
  const base = value !== undefined && isAbsolute(value) ? value : join(env.HOME || homedir(), fallback);
  return join(base, "license-db");
}

function choose(variable: string, env: Environment, fallback: string): string {
  const value = env[variable];
  if (value === undefined || value === "") {
    return fallback;
  }
  if (!isAbsolute(value)) {
    throw new Error(`${variable} is "${value}": it must be an absolute path, such as ${fallback}.`);
  }
  return value;
}
