import { tooMuch } from "./documents";
import { notAsked, resourceRule } from "./rule";
import { mayBe } from "./verdicts";

export const leastRights = resourceRule({
  id: "least-rights",
  of: "permissions",
  requirements: ["R13"],
  severity: "high",
  title: "Rights name their actions and their resources.",
  protects: "A right to everything is a right to the database, its keys and its backups.",
  mend: "Name actions and resources; for actions that have no resource, the setting `unscoped`.",
  controls: [
    "Checkov CKV_AWS_62",
    "Checkov CKV_AWS_63",
    "Checkov CKV_AWS_286",
    "Checkov CKV_AWS_287",
    "Checkov CKV_AWS_288",
    "Checkov CKV_AWS_289",
    "Checkov CKV_AWS_290",
    "Checkov CKV_AWS_355",
  ],
  settings: {
    unscoped: {
      type: "array",
      default: [
        "secretsmanager:GetRandomPassword",
        "kms:List*",
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
        "cloudwatch:PutMetricData",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
      ],
      description: "Actions that may be allowed on every resource: those that know none.",
    },
  },
  judge: ({ on, document }, { unscoped }) =>
    on === "identity"
      ? mayBe(
          document,
          (one) => tooMuch(one, unscoped) === undefined,
          (one) => `the policy ${one && tooMuch(one, unscoped)}`,
        )
      : notAsked("it is no identity's"),
});
