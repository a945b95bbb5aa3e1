import { ofItsOwn } from "./databases";
import { good, resourceRule } from "./rule";
import { all, must, mustBeTrue } from "./verdicts";

export const finalBackup = resourceRule({
  id: "final-backup",
  of: "database",
  requirements: ["R14"],
  severity: "high",
  title: "A last backup is taken before the database is deleted.",
  protects: "After a deletion nothing else may be left.",
  mend: "Set skipFinalSnapshot to false and finalSnapshotIdentifier (AWS), finalBackup (local).",
  controls: [],
  softerInDev: "a development database is made to be thrown away",
  settings: {},
  judge: (database) =>
    ofItsOwn(
      database,
      all(
        mustBeTrue(database.finalBackup, "no last backup is taken"),
        database.finalBackup.state === "known" && database.finalBackup.value !== true
          ? good
          : must(
              database.finalBackupName,
              (name) => name !== "",
              () => "the last backup has no name, so a deletion fails half way",
            ),
      ),
    ),
});
