import type { Database, Parameters } from "../facts/kinds";
import { dataHolders } from "./databases";
import { aboutIt } from "./eventSubscriptions";
import { type Finding, type Stack, stackRule } from "./rule";
import { all, mayBe, must, mustBeTrue, some } from "./verdicts";

const groupsOf = (stack: Stack, { parameterGroup }: Database): readonly Parameters[] =>
  parameterGroup.state === "known"
    ? stack.all("parameters").filter((group) => stack.relation(parameterGroup.value, group) === "yes")
    : [];

/** Of instances: clusters' groups have no events. */
export const parameterEvents = stackRule({
  id: "parameter-events",
  of: "stack",
  requirements: ["R16"],
  severity: "low",
  title: "The service's news about an instance's parameter group are subscribed to.",
  protects: "Somebody changes a parameter by hand, TLS or logging among them, and nobody hears of it.",
  mend: 'Add rds.EventSubscription of the source type db-parameter-group with the category "configuration change".',
  controls: ["Security Hub RDS.21", "Prowler rds_instance_event_subscription_parameter_groups"],
  settings: {},
  judge: (stack) =>
    dataHolders(stack)
      .filter(({ role }) => role === "primary")
      .flatMap((database) => groupsOf(stack, database))
      .map((group): Finding => {
        const verdicts = stack.all("eventSubscription").map((one) =>
          all(
            must(
              one.about,
              (about) => about === "parameters" || about === "all",
              () => "it is about something else",
            ),
            mustBeTrue(one.enabled, "it is switched off"),
            aboutIt(stack, one, group),
            mayBe(
              one.categories,
              (list) => list.length === 0 || list.includes("configuration change"),
              () => "it tells of no changes",
            ),
          ),
        );
        return { on: group, verdict: some(verdicts, "nobody is told when it is changed") };
      }),
});
