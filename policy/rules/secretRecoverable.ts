import { resourceRule } from "./rule";
import { keptFor } from "./verdicts";

export const secretRecoverable = resourceRule({
  id: "secret-recoverable",
  of: "secret",
  requirements: ["R13"],
  severity: "medium",
  title: "A deleted secret can be brought back for a while.",
  protects: "With the password gone, no application connects.",
  mend: "Set recoveryWindowInDays to 7 or more.",
  controls: [],
  settings: {
    days: { type: "number", default: 7, description: "Days in which a deletion can be called off, at least." },
  },
  judge: ({ recoveryDays }, { days }) => keptFor(recoveryDays, days, "a deleted secret can be brought back"),
});
