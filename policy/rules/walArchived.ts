import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const walArchived = resourceRule({
  id: "wal-archived",
  of: "parameters",
  requirements: ["R14"],
  severity: "critical",
  title: "The log is archived as it is written.",
  protects: "Without it there is no recovery to a point in time.",
  mend: "Leave archive_mode and archive_command as the component sets them (local).",
  controls: [],
  settings: {},
  judge: ({ switches }) => mustBeTrue(switches.archivesWal, "the log is not archived"),
});
