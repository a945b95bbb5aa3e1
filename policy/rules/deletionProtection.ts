import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const deletionProtection = resourceRule({
  id: "deletion-protection",
  of: "database",
  requirements: ["R14"],
  severity: "high",
  title: "The service refuses to delete the database.",
  protects: "One wrong command, or a renamed resource, deletes it.",
  mend: "Set deletionProtection; take it away in a change of its own before a deletion that is meant.",
  controls: [
    "Security Hub RDS.7",
    "Security Hub RDS.8",
    "Checkov CKV_AWS_139",
    "Checkov CKV_AWS_293",
    "Trivy AVD-AWS-0177",
    "Trivy AVD-AWS-0343",
    "Prowler rds_cluster_deletion_protection",
    "Prowler rds_instance_deletion_protection",
  ],
  softerInDev: "a development database is made to be thrown away",
  settings: {},
  remedy: {
    "aws:rds/cluster:Cluster": { deletionProtection: true },
    "aws:rds/instance:Instance": { deletionProtection: true },
  },
  judge: ({ deletionProtection }) => mustBeTrue(deletionProtection, "a deletion is not refused"),
});
