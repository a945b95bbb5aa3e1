import { resourceRule } from "./rule";
import { must } from "./verdicts";

export const tagged = resourceRule({
  id: "tagged",
  of: "database",
  requirements: ["R20"],
  severity: "low",
  title: "The database says whose it is.",
  protects: "What nobody knows the owner of is neither patched nor paid attention to.",
  mend: "Set tags.",
  controls: [
    "Security Hub RDS.28",
    "Security Hub RDS.29",
    "Security Hub RDS.30",
    "Security Hub RDS.31",
    "Security Hub RDS.32",
    "Security Hub RDS.33",
  ],
  settings: {
    required: {
      type: "array",
      default: [] as readonly string[],
      description: "Tags there must be; any one where none is named.",
    },
  },
  judge: ({ tags }, { required }) =>
    must(
      tags,
      (given) => Object.keys(given).length > 0 && required.every((name) => name in given),
      (given) =>
        given === undefined || required.length === 0
          ? "there are no tags"
          : `of the tags ${required.join(", ")} some are missing`,
    ),
});
