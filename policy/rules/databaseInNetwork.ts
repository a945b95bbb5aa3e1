import { resourceRule } from "./rule";
import { mustName } from "./verdicts";

export const databaseInNetwork = resourceRule({
  id: "database-in-network",
  of: "database",
  requirements: ["R11"],
  severity: "high",
  title: "The database lies in subnets that the program names.",
  protects: "Without them it lies in the account's default network, among whatever else is there.",
  mend: "Name a subnet group (AWS) or a vSwitch (Alibaba Cloud).",
  controls: ["Security Hub RDS.18", "Prowler rds_instance_inside_vpc"],
  settings: {},
  judge: ({ subnets }) => mustName(subnets, "no subnets are named: the default network is used"),
});
