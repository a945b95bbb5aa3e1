import { ofItsOwn } from "./databases";
import { bad, good, notAsked, resourceRule } from "./rule";
import { all, mustName } from "./verdicts";

export const parameterGroupOwn = resourceRule({
  id: "parameter-group-own",
  of: "database",
  requirements: ["R6", "R12"],
  severity: "medium",
  title: "The database has a parameter group of its own.",
  protects: "The service's default group can neither force TLS nor be changed.",
  mend: "Name a parameter group: dbClusterParameterGroupName, parameterGroupName.",
  controls: [],
  settings: {},
  judge: (database) =>
    ofItsOwn(
      database,
      all(
        mustName(database.parameterGroup, "the service's default parameters are used"),
        database.parameterGroup.state === "known" && database.parameterGroup.value.text.state === "known"
          ? database.parameterGroup.value.text.value.startsWith("default.")
            ? bad(`${database.parameterGroup.value.text.value} is the service's own group`)
            : good
          : notAsked("its name is not known yet"),
      ),
    ),
});
