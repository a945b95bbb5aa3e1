import { notAsked, resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const noSurpriseMajorUpgrade = resourceRule({
  id: "no-surprise-major-upgrade",
  of: "database",
  requirements: ["R17"],
  severity: "medium",
  title: "No major version is taken by the way.",
  protects: "A changed version number would upgrade the data in place, with downtime and no way back but a restore.",
  mend: "Set allowMajorVersionUpgrade to false; allow it (setting `announced`) only for the change that upgrades.",
  controls: [],
  settings: { announced: { type: "boolean", default: false, description: "A major upgrade is meant right now." } },
  judge: ({ majorUpgradeAllowed }, { announced }) =>
    announced
      ? notAsked("an upgrade is announced")
      : mustBeFalse(majorUpgradeAllowed, "a changed version number upgrades the major version"),
});
