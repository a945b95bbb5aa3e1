import { resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const databaseNotPublic = resourceRule({
  id: "database-not-public",
  of: "database",
  requirements: ["R11"],
  severity: "critical",
  title: "The database has no public address.",
  protects: "A public address lets the whole internet try passwords.",
  mend: "Set publiclyAccessible to false; reach the database from inside its network.",
  controls: [
    "Security Hub RDS.2",
    "Security Hub RDS.46",
    "Checkov CKV_AWS_17",
    "Trivy AVD-AWS-0180",
    "Prowler rds_instance_no_public_access",
  ],
  settings: {},
  remedy: {
    "aws:rds/instance:Instance": { publiclyAccessible: false },
    "aws:rds/clusterInstance:ClusterInstance": { publiclyAccessible: false },
  },
  judge: ({ public: reachable }) => mustBeFalse(reachable, "the database has a public address"),
});
