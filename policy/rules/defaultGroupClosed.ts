import { belongs, reasons } from "./databases";
import { bad, good, notAsked, stackRule } from "./rule";
import { some } from "./verdicts";

export const defaultGroupClosed = stackRule({
  id: "default-group-closed",
  of: "stack",
  requirements: ["R11"],
  severity: "medium",
  title: "The group that every network comes with lets nobody through.",
  protects: "What is made without a group gets this one.",
  mend: "Take the default group over (ec2.DefaultSecurityGroup) and give it no rules.",
  controls: ["Security Hub EC2.2", "Checkov CKV2_AWS_12"],
  settings: {},
  judge: (stack) =>
    stack.all("network").map((network) => {
      if (network.defaultGroup.state === "lacking") return { on: network, verdict: notAsked(network.defaultGroup.why) };
      const verdicts = stack
        .all("networkGroup")
        .filter(({ isDefault }) => isDefault)
        .map((group) =>
          belongs(stack, network, group.vpc, () =>
            stack.all("networkRule").some(({ urn }) => urn === group.urn)
              ? bad("the network's default group has rules")
              : good,
          ),
        );
      return {
        on: network,
        verdict: some(verdicts, reasons(verdicts) ?? "the network's default group lets everything through"),
      };
    }),
});
