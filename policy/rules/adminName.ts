import { notAsked, resourceRule } from "./rule";
import { must } from "./verdicts";

export const adminName = resourceRule({
  id: "admin-name",
  of: "database",
  requirements: ["R13"],
  severity: "medium",
  title: "The administrator has a name of its own.",
  protects: "A name everybody knows is half a login.",
  mend: "Choose another masterUsername (AWS); it cannot be changed later.",
  controls: [
    "Security Hub RDS.24",
    "Security Hub RDS.25",
    "Prowler rds_cluster_default_admin",
    "Prowler rds_instance_default_admin",
  ],
  settings: {
    refused: {
      type: "array",
      default: ["admin", "administrator", "postgres", "root", "rdsadmin", "master", "superuser"],
      description: "Names an administrator may not have, lower case.",
    },
  },
  judge: ({ adminName, role }, { refused }) =>
    role === "replica"
      ? notAsked("the database it follows has the administrator")
      : must(
          adminName,
          (name) => !refused.includes(name.toLowerCase()),
          (name) =>
            name === undefined
              ? "the administrator has no name of its own"
              : `the administrator is called ${name}, as everywhere`,
        ),
});
