import type { Database } from "../facts/kinds";
import { ofItsOwn } from "./databases";
import { bad, good, notAsked, resourceRule, undecided, type Verdict } from "./rule";
import { all, must } from "./verdicts";
import { overlap, parseWindow } from "./windows";

const mustBeSet = ({ backupWindow }: Database): Verdict =>
  must(
    backupWindow,
    (text) => parseWindow(text) !== undefined,
    (text) => (text === undefined ? "no window is named: the service chooses one" : `${text} is no window`),
  );

function clearOfMaintenance({ backupWindow: backup, maintenanceWindow: maintenance }: Database): Verdict {
  if (backup.state === "unknown" || maintenance.state === "unknown") return undecided("the windows");
  if (backup.state !== "known" || maintenance.state !== "known") return notAsked("there is only one window");
  return overlap(backup.value, maintenance.value)
    ? bad(`the backup (${backup.value}) and maintenance (${maintenance.value}) overlap`)
    : good;
}

export const backupWindow = resourceRule({
  id: "backup-window",
  of: "database",
  requirements: ["R14"],
  severity: "low",
  title: "Backups have a window of their own, clear of maintenance.",
  protects: "A backup that maintenance interrupts is no backup.",
  mend: "Set preferredBackupWindow or backupWindow so that it does not overlap maintenance.",
  controls: [],
  settings: {},
  judge: (database) => ofItsOwn(database, all(mustBeSet(database), clearOfMaintenance(database))),
});
