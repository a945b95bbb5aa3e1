import { resourceRule } from "./rule";
import { mustBeTrue } from "./verdicts";

export const identityLogin = resourceRule({
  id: "identity-login",
  of: "database",
  requirements: ["R13"],
  severity: "medium",
  title: "Login by cloud identity is possible.",
  protects: "An identity's token lasts minutes; a password lasts until somebody changes it.",
  mend: "Set iamDatabaseAuthenticationEnabled.",
  controls: [
    "Security Hub RDS.10",
    "Security Hub RDS.12",
    "Checkov CKV_AWS_161",
    "Checkov CKV_AWS_162",
    "Trivy AVD-AWS-0176",
    "Prowler rds_cluster_iam_authentication_enabled",
    "Prowler rds_instance_iam_authentication_enabled",
  ],
  settings: {},
  remedy: {
    "aws:rds/cluster:Cluster": { iamDatabaseAuthenticationEnabled: true },
    "aws:rds/instance:Instance": { iamDatabaseAuthenticationEnabled: true },
  },
  judge: ({ identityLogin }) => mustBeTrue(identityLogin, "login by cloud identity is off"),
});
