import { resourceRule } from "./rule";
import { mustBeFalse } from "./verdicts";

export const subnetPrivate = resourceRule({
  id: "subnet-private",
  of: "subnet",
  requirements: ["R11"],
  severity: "high",
  title: "Subnets give no public addresses by themselves.",
  protects: "What is made there by mistake is on the internet.",
  mend: "Set mapPublicIpOnLaunch to false.",
  controls: ["Checkov CKV_AWS_130"],
  settings: {},
  remedy: { "aws:ec2/subnet:Subnet": { mapPublicIpOnLaunch: false } },
  judge: ({ publicAddresses }) => mustBeFalse(publicAddresses, "everything made there gets a public address"),
});
