import { CommandFailed, run } from "./command";
import { versionIn } from "./versions";
import type { Finding, Miss, Surroundings } from "./ways";

/** A tool that runs for the servers' user and says its version when called with `argument`. */
export async function probe(
  path: string,
  argument: string,
  at: Surroundings,
  accept: (version: string) => true | string = () => true,
): Promise<Finding | Miss> {
  let said: string;
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  try {
    // Run as the user who will run it later: this also proves that he can read it and its libraries.
    const printed = await run([path, argument], { as: at.user, timeout: 20_000, env: { ...at.env }, onLine });
    // Some say their version as if it were an error.
    said = printed || lines.join("\n");
  } catch (error) {
    const who = at.user.drop ? `as user ${at.user.name}: ` : "";
    return { reason: `${who}${error instanceof CommandFailed ? error.message : String(error)}` };
  }
  const version = versionIn(said);
  if (version === undefined) {
    return { reason: `${path} ${argument} names no version: ${said.slice(0, 80).trim()}` };
  }
  const accepted = accept(version);
  return accepted === true ? { version, path } : { reason: `${path} is version ${version}: ${accepted}` };
}

/** The first of several candidates that is accepted; else every candidate's reason. */
export async function firstOf(
  candidates: readonly string[],
  none: string,
  check: (candidate: string) => Promise<Finding | Miss>,
): Promise<Finding | Miss> {
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const found = await check(candidate);
    if (!("reason" in found)) {
      return found;
    }
    reasons.push(found.reason);
  }
  return { reason: reasons.join("; ") || none };
}
