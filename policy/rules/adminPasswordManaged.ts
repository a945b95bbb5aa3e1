import { ofItsOwn } from "./databases";
import { resourceRule } from "./rule";
import { all, mustBeFalse, mustBeTrue } from "./verdicts";

export const adminPasswordManaged = resourceRule({
  id: "admin-password-managed",
  of: "database",
  requirements: ["R13"],
  severity: "high",
  title: "No administrator's password stands in the program.",
  protects: "A password in the program is in the state, too, and in whoever's hands that is.",
  mend: "Set manageMasterUserPassword (AWS) and leave the password out.",
  controls: [],
  settings: {},
  judge: (database) =>
    ofItsOwn(
      database,
      all(
        mustBeFalse(database.passwordGiven, "the program gives the administrator a password"),
        mustBeTrue(database.adminPasswordManaged, "the service does not keep and rotate the administrator's password"),
      ),
    ),
});
