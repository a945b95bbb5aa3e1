import { resourceRule } from "./rule";
import { all, keptFor, mustBeTrue } from "./verdicts";

export const keyDeletionDelayed = resourceRule({
  id: "key-deletion-delayed",
  of: "key",
  requirements: ["R12", "R14"],
  severity: "high",
  title: "A key's deletion can be called off for a while.",
  protects: "Without the key the data, its snapshots and its archives are noise.",
  mend: "Set deletionWindowInDays to 30 (AWS), pendingWindowInDays and deletionProtection (Alibaba Cloud).",
  controls: [],
  softerInDev: "a development database is made to be thrown away, and its key with it",
  settings: {
    days: { type: "number", default: 14, description: "Days in which a deletion can be called off, at least." },
  },
  judge: ({ deletionWindowDays, deletionProtection }, { days }) =>
    all(
      keptFor(deletionWindowDays, days, "a deletion can be called off"),
      mustBeTrue(deletionProtection, "the key has no deletion protection"),
    ),
});
