import type { Engine, Major, Spec } from "../spec/spec";

/**
 * The oldest minor version of each major that RDS makes new databases of, and how it came to that.
 *
 * 15.4 to 15.8 are no longer sold; 15.9 to 15.12 left standard support on 31 May 2026, and RDS upgrades them, and what
 * followed them shortly, to 15.15. 16.11 and 17.7 are of the same day as 15.15.
 */
const oldestMinor: Readonly<Record<Major, number>> = { 15: 15, 16: 11, 17: 7 };

/** What is wrong with the version that is asked for, as a sentence. */
export function versionProblem(
  engine: Engine,
  minorVersions: Spec["maintenance"]["minorVersions"],
): string | undefined {
  const { major, version } = engine;
  const minor = version.split(".")[1];
  if (minor === undefined) return undefined;
  const oldest = `${major}.${oldestMinor[major]}`;
  if (Number(minor) < oldestMinor[major]) {
    return `engine.version is ${version}: RDS no longer sells it, as it upgrades what is older than ${oldest} by itself; write "${major}" for the newest there is, or "${oldest}" or later`;
  }
  if (minorVersions === "automatic") {
    return `engine.version is ${version}, while maintenance.minorVersions is automatic: RDS would go past it, and each "up" would try to go back; write "${major}", or plan minor versions`;
  }
  return undefined;
}
