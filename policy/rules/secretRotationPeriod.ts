import { resourceRule } from "./rule";
import { isDays, must, shown } from "./verdicts";

export const secretRotationPeriod = resourceRule({
  id: "secret-rotation-period",
  of: "secretRotation",
  requirements: ["R13"],
  severity: "medium",
  title: "Secrets rotate often enough.",
  protects: "A password that leaked once is good until it is changed.",
  mend: "Set automaticallyAfterDays to 90 or less.",
  controls: ["Security Hub SecretsManager.4", "Checkov CKV_AWS_304"],
  settings: { most: { type: "number", default: 90, description: "Days between two rotations, at most (R13: 90)." } },
  judge: ({ days }, { most }) =>
    must(
      days,
      (value) => isDays(value) && value <= most,
      (value) => `the secret rotates every ${shown(value)} days; ${most} at most are asked for`,
    ),
});
