import { resourceRule } from "./rule";
import { mustNameSome } from "./verdicts";

export const databaseNetworkGroups = resourceRule({
  id: "database-network-groups",
  of: "database",
  requirements: ["R11"],
  severity: "high",
  title: "The database has security groups that the program names.",
  protects: "The network's default group lets every other resource in it through.",
  mend: "Name security groups: vpcSecurityGroupIds (AWS), securityGroupIds (Alibaba Cloud).",
  controls: ["Security Hub RDS.18", "CIS Alibaba 3.5"],
  settings: {},
  judge: ({ networkGroups }) =>
    mustNameSome(networkGroups, "no security group is named: the network's default group is used"),
});
