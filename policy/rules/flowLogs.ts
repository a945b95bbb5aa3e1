import { belongs } from "./databases";
import { good, stackRule } from "./rule";
import { some } from "./verdicts";

export const flowLogs = stackRule({
  id: "flow-logs",
  of: "stack",
  requirements: ["R11", "R15"],
  severity: "medium",
  title: "Networks that the program makes have a flow log.",
  protects: "Who talked to the database is not to be found out.",
  mend: "Add a flow log of all traffic to the network.",
  controls: ["Security Hub EC2.6", "Checkov CKV2_AWS_11", "CIS Alibaba 3.3"],
  settings: {},
  judge: (stack) =>
    stack.all("network").map((network) => ({
      on: network,
      verdict: some(
        stack.all("flowLog").map((log) => belongs(stack, network, log.network, () => good)),
        "the network has no flow log",
      ),
    })),
});
