import { resourceRule } from "./rule";
import { keptFor } from "./verdicts";

export const copiedBackupsRetention = resourceRule({
  id: "copied-backups-retention",
  of: "vault",
  requirements: ["R14"],
  severity: "high",
  title: "Backups copied elsewhere are kept as long as the others.",
  protects: "A copy that ends early is not there when the region is lost.",
  mend: "Set retentionPeriod.",
  controls: [],
  softerInDev: "a development database keeps a week: what it holds can be made again",
  settings: {
    days: { type: "number", default: 15, description: "Days that copied backups are kept, at least (R14: 15)." },
  },
  judge: ({ keptDays }, { days }) => keptFor(keptDays, days, "copied backups are kept"),
});
