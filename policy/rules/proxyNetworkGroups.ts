import { resourceRule } from "./rule";
import { mustNameSome } from "./verdicts";

export const proxyNetworkGroups = resourceRule({
  id: "proxy-network-groups",
  of: "proxy",
  requirements: ["R11"],
  severity: "high",
  title: "The proxy has security groups that the program names.",
  protects: "The network's default group lets every other resource in it through.",
  mend: "Set vpcSecurityGroupIds.",
  controls: [],
  settings: {},
  judge: ({ networkGroups }) => mustNameSome(networkGroups, "no security group is named"),
});
