import { ofItsOwn } from "./databases";
import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const backupsOutliveDatabase = resourceRule({
  id: "backups-outlive-database",
  of: "database",
  requirements: ["R14"],
  severity: "medium",
  title: "Automatic backups stay when the database is deleted.",
  protects: "They would go with it, at the moment they are needed.",
  mend: "Set deleteAutomatedBackups to false.",
  controls: [],
  softerInDev: "a development database is made to be thrown away",
  settings: {},
  remedy: {
    "aws:rds/cluster:Cluster": { deleteAutomatedBackups: false },
    "aws:rds/instance:Instance": { deleteAutomatedBackups: false },
  },
  judge: (database) =>
    ofItsOwn(database, mustBeTrue(database.backupsOutlive, "automatic backups are deleted with the database")),
});
