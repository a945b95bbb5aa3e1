import { notAsked, resourceRule } from "./rule";
import { must } from "./verdicts";

/** "15" is the newest minor version there is. "15.0" is how Alibaba Cloud writes it. */
function isRecent(version: string, minimum: string): boolean {
  const numbers = /^(\d+)(?:\.(\d+))?$/.exec(version);
  const least = minimum.split(".").map(Number);
  if (!numbers) return false;
  const [major, minor] = [Number(numbers[1]), numbers[2] === undefined ? undefined : Number(numbers[2])];
  if (major !== least[0]) return major > (least[0] ?? 0);
  return minor === undefined || minor === 0 || minor >= (least[1] ?? 0);
}

export const supportedVersion = resourceRule({
  id: "supported-version",
  of: "database",
  requirements: ["R1", "R17"],
  severity: "high",
  title: "PostgreSQL is of a version that gets security fixes.",
  protects: "Known holes stay open; AWS upgrades old minor versions by itself, at a time of its own.",
  mend: "Name the major version alone, or a newer minor version.",
  controls: ["Prowler rds_instance_deprecated_engine_version"],
  settings: {
    minimum: {
      type: "string",
      default: "15.15",
      description: "The oldest version that may be named with a minor version; its major version is the oldest at all.",
    },
  },
  judge: ({ version, role }, { minimum }) =>
    role === "replica" && version.state === "absent"
      ? notAsked("it has the version of the database it follows")
      : must(
          version,
          (text) => isRecent(text, minimum),
          (text) =>
            text === undefined
              ? "no version is named: the service chooses one, and another next time"
              : `version ${text} is older than ${minimum}`,
        ),
});
