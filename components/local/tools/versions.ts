import { coerce, compare, type SemVer } from "semver"; // Ordering of versions, pre-releases included.

/** The first version number in a tool's own words ("postgres (PostgreSQL) 15.13 (Debian …)"), or undefined. */
export function versionIn(text: string): string | undefined {
  return /\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?/.exec(text)?.[0];
}

/** Whether `version` is `least` or newer. A pre-release is older than its release. */
export function atLeast(version: string, least: string): boolean {
  const a = parse(version);
  const b = parse(least);
  return a !== null && b !== null && compare(a, b) >= 0;
}

function parse(text: string): SemVer | null {
  return coerce(text, { includePrerelease: true });
}
