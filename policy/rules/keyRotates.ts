import { notAsked, resourceRule } from "./rule";
import { all, isDays, must, mustBeTrue, shown } from "./verdicts";

export const keyRotates = resourceRule({
  id: "key-rotates",
  of: "key",
  requirements: ["R12"],
  severity: "high",
  title: "Keys rotate, at least once a year.",
  protects: "A key that leaked once is good for ever.",
  mend: "Set enableKeyRotation (AWS), automaticRotation (Alibaba Cloud).",
  controls: ["Security Hub KMS.4", "Checkov CKV_AWS_7", "Checkov CKV_ALI_27"],
  settings: {
    days: { type: "number", default: 365, description: "Days between two rotations, at most (R12, R13: 365)." },
  },
  remedy: { "aws:kms/key:Key": { enableKeyRotation: true } },
  judge: ({ symmetric, rotates, rotationDays }, { days }) =>
    symmetric.state === "known" && symmetric.value !== true
      ? notAsked("only symmetric keys rotate by themselves")
      : all(
          mustBeTrue(rotates, "the key does not rotate"),
          must(
            rotationDays,
            (value) => isDays(value) && value <= days,
            (value) => `the key rotates every ${shown(value)} days; ${days} at most are asked for`,
          ),
        ),
});
